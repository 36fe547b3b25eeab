// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/report.hpp>
#include <etch/model/declare.hpp>
#include <etch/passes/differentiate.hpp>
#include <etch/passes/fold.hpp>
#include <etch/passes/infer.hpp>
#include <etch/passes/plan.hpp>

namespace etch {

namespace detail {
template <const auto& Declared, bool Training>
constexpr Graph<declaration_capacity> trace() {
  Builder g(Training);
  Declared.trace(g);
  return g.graph;
}
template <const auto& Declared, bool Training>
inline constexpr auto traced = trace<Declared, Training>();

template <const auto& Declared, bool Training>
inline constexpr Fault fault_of = traced<Declared, Training>.fault;

template <const auto& Declared, bool Training>
constexpr auto exact() {
  report<fault_of<Declared, Training>>();
  return shrink<traced<Declared, Training>.sizes()>(traced<Declared, Training>);
}
template <const auto& G>
constexpr auto shrunk() {
  return shrink<G.sizes()>(G);
}
}  // namespace detail

/// The graph of a declared model, as traced for prediction: a plain value that can be compared.
template <const auto& Declared>
inline constexpr auto graph = detail::exact<Declared, false>();

/// The same, traced with `training` true.
template <const auto& Declared>
inline constexpr auto training_declaration = detail::exact<Declared, true>();

/// The graph that predicts with the weights of the declaration.
template <const auto& Declared>
inline constexpr auto prediction_graph = infer(graph<Declared>);

}  // namespace etch
