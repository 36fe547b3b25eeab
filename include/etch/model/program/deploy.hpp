// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/compiled_graph.hpp>
#include <etch/model/declare/hash.hpp>
#include <etch/model/program/lower.hpp>

#include <cstdint>
#include <span>

namespace etch {

namespace detail {

/// A number that changes when the steps of a program or the places of its weights do: code and weights that
/// were generated from different declarations do not meet unnoticed.
template <Sizes S>
constexpr std::uint64_t layout_hash(const Program<S>& program) {
  StructureHash hash{structure_hash(program.graph)};
  for (int p = 0; p < program.graph.parameters.count; ++p) hash.number(program.plan.offset[p]);
  return hash.value;
}

}  // namespace detail

namespace detail {
/// Each output is a result of some step, and no two are the same: its own buffer is then written.
template <class G>
constexpr bool outputs_are_computed(const G& g) {
  for (int k = 0; k < g.outputs.count; ++k) {
    if (g.values[g.outputs[k]].role == Role::input) return false;
    for (int j = 0; j < k; ++j)
      if (g.outputs[j] == g.outputs[k]) return false;
  }
  return true;
}
}  // namespace detail

/// A declared model as it ships: batch normalization folded, activations fused, planned for one sample.
template <const auto& Declared>
struct Deployment {
  static constexpr const auto& declared = graph<Declared>;
  static constexpr auto folded = fold(declared);
  static constexpr auto inferred = infer(folded.graph);
  static constexpr auto graph_ = shrink<inferred.sizes()>(inferred);
  static_assert(detail::outputs_are_computed(graph_),
                "a model that ships computes each of its outputs: none may be an input or another output");
  static constexpr auto program = make_program(graph_, prediction_plan, true);
  static_assert(program.plan.state_bytes == 0,
                "a model with stateful layers predicts by its trainer, or one time step a call by a Stream");
  static constexpr auto source = plan(declared, PlanOptions{});
  static constexpr int weight_bytes = program.plan.weight_bytes;
  static constexpr int arena_bytes = program.plan.arena_bytes;
  static constexpr int arena_lower_bound = program.plan.lower_bound;
  static constexpr std::uint64_t layout = detail::layout_hash(program);
  static constexpr int inputs = graph_.inputs.count, outputs = graph_.outputs.count;

  /// Predicts one sample: inputs and outputs are the caller's, `arena` holds nothing between calls.
  [[ETCH_OF_TARGET]] static void predict(const std::byte* weights, std::byte* arena, const void* const* in,
                                         void* const* out) {
    // Prediction never writes to weights: the program's regions are shared with training, which does.
    const Regions regions{const_cast<std::byte*>(weights), nullptr, nullptr, arena, in, out, nullptr};
    run_steps<program, 0, program.graph.steps.count>({.rows = 1}, regions);
  }
};

/// The same model for up to `Rows` samples a call, by the same weights: what reads many samples takes each
/// weight once for several of them.
template <const auto& Declared, int Rows>
struct BatchDeployment {
  static_assert(Rows > 0, "a deployed model predicts at least one sample a call");
  using One = Deployment<Declared>;
  static constexpr auto program =
      make_program(One::graph_, PlanOptions{.batch = Rows, .beam = prediction_plan.beam}, true);
  static constexpr int arena_bytes = program.plan.arena_bytes;
  static_assert(program.plan.weight_bytes == One::weight_bytes);

  /// Inputs and outputs have `rows` samples, one after another.
  [[ETCH_OF_TARGET]] static void predict(const std::byte* weights, std::byte* arena, const void* const* in,
                                         void* const* out, int rows = Rows) {
    if (rows < 1 || rows > Rows) fail("a batch to predict has more samples than it was planned for, or none");
    // As above: weights are not written to.
    const Regions regions{const_cast<std::byte*>(weights), nullptr, nullptr, arena, in, out, nullptr};
    run_steps<program, 0, program.graph.steps.count>({.rows = rows}, regions);
  }
};

namespace detail {

inline float folding_factor(const Recipe& recipe, const float* gamma, const float* variance, int c) {
  const float scale = recipe.gamma >= 0 ? gamma[c] : 1.0f;
  return scale / math::sqrt(variance[c] + recipe.epsilon);
}

/// Makes one parameter of a folded graph. `from(p)` gives the numbers of a parameter as trained, or null for
/// -1.
template <class From>
void fold_parameter(const Recipe& recipe, int elements, const From& from, float* to) {
  const float *source = from(recipe.source), *gamma = from(recipe.gamma), *beta = from(recipe.beta),
              *mean = from(recipe.mean), *variance = from(recipe.variance);
  for (int i = 0; i < elements; ++i) {
    if (recipe.kind == Recipe::Kind::copy) {
      to[i] = source[i];
      continue;
    }
    const int c = i / recipe.inner % recipe.channels;
    const float factor = folding_factor(recipe, gamma, variance, c);
    if (recipe.kind == Recipe::Kind::fold_kernel)
      to[i] = source[i] * factor;
    else
      to[i] =
          kernels::rounded_now(((source ? source[i] : 0.0f) - mean[i]) * factor) + (beta ? beta[i] : 0.0f);
  }
}

}  // namespace detail

/// Makes the weights that ship from trained weights (laid out as `Deployment::source`).
template <const auto& Declared>
void fold_weights(std::span<const std::byte> trained, std::span<std::byte> shipped) {
  using D = Deployment<Declared>;
  const auto from = [&](int p) {
    return p < 0 ? nullptr : reinterpret_cast<const float*>(trained.data() + D::source.offset[p]);
  };
  for (int p = 0; p < D::graph_.parameters.count; ++p) {
    auto* to = reinterpret_cast<float*>(shipped.data() + D::program.plan.offset[p]);
    detail::fold_parameter(D::folded.recipes[p], D::graph_.parameters[p].shape.size(), from, to);
  }
}

}  // namespace etch
