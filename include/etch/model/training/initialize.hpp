// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/program.hpp>
#include <runtime/kernels/portable/initializer.hpp>

namespace etch {

namespace detail {

/// The variance of Keras's VarianceScaling: 2 / (fan_in + fan_out) by Glorot and Bengio (2010), 2 / fan_in by
/// He et al. (2015), 1 / fan_in by LeCun et al. (1998). `factor` is 3 for the square of a uniform draw's
/// limit.
constexpr float scaled_variance(const Parameter& p, float factor) {
  const InitializerKind kind = p.initializer.kind;
  const bool glorot = kind == Initializer::glorot_uniform || kind == Initializer::glorot_normal;
  const bool lecun = kind == Initializer::lecun_uniform || kind == Initializer::lecun_normal;
  const int fans = glorot ? p.fan_in + p.fan_out : p.fan_in;
  return factor * (lecun ? 1.0f : 2.0f) / static_cast<float>(fans > 1 ? fans : 1);
}

}  // namespace detail

/// How a parameter begins, with the numbers that its initializer takes from its shape.
constexpr kernels::FirstValues first_values_of(const Parameter& p) {
  using enum kernels::FirstForm;
  const Initializer& from = p.initializer;
  const int columns = p.shape.last(), rows = p.shape.size() / columns;
  switch (from.kind) {
    case Initializer::zeros:
      return {fill, 0, 0, rows, columns};
    case Initializer::ones:
      return {fill, 1, 0, rows, columns};
    case Initializer::constant:
      return {fill, from.a, 0, rows, columns};
    case Initializer::random_uniform:
      return {uniform, 0.5f * (from.a + from.b), 0.5f * (from.b - from.a), rows, columns};
    case Initializer::random_normal:
      return {normal, from.a, from.b, rows, columns};
    case Initializer::truncated_normal:
      return {truncated, from.a, from.b, rows, columns};
    case Initializer::glorot_uniform:
    case Initializer::he_uniform:
    case Initializer::lecun_uniform:
      return {uniform, 0, math::sqrt(detail::scaled_variance(p, 3)), rows, columns};
    case Initializer::glorot_normal:
    case Initializer::he_normal:
    case Initializer::lecun_normal: {
      constexpr float deviation = 0.87962566103423978f;  // of a normal draw within two deviations
      return {truncated, 0, math::sqrt(detail::scaled_variance(p, 1)) / deviation, rows, columns};
    }
    case Initializer::orthogonal:
      return {orthogonal, from.a, 0, rows, columns};
    case Initializer::identity:
      return {identity, from.a, 0, rows, columns};
    case Initializer::unit_forget_bias:
      return {forget_gate, 0, 0, rows, columns};
  }
  return {fill, 0, 0, rows, columns};
}

/// Writes a parameter's initial values: a function of (seed, parameter, element) only.
template <class T>
void initialize(const Parameter& p, int index, std::uint32_t seed, T* to) {
  kernels::first_values(first_values_of(p), {seed, static_cast<std::uint32_t>(index)}, to);
}

/// All parameters of a graph, at the plan's offsets.
template <Sizes S, class T = float>
void initialize_weights(const Graph<S>& graph, const Plan<S>& plan, std::uint32_t seed, std::byte* weights) {
  for (int p = 0; p < graph.parameters.count; ++p)
    initialize(graph.parameters.item[p], p, seed, reinterpret_cast<T*>(weights + plan.offset[p]));
}

/// A parameter's beginning and its place, apart from graph and plan: a device that draws weights holds only
/// this of them.
struct PlacedParameter {
  kernels::FirstValues values;
  int offset = 0;
};
template <const auto& Program>
inline constexpr auto placed_parameters = [] {
  List<PlacedParameter, Program.graph.parameters.count> placed;
  for (int p = 0; p < Program.graph.parameters.count; ++p)
    placed.push({first_values_of(Program.graph.parameters.item[p]), Program.plan.offset[p]});
  return placed;
}();

/// The same for a program that the compiler knows.
template <const auto& Program>
void initialize_weights(std::uint32_t seed, std::byte* weights) {
  static constexpr const auto& placed = placed_parameters<Program>;
  constexpr std::uint32_t forms = [] {
    std::uint32_t bits = 0;
    for (const PlacedParameter& p : placed) bits |= kernels::form_bit(p.values.form);
    return bits;
  }();
  for (int p = 0; p < placed.count; ++p)
    kernels::first_values<float, forms>(placed.item[p].values, {seed, static_cast<std::uint32_t>(p)},
                                        reinterpret_cast<float*>(weights + placed.item[p].offset));
}

}  // namespace etch
