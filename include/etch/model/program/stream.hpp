// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/deploy.hpp>
#include <etch/passes/stream.hpp>

#include <span>

namespace etch {

namespace detail {

template <const auto& Declared>
inline constexpr auto streamed = stream(graph<Declared>);
template <const auto& Declared>
inline constexpr Fault stream_fault = streamed<Declared>.graph.fault;
template <const auto& Declared>
inline constexpr auto stream_inferred = infer(streamed<Declared>.graph);

/// The graph that streams, or a right one once a wrong declaration is reported.
template <const auto& Declared>
constexpr auto stream_exact() {
  if constexpr (static_cast<bool>(stream_fault<Declared>)) {
    static_assert(sizeof(decltype(report<stream_fault<Declared>>())) > 0);
    return stand_in(Stage::inferred);
  } else {
    return shrunk<stream_inferred<Declared>>();
  }
}
template <const auto& Declared>
inline constexpr auto stream_program = make_program(stream_exact<Declared>(), prediction_plan, true);

template <const auto& Declared>
inline constexpr int stream_states = stream_fault<Declared> ? 0 : streamed<Declared>.states;

/// Floats before the state of number `k`.
template <const auto& Declared>
constexpr int stream_offset(int k) {
  const auto& g = stream_program<Declared>.graph;
  int n = 0;
  for (int i = 0; i < k; ++i) n += g.input_shapes[g.inputs.count - stream_states<Declared> + i].size();
  return n;
}

}  // namespace detail

/// What a streamed model carries from one time to the next: the states of its recurrent layers and the last
/// inputs of its causal convolutions, in the order of the layers. It is the caller's, to copy, to keep and to
/// begin anew: `state = {}`.
template <const auto& Declared>
struct StreamState {
  static constexpr int elements = detail::stream_offset<Declared>(detail::stream_states<Declared>);
  float value[elements > 0 ? elements : 1];
};

/// A declared model that streams, as it ships: its prediction is one time, its weights are the trained ones.
template <const auto& Declared>
struct StreamDeployment {
  static constexpr const auto& program = detail::stream_program<Declared>;
  static constexpr int states = detail::stream_states<Declared>;
  static constexpr int inputs = program.graph.inputs.count - states;
  static constexpr int outputs = program.graph.outputs.count - states;
  static constexpr int weight_bytes = program.plan.weight_bytes;
  static constexpr int arena_bytes = program.plan.arena_bytes;
  static constexpr int state_bytes = 4 * StreamState<Declared>::elements;
  static constexpr std::uint64_t layout = detail::layout_hash(program);
  static_assert(
      detail::outputs_are_computed(program.graph),
      "a streamed model computes each of its outputs: none may be an input, another output or a state");

  /// One time. \param carried to the next one: `state_bytes` that begin as zeros, null where there are none.
  [[ETCH_OF_TARGET]] static void predict(const std::byte* weights, std::byte* arena, const void* const* in,
                                         void* const* out, std::byte* carried = nullptr) {
    const void* from[inputs + states];
    void* to[outputs + states];
    for (int k = 0; k < inputs; ++k) from[k] = in[k];
    for (int k = 0; k < outputs; ++k) to[k] = out[k];
    for (int k = 0; k < states; ++k) from[inputs + k] = to[outputs + k] = carried + 4 * offsets[k];
    // Prediction never writes to weights: the program's regions are shared with training, which does.
    const Regions regions{const_cast<std::byte*>(weights), nullptr, nullptr, arena, from, to, nullptr};
    run_steps<program, 0, program.graph.steps.count>({.rows = 1}, regions);
  }

 private:
  struct Offsets {
    int at[states > 0 ? states : 1]{};
    constexpr int operator[](int k) const { return at[k]; }
  };
  static constexpr Offsets offsets = [] {
    Offsets o;
    for (int k = 0; k < states; ++k) o.at[k] = detail::stream_offset<Declared>(k);
    return o;
  }();
};

/// Predicts a declared model over sequences [time, ...] one time step a call, on the weights of the
/// declaration: as trained, without a copy. Every output has the bits that the model gives for the whole
/// sequence at that time; the output of a recurrent layer without `return_sequences` is that of a sequence
/// that ends there.
///
/// Layers that work on each time by itself stream, recurrent layers that go forward, and causal Conv1D of
/// strides 1; others are refused. Works without heap; the arena holds nothing between calls.
template <const auto& Declared>
class Stream {
 public:
  using Shipped = StreamDeployment<Declared>;
  static constexpr const auto& program = Shipped::program;
  static constexpr int states = Shipped::states;
  static constexpr int inputs = Shipped::inputs;
  static constexpr int outputs = Shipped::outputs;
  using State = StreamState<Declared>;

  /// One time. \param weights as `Trainer::weights()` gives them; `in` and `out` are one pointer an input and
  /// output, without the time axis.
  [[ETCH_OF_TARGET]] void step(std::span<const std::byte> weights, State& state,
                               std::span<const float* const, inputs> in,
                               std::span<float* const, outputs> out) {
    if (weights.size() != static_cast<std::size_t>(program.plan.weight_bytes))
      fail("a stream needs all weights of its model");
    const void* from[inputs];
    void* to[outputs];
    for (std::size_t k = 0; k < in.size(); ++k) from[k] = in[k];
    for (std::size_t k = 0; k < out.size(); ++k) to[k] = out[k];
    Shipped::predict(weights.data(), arena_, from, to, reinterpret_cast<std::byte*>(state.value));
  }

  /// The same for a model of one input and one output.
  [[ETCH_OF_TARGET]] void step(std::span<const std::byte> weights, State& state, std::span<const float> in,
                               std::span<float> out) requires(inputs == 1 && outputs == 1) {
    if (in.size() != static_cast<std::size_t>(program.graph.input_shapes[0].size()))
      fail("a stream needs the input of one time");
    if (out.size() != static_cast<std::size_t>(program.graph.output_shapes[0].size()))
      fail("a stream needs room for the output of one time");
    const float* const from[]{in.data()};
    float* const to[]{out.data()};
    step(weights, state, std::span<const float* const, 1>(from), std::span<float* const, 1>(to));
  }

 private:
  alignas(64) std::byte arena_[program.plan.arena_bytes > 0 ? program.plan.arena_bytes : 1];
};

}  // namespace etch
