// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/rewrite.hpp>
#include <runtime/kernels/portable/loss.hpp>

namespace etch {

/// What a training graph is made for.
struct TrainingOptions {
  LossKind loss = LossKind::mean_squared_error;
  int logits = 0;
  kernels::Rule rule = kernels::Rule::sgd;
  bool fuse = true;  ///< updates run inside the backward steps; off keeps whole gradients (a user's own step)
  constexpr bool operator==(const TrainingOptions&) const = default;
};

/// A training graph and where its parts begin: [0, loss) forward, then backward with updates (or updates
/// last).
template <Sizes S>
struct TrainingGraph {
  Graph<S> graph;
  int loss_step = 0, backward_step = 0, update_step = 0;
  std::int16_t prediction = -1, label = -1, loss_value = -1;
  std::int16_t gradient_of[S.parameters > 0 ? S.parameters : 1]{};  ///< value of a kept gradient, or -1
  std::int16_t slots_of[S.parameters > 0 ? S.parameters : 1]{};     ///< first optimizer slot, or -1
};

namespace detail {

constexpr Sizes training_sizes(Sizes s) {
  const int steps = 4 * s.steps + 2 * s.parameters + 4;
  return {s.parameters, s.values + 6 * s.steps + 6 * s.parameters + 8, steps,
          4 * s.operands + 24 * s.steps + 64, s.ends + 2};
}

template <Sizes S>
struct Differentiator {
  static constexpr Sizes room = training_sizes(S);
  const Graph<S>& from;
  TrainingOptions options;
  TrainingGraph<room> out{};
  Uses<S> uses{};
  std::int16_t gradient[room.values]{};  // of each value, so far
  int contributions[S.parameters > 0 ? S.parameters
                                     : 1]{};         // calls that have a share in a parameter's gradient
  int added[S.parameters > 0 ? S.parameters : 1]{};  // of them, how many are in it so far
  std::int16_t saved[S.steps > 0 ? S.steps : 1][4]{};
  std::int16_t producer[S.values > 0 ? S.values : 1]{};
  bool needs[S.values > 0 ? S.values : 1]{};   // some trainable parameter lies before it
  bool live[S.steps > 0 ? S.steps : 1]{};      // its result reaches the loss
  bool bypassed[S.steps > 0 ? S.steps : 1]{};  // its gradient is taken inside the step after it

  constexpr Graph<room>& to() { return out.graph; }
  constexpr bool trained(int v) const { return from.values.item[v].role == Role::parameter; }

  /// What the loss never sees is left out: it would only run, and a layer shared with it would wait for its
  /// gradient.
  constexpr void mark_live_steps() {
    bool wanted[S.values > 0 ? S.values : 1]{};
    wanted[from.outputs.item[0]] = true;
    for (int s = from.steps.count - 1; s >= 0; --s) {
      const Step& step = from.steps.item[s];
      for (int k = 0; k < step.outputs; ++k) live[s] = live[s] || wanted[from.result(step, k)];
      for (int k = 0; live[s] && k < step.inputs; ++k) wanted[from.operand(step, k)] = true;
    }
  }

  constexpr void prepare() {
    mark_live_steps();
    copy_values(from, to());
    uses = uses_of(from);
    for (auto& id : gradient) id = -1;
    for (auto& id : producer) id = -1;
    for (int p = 0; p < from.parameters.count; ++p) {
      out.gradient_of[p] = out.slots_of[p] = -1;
      needs[p] = trained(p);
    }
    for (int s = 0; s < from.steps.count; ++s) {
      const Step& step = from.steps.item[s];
      bool need = false;
      for (int k = 0; k < step.inputs; ++k) {
        const int v = from.operand(step, k);
        need = need || needs[v];
        if (live[s] && v < from.parameters.count) ++contributions[v];
      }
      for (int k = 0; k < step.outputs; ++k) {
        needs[from.result(step, k)] = need && !gradient_rule(step).stops;
        producer[from.result(step, k)] = static_cast<std::int16_t>(s);
      }
    }
    for (int p = 0; p < from.parameters.count; ++p) {
      if (!trained(p) || contributions[p] == 0) continue;
      const int slots = kernels::slots_of(options.rule);
      for (int k = 0; k < slots; ++k) {
        const auto id = append_value(to(), from.values.item[p].elements, Role::optimizer, false);
        if (k == 0) out.slots_of[p] = id;
      }
    }
  }

  constexpr void forward() {
    for (int s = 0; s < from.steps.count; ++s) {
      if (!live[s]) continue;
      Step step = from.steps.item[s];
      const GradientRule rule = gradient_rule(step);
      std::int16_t operands[256]{};
      int n = step.inputs + step.outputs;
      for (int k = 0; k < n; ++k) operands[k] = from.operands.item[step.first + k];
      step.phase = rule.trains_as_forward ? Phase::forward : Phase::training;
      for (int k = 0; k < rule.saved; ++k) {
        const Value v = visit_op(step.op, [&](auto op) { return decltype(op)::saved(step, k); });
        saved[s][k] = operands[n++] = append_value(to(), v.elements, v.role, v.per_row);
      }
      const std::int16_t scratch = append_scratch(to(), step);
      if (scratch >= 0) operands[n++] = scratch;
      append_step(to(), step, operands, step.inputs, n - step.inputs);
    }
  }

  /// The last softmax or sigmoid and its cross-entropy differentiate together: exact, and no division.
  constexpr bool goes_through(int prediction) const {
    const int s = producer[prediction];
    if (s < 0 || options.logits || from.steps.item[s].op != op_code<ops::Activation>) return false;
    if (uses.count[prediction] != 1) return false;
    const auto kind = unpack<ops::Activation::Attributes>(from.steps.item[s].attributes).kind;
    switch (options.loss) {
      case LossKind::sparse_categorical_crossentropy:
      case LossKind::categorical_crossentropy:
        return kind == ActivationKind::softmax;
      case LossKind::binary_crossentropy:
        return kind == ActivationKind::sigmoid;
      default:
        return false;
    }
  }

  constexpr void loss() {
    const std::int16_t prediction = from.outputs.item[0];
    const bool through = goes_through(prediction);
    const int elements = from.values.item[prediction].elements;
    const bool sparse = options.loss == LossKind::sparse_categorical_crossentropy;
    out.prediction = prediction;
    out.label = append_value(to(), sparse ? 1 : elements, Role::label, true);
    out.loss_value = append_value(to(), 1, Role::temporary, false);
    out.loss_step = to().steps.count;
    Step step{};
    step.op = static_cast<std::int16_t>(op_code<ops::Loss>);
    step.attributes = pack(ops::Loss::Attributes{options.loss, options.logits, through});
    step.in = step.out = from.output_shapes.item[0];
    const auto slope = append_value(to(), elements, Role::temporary, true);
    const std::int16_t operands[]{prediction, out.label, slope, out.loss_value};
    append_step(to(), step, operands, 2, 2);
    out.backward_step = to().steps.count;
    if (through) bypassed[producer[prediction]] = true;
    gradient[through ? from.operand(from.steps.item[producer[prediction]], 0) : prediction] = slope;
  }

  /// Adds a contribution to the gradient of a value or parameter.
  constexpr void accumulate(int v, std::int16_t part, bool whole) {
    if (gradient[v] < 0) {
      gradient[v] = part;
      return;
    }
    const int elements = from.values.item[v].elements;
    const auto sum = append_value(to(), elements, Role::temporary, !whole);
    Step step{};
    step.op = static_cast<std::int16_t>(op_code<ops::Add>);
    step.attributes = pack(ops::Add::Attributes{whole});
    const std::int16_t operands[]{gradient[v], part, sum};
    append_step(to(), step, operands, 2, 1);
    gradient[v] = sum;
  }

  /// A gradient that may still be read elsewhere must not be overwritten: the planner sees to that by
  /// lifetimes.
  constexpr void pass_through(const Step& step) {
    const std::int16_t dy = gradient[from.result(step)];
    for (int k = 0; k < step.inputs; ++k)
      if (needs[from.operand(step, k)]) accumulate(from.operand(step, k), dy, false);
  }

  constexpr bool fused(const Step& step, int first_parameter) const {
    if (!options.fuse || !visit_op(step.op, [](auto op) { return decltype(op)::fuses_update; })) return false;
    for (int k = first_parameter; k < step.inputs; ++k)
      if (contributions[from.operand(step, k)] != 1) return false;
    return true;
  }

  /// A step may take the derivative of the activation before it along, where nothing else reads that
  /// activation.
  constexpr int fuse_activation_before(Step& step) const {
    const int x = from.operand(step, 0), s = producer[x];
    if (s < 0 || uses.count[x] != 1 || !step.input_gradient) return -1;
    const ActivationKind kind = plain_activation(from.steps.item[s]);
    if (kind == ActivationKind::linear || !is_elementwise(kind) || !derivative_from_result(kind)) return -1;
    return fuse_input_activation(step, kind) ? s : -1;
  }

  constexpr void backward(int s) {
    Step step = from.steps.item[s];
    bool wanted = false;
    for (int k = 0; k < step.outputs; ++k)
      wanted = wanted || (gradient[from.result(step, k)] >= 0 && needs[from.result(step, k)]);
    if (!wanted || bypassed[s]) return;
    const GradientRule rule = gradient_rule(step);
    if (rule.passes) return pass_through(step);
    const int parameters = step.parameters, inputs = step.inputs - parameters, results = step.outputs;
    const bool fuse = fused(step, inputs);
    step.phase = Phase::backward;
    step.rule = fuse && parameters > 0 ? options.rule : kernels::Rule::none;
    step.input_gradient = step.trainable = false;
    for (int k = 0; k < inputs; ++k)
      step.input_gradient = step.input_gradient || needs[from.operand(step, k)];
    for (int k = inputs; k < step.inputs; ++k)
      step.trainable = step.trainable || trained(from.operand(step, k));
    const int before = fuse_activation_before(step);
    if (before >= 0) bypassed[before] = true;
    std::int16_t operands[256]{};
    int n = 0;
    for (int k = 0; k < results; ++k) operands[n++] = gradient[from.result(step, k)];
    for (int k = 0; rule.needs_input && k < inputs; ++k) operands[n++] = from.operands.item[step.first + k];
    for (int k = 0; rule.needs_output && k < results; ++k)
      operands[n++] = from.operands.item[step.first + step.inputs + k];
    for (int k = 0; k < rule.saved; ++k) operands[n++] = saved[s][k];
    for (int k = inputs; k < step.inputs; ++k) operands[n++] = from.operands.item[step.first + k];
    std::int16_t parts[64]{};
    for (int k = inputs; k < step.inputs; ++k) {
      const int p = from.operand(step, k);
      operands[n] = operands[n + 1] = -1;
      if (trained(p) && fuse) {
        const int slots = kernels::slots_of(options.rule);
        if (slots > 0) operands[n] = out.slots_of[p];
        if (slots > 1) operands[n + 1] = static_cast<std::int16_t>(out.slots_of[p] + 1);
      } else if (trained(p)) {
        parts[k - inputs] = operands[n] =
            append_value(to(), from.values.item[p].elements, Role::temporary, false);
      }
      n += 2;
    }
    const int reads = n;
    std::int16_t slopes[64]{};
    for (int k = 0; k < inputs; ++k) {
      const int x = from.operand(step, k);
      slopes[k] = needs[x] ? append_value(to(), from.values.item[x].elements, Role::temporary, true)
                           : static_cast<std::int16_t>(-1);
      operands[n++] = slopes[k];
    }
    operands[n++] = append_scratch(to(), step);
    append_step(to(), step, operands, reads, n - reads);
    for (int k = 0; k < inputs; ++k) {
      int x = from.operand(step, k);
      if (before >= 0) x = from.operand(from.steps.item[before], 0);
      if (slopes[k] >= 0) accumulate(x, slopes[k], false);
    }
    for (int k = inputs; !fuse && k < step.inputs; ++k) {
      const int p = from.operand(step, k);
      if (!trained(p)) continue;
      accumulate(p, parts[k - inputs], true);
      if (options.fuse && ++added[p] == contributions[p]) update(p);
    }
  }

  constexpr void update(int p) {
    Step step{};
    step.op = static_cast<std::int16_t>(op_code<ops::Update>);
    step.attributes = pack(ops::Update::Attributes{options.rule});
    const int slots = kernels::slots_of(options.rule);
    const std::int16_t first = out.slots_of[p];
    const std::int16_t operands[]{
        static_cast<std::int16_t>(p), gradient[p], slots > 0 ? first : static_cast<std::int16_t>(-1),
        slots > 1 ? static_cast<std::int16_t>(first + 1) : static_cast<std::int16_t>(-1)};
    append_step(to(), step, operands, 4, 0);
  }

  constexpr void run() {
    prepare();
    forward();
    loss();
    for (int s = from.steps.count - 1; s >= 0; --s) backward(s);
    out.update_step = to().steps.count;
    if (options.fuse) return;
    for (int p = 0; p < from.parameters.count; ++p) {
      if (gradient[p] < 0) continue;
      to().values.item[gradient[p]].role = Role::gradient;
      out.gradient_of[p] = gradient[p];
      update(p);
    }
  }
};

}  // namespace detail

/// Appends loss, gradients and updates to a declared graph (one output, which the loss reads).
template <Sizes S>
constexpr auto differentiate(const Graph<S>& declared, const TrainingOptions& options) {
  detail::Differentiator<S> d{declared, options};
  d.run();
  return d.out;
}

}  // namespace etch
