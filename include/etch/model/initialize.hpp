// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program.hpp>
#include <runtime/kernels/portable/random.hpp>

namespace etch {

/// Half the width of a uniform initializer: sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010), sqrt(6 /
/// fan_in) (He et al. 2015).
inline float uniform_limit(const Parameter& p) {
  const int fans = p.initializer.kind == Initializer::he_uniform ? p.fan_in : p.fan_in + p.fan_out;
  return math::sqrt(6.0f / static_cast<float>(fans));
}

/// Writes a parameter's initial values: a function of (seed, parameter, element) only.
template <class T>
void initialize(const Parameter& p, int index, std::uint32_t seed, T* to) {
  const int n = p.shape.size();
  const bool drawn =
      p.initializer.kind == Initializer::glorot_uniform || p.initializer.kind == Initializer::he_uniform;
  const float limit = drawn ? uniform_limit(p) : 0.0f;
  for (int i = 0; i < n; ++i) {
    if (!drawn) {
      to[i] = p.initializer.kind == Initializer::ones ? T(1) : T(0);
      continue;
    }
    const float u =
        random::uniform({seed, 0}, 0, static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(i));
    to[i] = static_cast<T>((2.0f * u - 1.0f) * limit);
  }
}

/// All parameters of a graph, at the plan's offsets.
template <Sizes S, class T = float>
void initialize_weights(const Graph<S>& graph, const Plan<S>& plan, std::uint32_t seed, std::byte* weights) {
  for (int p = 0; p < graph.parameters.count; ++p)
    initialize(graph.parameters.item[p], p, seed, reinterpret_cast<T*>(weights + plan.offset[p]));
}

/// A parameter and its place, apart from graph and plan: a device that draws weights holds only this of them.
struct PlacedParameter {
  Parameter parameter;
  int offset = 0;
};
template <const auto& Program>
inline constexpr auto placed_parameters = [] {
  List<PlacedParameter, Program.graph.parameters.count> placed;
  for (int p = 0; p < Program.graph.parameters.count; ++p)
    placed.push({Program.graph.parameters.item[p], Program.plan.offset[p]});
  return placed;
}();

/// The same for a program that the compiler knows.
template <const auto& Program>
void initialize_weights(std::uint32_t seed, std::byte* weights) {
  static constexpr const auto& placed = placed_parameters<Program>;
  for (int p = 0; p < placed.count; ++p)
    initialize(placed.item[p].parameter, p, seed, reinterpret_cast<float*>(weights + placed.item[p].offset));
}

}  // namespace etch
