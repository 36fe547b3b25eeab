// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/rewrite.hpp>

namespace etch {

namespace detail {

constexpr bool is_identity(const Step& step) {
  if (step.op == op_code<ops::Dropout>) return true;
  return step.op == op_code<ops::Activation> &&
         unpack<ops::Activation::Attributes>(step.attributes).kind == ActivationKind::linear;
}

/// Marks the steps whose results reach an output.
template <Sizes S>
constexpr void mark_live(const Graph<S>& g, const std::int16_t* alias,
                         bool (&live)[S.steps > 0 ? S.steps : 1]) {
  bool wanted[S.values > 0 ? S.values : 1]{};
  for (int k = 0; k < g.outputs.count; ++k) wanted[alias[g.outputs.item[k]]] = true;
  for (int s = g.steps.count - 1; s >= 0; --s) {
    const Step& step = g.steps.item[s];
    if (is_identity(step)) continue;
    for (int k = 0; k < step.outputs; ++k) live[s] = live[s] || wanted[g.result(step, k)];
    for (int k = 0; live[s] && k < step.inputs; ++k) wanted[alias[g.operand(step, k)]] = true;
  }
}

}  // namespace detail

/// The graph for prediction: no dropout, no dead steps, activations fused into the dense step before them.
template <Sizes S>
constexpr Graph<S> infer(const Graph<S>& g) {
  Graph<S> to;
  detail::copy_values(g, to);
  std::int16_t alias[S.values > 0 ? S.values : 1]{};
  for (int v = 0; v < g.values.count; ++v) alias[v] = static_cast<std::int16_t>(v);
  for (int s = 0; s < g.steps.count; ++s)
    if (detail::is_identity(g.steps.item[s]))
      alias[g.result(g.steps.item[s])] = alias[g.operand(g.steps.item[s], 0)];
  bool live[S.steps > 0 ? S.steps : 1]{};
  detail::mark_live(g, alias, live);
  int readers[S.values > 0 ? S.values : 1]{};
  int producer[S.values > 0 ? S.values : 1]{};
  for (int v = 0; v < g.values.count; ++v) producer[v] = -1;
  for (int s = 0; s < g.steps.count; ++s)
    for (int k = 0; live[s] && k < g.steps.item[s].inputs; ++k)
      ++readers[alias[g.operand(g.steps.item[s], k)]];
  for (int k = 0; k < g.outputs.count; ++k) ++readers[alias[g.outputs.item[k]]];
  for (int s = 0; s < g.steps.count; ++s) {
    if (!live[s]) continue;
    Step step = g.steps.item[s];
    std::int16_t operands[256]{};
    for (int k = 0; k < step.inputs + step.outputs; ++k) operands[k] = alias[g.operands.item[step.first + k]];
    const int x = operands[0];
    if (step.op == op_code<ops::Activation> && producer[x] >= 0 && readers[x] == 1) {
      Step& dense = to.steps.item[producer[x]];
      auto a = unpack<ops::Dense::Attributes>(dense.attributes);
      if (a.activation == ActivationKind::linear) {
        a.activation = unpack<ops::Activation::Attributes>(step.attributes).kind;
        dense.attributes = pack(a);
        to.operands.item[dense.first + dense.inputs] = operands[1];
        continue;
      }
    }
    if (step.op == op_code<ops::Dense>) producer[operands[step.inputs]] = to.steps.count;
    detail::append_step(to, step, operands, step.inputs, step.outputs);
  }
  for (int k = 0; k < to.outputs.count; ++k) to.outputs.item[k] = alias[to.outputs.item[k]];
  return to;
}

}  // namespace etch
