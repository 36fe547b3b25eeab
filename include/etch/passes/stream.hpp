// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/rewrite.hpp>

namespace etch {

/// A graph that takes one time of its input sequences a call. Its last `states` inputs and outputs are what
/// it carries from call to call, in one order.
template <Sizes S>
struct Streamed {
  Graph<S> graph;
  int states = 0;
};

namespace detail {

constexpr Sizes streamed_sizes(Sizes s) {
  return {s.parameters, s.values + 4 * s.steps, 2 * s.steps, s.operands + 10 * s.steps, s.ends + 2 * s.steps};
}

template <Sizes S>
struct Streamer {
  static constexpr Sizes room = streamed_sizes(S);
  const Graph<S>& from;
  Streamed<room> out{};
  int time = 1;
  bool sequence[S.values > 0 ? S.values : 1]{};  // has the time axis
  List<std::int16_t, room.ends> state_results{};
  List<Shape, room.ends> state_shapes{};

  constexpr Graph<room>& to() { return out.graph; }
  constexpr void refuse(const char* sentence, int found, int expected) {
    if (!to().fault) to().fault = {sentence, found, expected, 0};
  }

  constexpr void begin() {
    copy_values(from, to());
    to().outputs.count = to().output_shapes.count = to().output_masks.count = 0;
    time = from.input_shapes.item[0][0];
    for (int k = 0; k < from.inputs.count; ++k) {
      Shape& shape = to().input_shapes.item[k];
      if (shape[0] != time) continue;
      become_sequence(from.inputs.item[k]);
      shape.dim[0] = 1;
    }
  }

  constexpr void become_sequence(int v) {
    sequence[v] = true;
    to().values.item[v].elements /= time;
  }

  /// A state of the caller's: an input. Its next value is pushed as a result by `next_state`.
  constexpr std::int16_t state(const Shape& shape) {
    const std::int16_t id = append_value(to(), shape.size(), Role::input, true);
    to().inputs.push(id);
    to().input_shapes.push(shape);
    state_shapes.push(shape);
    ++out.states;
    return id;
  }
  constexpr std::int16_t next_state(std::int16_t existing, const Shape& shape) {
    const std::int16_t id =
        existing >= 0 ? existing : append_value(to(), shape.size(), Role::temporary, true);
    state_results.push(id);
    return id;
  }

  constexpr bool has_time(const Step& step, int operand) const {
    const int v = from.operand(step, operand);
    return v >= from.parameters.count && sequence[v];
  }

  constexpr void append_same(const Step& step) {
    std::int16_t operands[max_operands]{};
    for (int k = 0; k < step.inputs + step.outputs; ++k) operands[k] = from.operands.item[step.first + k];
    append_step(to(), step, operands, step.inputs, step.outputs);
  }

  constexpr void append_by_time(const Step& step) {
    for (int k = 0; k < step.outputs; ++k) become_sequence(from.result(step, k));
    append_same(step);
  }

  /// How many states a recurrent step carries; 0 for all others.
  static constexpr int recurrent_states(const Step& step) {
    return visit_op(step.op, [](auto op) {
      if constexpr (requires { decltype(op)::states; })
        return int{decltype(op)::states};
      else
        return 0;
    });
  }
  /// A recurrent step begins with the caller's state and gives the next one.
  constexpr void recurrent(Step step, int states) {
    auto a = unpack<ops::RecurrentAttributes>(step.attributes);
    if (a.go_backwards) return refuse("a recurrent layer that goes backwards cannot stream", 1, 0);
    const int given = a.stateful ? states : 0;
    if (a.initial_state && !a.stateful)
      return refuse("a streamed layer begins with the caller's state: give it no initial state", 1, 0);
    if (step.in[0] != time)
      return refuse("a streamed layer needs the sequence of the input", step.in[0], time);
    const Shape shape{a.units};
    std::int16_t operands[max_operands]{};
    int n = 0, data = step.inputs - step.parameters;
    operands[n++] = from.operands.item[step.first];
    for (int k = 0; k < states; ++k) operands[n++] = state(shape);
    for (int k = 1 + given; k < data; ++k) operands[n++] = from.operands.item[step.first + k];
    for (int k = data; k < step.inputs; ++k) operands[n++] = from.operands.item[step.first + k];
    const int inputs = n;
    operands[n++] = static_cast<std::int16_t>(from.result(step));
    for (int k = 0; k < states; ++k)
      operands[n++] =
          next_state(a.return_state && !a.stateful ? static_cast<std::int16_t>(from.result(step, 1 + k))
                                                   : std::int16_t{-1},
                     shape);
    if (a.return_sequences) {
      become_sequence(from.result(step));
      step.out.dim[0] = 1;
    }
    a.stateful = 0;
    a.initial_state = a.return_state = 1;
    step.attributes = pack(a);
    step.in.dim[0] = 1;
    append_step(to(), step, operands, inputs, n - inputs);
  }

  /// A causal convolution sees the inputs that its window needs: the caller keeps the last of them.
  constexpr void convolution(Step step) {
    auto a = unpack<ops::Convolution::Attributes>(step.attributes);
    const int kept = (a.kernel_width - 1) * a.dilation_width;
    if (step.in.rank != 2 || step.in[0] != time || step.out[0] != time || a.stride_width != 1 ||
        a.left != kept)
      return refuse("a streamed convolution is a Conv1D of strides 1 and padding causal", a.left, kept);
    a.left = 0;
    step.attributes = pack(a);
    step.in.dim[0] = kept + 1;
    step.out.dim[0] = 1;
    if (kept == 0) return append_by_time(step);
    const Shape shape{kept, step.in[1]};
    const std::int16_t window = append_value(to(), step.in.size(), Role::temporary, true);
    Step slide = make_step<ops::Slide>();
    slide.in = {1, step.in[1]};
    slide.out = step.in;
    const std::int16_t sliding[]{from.operands.item[step.first], state(shape), window, next_state(-1, shape)};
    append_step(to(), slide, sliding, 2, 2);
    std::int16_t operands[max_operands]{};
    for (int k = 0; k < step.inputs + step.outputs; ++k) operands[k] = from.operands.item[step.first + k];
    operands[0] = window;
    become_sequence(from.result(step));
    append_step(to(), step, operands, step.inputs, step.outputs);
  }

  constexpr void rewrite(Step step) {
    const int data = step.inputs - step.parameters;
    int with_time = 0;
    for (int k = 0; k < data; ++k) with_time += has_time(step, k);
    if (with_time == 0) return append_same(step);
    const int states = recurrent_states(step);
    if (states > 0) return recurrent(step, states);
    if (step.op == op_code<ops::Convolution> && step.repeat == 1) return convolution(step);
    if (step.repeat > 1 && step.repeat % time == 0 && with_time == data) {
      step.repeat = static_cast<std::int16_t>(step.repeat / time);
      return append_by_time(step);
    }
    const bool all_times = step.in[0] == time && with_time == data;
    if (all_times && visit_op(step.op, [&](auto op) { return decltype(op)::one_time(step); }))
      return append_by_time(step);
    refuse("a layer needs all times of a sequence at once: it cannot stream", with_time, data);
  }

  constexpr void end() {
    for (int k = 0; k < from.outputs.count; ++k) {
      const std::int16_t v = from.outputs.item[k];
      Shape shape = from.output_shapes.item[k];
      if (sequence[v] && shape[0] != time)
        refuse("a streamed model's output is a sequence [time, ...], or has no time", shape[0], time);
      if (sequence[v]) shape.dim[0] = 1;
      to().outputs.push(v);
      to().output_shapes.push(shape);
    }
    for (int k = 0; k < state_results.count; ++k) {
      to().outputs.push(state_results.item[k]);
      to().output_shapes.push(state_shapes.item[k]);
    }
    for (int k = 0; k < to().outputs.count; ++k) to().output_masks.push(-1);
  }
};

}  // namespace detail

/// Makes a declared graph over sequences [time, ...] (the first extent of its first input) one over a single
/// time. The parameters stay as they are, so it runs on the same weights; every kernel and every order of
/// sums does too, so it gives the same bits.
template <Sizes S>
constexpr auto stream(const Graph<S>& declared) {
  require_stage(declared.stage == Stage::declared,
                "stream takes a graph as it was declared: stream comes before infer");
  detail::Streamer<S> s{declared};
  s.begin();
  for (int k = 0; k < declared.steps.count && !s.out.graph.fault; ++k) s.rewrite(declared.steps.item[k]);
  if (!s.out.graph.fault) s.end();
  return s.out;
}

}  // namespace etch
