// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/report.hpp>
#include <etch/model/declare/declare.hpp>
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

/// What stands for a wrong declaration once it is reported: a right graph, so that no other error follows.
constexpr auto stand_in(Stage stage = Stage::declared) {
  Graph<Sizes{0, 1, 0, 0, 1}> g;
  g.stage = stage;
  g.values.push({1, Role::input, true});
  g.inputs.push(0);
  g.outputs.push(0);
  g.input_shapes.push({1});
  g.output_shapes.push({1});
  g.output_masks.push(-1);
  return g;
}

template <const auto& Declared, bool Training>
constexpr auto exact() {
  if constexpr (static_cast<bool>(fault_of<Declared, false>)) {
    static_assert(sizeof(decltype(report<fault_of<Declared, false>>())) > 0);  // once for both graphs
    return stand_in();
  } else if constexpr (static_cast<bool>(fault_of<Declared, Training>)) {
    static_assert(sizeof(decltype(report<fault_of<Declared, Training>>())) > 0);
    return stand_in();
  } else {
    return shrink<traced<Declared, Training>.sizes()>(traced<Declared, Training>);
  }
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

namespace detail {
template <const auto& Declared, bool Evaluates>
inline constexpr auto inferred = infer(graph<Declared>, Evaluates);
}

/// The graph that predicts with the weights of the declaration.
template <const auto& Declared>
inline constexpr auto prediction_graph = detail::shrunk<detail::inferred<Declared, false>>();

/// The same with the masks of its outputs as further outputs: `output_masks` holds their index, or -1. Where
/// layers' results are penalized, the last output is the sum of that, one number.
template <const auto& Declared>
inline constexpr auto evaluation_graph = detail::shrunk<detail::inferred<Declared, true>>();

}  // namespace etch
