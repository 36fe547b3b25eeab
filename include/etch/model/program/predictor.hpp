// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/deploy.hpp>

#include <span>

namespace etch {

/// Predicts one sample with weights that live elsewhere, as trained: a trainer's, or those of the model that
/// this is a `submodel` of. Nothing is copied or folded; the arena is the object's own.
template <const auto& Declared>
class Predictor {
 public:
  static constexpr auto program = make_program(prediction_graph<Declared>, prediction_plan, true);
  static_assert(program.plan.state_bytes == 0,
                "a model with stateful layers predicts by its trainer, or one time step a call by a Stream");
  static_assert(detail::outputs_are_computed(program.graph),
                "a predictor computes each of its outputs: none may be an input or another output");
  static constexpr int inputs = program.graph.inputs.count, outputs = program.graph.outputs.count;

  /// \param weights as `Trainer::weights()` gives them; `in` and `out` are one pointer an input and output.
  [[ETCH_OF_TARGET]] void predict(std::span<const std::byte> weights,
                                  std::span<const float* const, inputs> in,
                                  std::span<float* const, outputs> out) {
    if (weights.size() != static_cast<std::size_t>(program.plan.weight_bytes))
      fail("a predictor needs all weights of the model it is a part of");
    const void* from[inputs];
    void* to[outputs];
    for (std::size_t k = 0; k < in.size(); ++k) from[k] = in[k];
    for (std::size_t k = 0; k < out.size(); ++k) to[k] = out[k];
    // Prediction never writes to weights: the program's regions are shared with training, which does.
    const Regions regions{
        const_cast<std::byte*>(weights.data()), nullptr, nullptr, arena_, from, to, nullptr};
    run_steps<program, 0, program.graph.steps.count>({.rows = 1}, regions);
  }

 private:
  alignas(64) std::byte arena_[program.plan.arena_bytes > 0 ? program.plan.arena_bytes : 1];
};

}  // namespace etch
