// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/rewrite.hpp>

namespace etch {

namespace detail {

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

/// The room of a graph for prediction: each step may gain scratch.
constexpr Sizes inferred_sizes(Sizes s) {
  s.values += s.steps;
  s.operands += s.steps;
  return s;
}

/// The graph for prediction: no dropout, no dead steps, activations fused into the steps before them,
/// scratch.
template <Sizes S>
constexpr auto infer(const Graph<S>& g) {
  Graph<inferred_sizes(S)> to;
  detail::copy_values(g, to);
  std::int16_t alias[S.values > 0 ? S.values : 1]{};
  for (int v = 0; v < g.values.count; ++v) alias[v] = static_cast<std::int16_t>(v);
  for (int s = 0; s < g.steps.count; ++s)
    if (is_identity(g.steps.item[s])) alias[g.result(g.steps.item[s])] = alias[g.operand(g.steps.item[s], 0)];
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
    const ActivationKind kind = detail::plain_activation(step);
    if (kind != ActivationKind::linear && producer[x] >= 0 && readers[x] == 1) {
      Step& before = to.steps.item[producer[x]];
      if (fuse_activation(before, kind)) {
        to.operands.item[before.first + before.inputs] = operands[1];
        continue;
      }
    }
    producer[operands[step.inputs]] = to.steps.count;
    int outputs = step.outputs;
    const std::int16_t scratch = detail::append_scratch(to, step);
    if (scratch >= 0) operands[step.inputs + outputs++] = scratch;
    detail::append_step(to, step, operands, step.inputs, outputs);
  }
  for (int k = 0; k < to.outputs.count; ++k) to.outputs.item[k] = alias[to.outputs.item[k]];
  for (auto& mask : to.output_masks.item) mask = -1;  // only training reads them
  return to;
}

}  // namespace etch
