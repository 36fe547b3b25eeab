// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/rewrite.hpp>

namespace etch {

namespace detail {

/// Marks the steps whose results reach an output of `to`.
template <Sizes S, Sizes T>
constexpr void mark_live(const Graph<S>& g, const Graph<T>& to, const std::int16_t* alias,
                         bool (&live)[S.steps > 0 ? S.steps : 1]) {
  bool wanted[S.values > 0 ? S.values : 1]{};
  for (int k = 0; k < to.outputs.count; ++k) wanted[alias[to.outputs.item[k]]] = true;
  for (int s = g.steps.count - 1; s >= 0; --s) {
    const Step& step = g.steps.item[s];
    if (is_identity(step)) continue;
    for (int k = 0; k < step.outputs; ++k) live[s] = live[s] || wanted[g.result(step, k)];
    for (int k = 0; live[s] && k < step.inputs; ++k) wanted[alias[g.operand(step, k)]] = true;
  }
}

/// Turns the masks of outputs into outputs, or drops them. `output_masks` then tells their index among them.
template <Sizes S>
constexpr void settle_masks(Graph<S>& g, bool keep) {
  const int outputs = g.outputs.count;
  for (int k = 0; k < outputs; ++k) {
    const std::int16_t mask = g.output_masks.item[k];
    g.output_masks.item[k] = -1;
    if (!keep || mask < 0) continue;
    int at = outputs;
    while (at < g.outputs.count && g.outputs.item[at] != mask) ++at;
    if (at == g.outputs.count) {
      g.outputs.push(mask);
      g.output_shapes.push({g.values.item[mask].elements});
      g.output_masks.push(-1);
    }
    g.output_masks.item[k] = static_cast<std::int16_t>(at);
  }
}

}  // namespace detail

/// The room of a graph for prediction: each step may gain scratch.
constexpr Sizes inferred_sizes(Sizes s) {
  s.values += s.steps;
  s.operands += s.steps;
  s.ends *= 2;
  return s;
}

/// The graph for prediction: no dropout, no dead steps, activations fused into the steps before them,
/// scratch. \param keep_masks also computes the masks of the outputs, as more outputs behind them: evaluation
/// reads them. \param fuse off leaves activations apart, so that what stands before them can be looked at.
template <Sizes S>
constexpr auto infer(const Graph<S>& g, bool keep_masks = false, bool fuse = true) {
  Graph<inferred_sizes(S)> to;
  detail::copy_values(g, to);
  detail::settle_masks(to, keep_masks);
  std::int16_t alias[S.values > 0 ? S.values : 1]{};
  for (int v = 0; v < g.values.count; ++v) alias[v] = static_cast<std::int16_t>(v);
  for (int s = 0; s < g.steps.count; ++s)
    if (is_identity(g.steps.item[s])) alias[g.result(g.steps.item[s])] = alias[g.operand(g.steps.item[s], 0)];
  bool live[S.steps > 0 ? S.steps : 1]{};
  detail::mark_live(g, to, alias, live);
  int readers[S.values > 0 ? S.values : 1]{};
  int producer[S.values > 0 ? S.values : 1]{};
  for (int v = 0; v < g.values.count; ++v) producer[v] = -1;
  for (int s = 0; s < g.steps.count; ++s)
    for (int k = 0; live[s] && k < g.steps.item[s].inputs; ++k)
      ++readers[alias[g.operand(g.steps.item[s], k)]];
  for (int k = 0; k < to.outputs.count; ++k) ++readers[alias[to.outputs.item[k]]];
  for (int s = 0; s < g.steps.count; ++s) {
    if (!live[s]) continue;
    Step step = g.steps.item[s];
    std::int16_t operands[256]{};
    for (int k = 0; k < step.inputs + step.outputs; ++k) operands[k] = alias[g.operands.item[step.first + k]];
    const int x = operands[0];
    const ActivationKind kind = detail::plain_activation(step);
    if (fuse && kind != ActivationKind::linear && producer[x] >= 0 && readers[x] == 1) {
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
  return to;
}

}  // namespace etch
