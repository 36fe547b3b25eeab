// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/rewrite.hpp>

namespace etch {

namespace detail {

/// Whether prediction is the same without a step. Evaluation also wants what a step adds to the loss.
constexpr bool elided(const Step& step, bool evaluates) {
  return is_identity(step) && !(evaluates && gradient_rule(step).penalizes);
}

/// Marks the states that a step reads without writing them: others write them for it.
template <Sizes S>
constexpr void mark_recalled(const Graph<S>& g, bool (&recalled)[S.values > 0 ? S.values : 1]) {
  for (int s = 0; s < g.steps.count; ++s) {
    const Step& step = g.steps.item[s];
    for (int k = 0; k < step.inputs; ++k) {
      const int v = g.operand(step, k);
      bool written = v < 0 || g.values.item[v].role != Role::state;
      for (int r = 0; r < step.outputs; ++r) written = written || g.result(step, r) == v;
      if (!written) recalled[v] = true;
    }
  }
}

/// Marks the steps whose results reach an output of `to`, or a later call.
template <Sizes S, Sizes T>
constexpr void mark_live(const Graph<S>& g, const Graph<T>& to, const std::int16_t* alias, bool evaluates,
                         bool (&live)[S.steps > 0 ? S.steps : 1]) {
  bool wanted[S.values > 0 ? S.values : 1]{};
  mark_recalled(g, wanted);
  for (int k = 0; k < to.outputs.count; ++k) wanted[alias[to.outputs.item[k]]] = true;
  for (int s = g.steps.count - 1; s >= 0; --s) {
    const Step& step = g.steps.item[s];
    if (elided(step, evaluates)) continue;
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

/// Gives a step the penalties of the steps before it, if there are any, and a result for their sum with its
/// own. Returns that.
template <Sizes S, int N>
constexpr std::int16_t append_penalized(Graph<S>& g, Step step, const std::int16_t (&operands)[N],
                                        std::int16_t before) {
  const std::int16_t sum = append_value(g, 1, Role::temporary, false);
  step.phase = Phase::training;
  if (before < 0)
    append_step(g, step, {operands[0], operands[1], sum}, 1, 2);
  else
    append_step(g, step, {operands[0], before, operands[1], sum}, 2, 2);
  return sum;
}

template <Sizes S>
constexpr void append_penalty_output(Graph<S>& g, std::int16_t sum) {
  g.outputs.push(sum);
  g.output_shapes.push({1});
  g.output_masks.push(-1);
}

}  // namespace detail

/// The room of a graph for prediction: each step may gain scratch, or a penalty and the sum of those before.
constexpr Sizes inferred_sizes(Sizes s) {
  s.values += s.steps;
  s.operands += 2 * s.steps;
  s.ends = 2 * s.ends + 1;
  return s;
}

namespace detail {

/// What `infer` and `simplify` share: steps get scratch where the stage is `inferred`.
template <Sizes S>
constexpr auto for_prediction(const Graph<S>& g, Stage stage, bool evaluates, bool fuse,
                              kernels::KernelSets sets = kernels::every_set) {
  require_stage(g.stage == Stage::declared,
                "a graph is inferred once, from its declaration: this one has its scratch already");
  Graph<inferred_sizes(S)> to;
  to.stage = stage;
  copy_values(g, to);
  settle_masks(to, evaluates);
  std::int16_t alias[S.values > 0 ? S.values : 1]{};
  for (int v = 0; v < g.values.count; ++v) alias[v] = static_cast<std::int16_t>(v);
  for (int s = 0; s < g.steps.count; ++s)
    if (elided(g.steps.item[s], evaluates))
      alias[g.result(g.steps.item[s])] = alias[g.operand(g.steps.item[s], 0)];
  bool live[S.steps > 0 ? S.steps : 1]{};
  mark_live(g, to, alias, evaluates, live);
  int readers[S.values > 0 ? S.values : 1]{};
  int producer[S.values > 0 ? S.values : 1]{};
  for (int v = 0; v < g.values.count; ++v) producer[v] = -1;
  for (int s = 0; s < g.steps.count; ++s)
    for (int k = 0; live[s] && k < g.steps.item[s].inputs; ++k)
      ++readers[alias[g.operand(g.steps.item[s], k)]];
  for (int k = 0; k < to.outputs.count; ++k) ++readers[alias[to.outputs.item[k]]];
  std::int16_t penalty = -1;
  for (int s = 0; s < g.steps.count; ++s) {
    if (!live[s]) continue;
    Step step = g.steps.item[s];
    std::int16_t operands[max_operands]{};
    for (int k = 0; k < step.inputs + step.outputs; ++k) operands[k] = alias[g.operands.item[step.first + k]];
    const int x = operands[0];
    const ActivationKind kind = plain_activation(step);
    if (fuse && kind != ActivationKind::linear && producer[x] >= 0 && readers[x] == 1) {
      Step& before = to.steps.item[producer[x]];
      if (fuse_activation(before, kind)) {
        to.operands.item[before.first + before.inputs] = operands[1];
        continue;
      }
    }
    producer[operands[step.inputs]] = to.steps.count;
    if (evaluates && gradient_rule(step).penalizes) {
      penalty = append_penalized(to, step, operands, penalty);
      continue;
    }
    int outputs = step.outputs;
    const std::int16_t scratch = stage == Stage::inferred ? append_scratch(to, step, sets) : std::int16_t{-1};
    if (scratch >= 0) operands[step.inputs + outputs++] = scratch;
    append_step(to, step, operands, step.inputs, outputs);
  }
  for (int k = 0; k < to.outputs.count; ++k) to.outputs.item[k] = alias[to.outputs.item[k]];
  if (penalty >= 0) append_penalty_output(to, penalty);
  return to;
}

}  // namespace detail

/// The graph for prediction: no dropout, no dead steps, activations fused into the steps before them,
/// scratch. \param evaluates also computes the masks of the outputs, and the penalty of layers' results if
/// there is one, as more outputs behind them. \param fuse off leaves activations apart, so that what stands
/// before them can be looked at. \param sets of kernels that the scratch is for.
template <Sizes S>
constexpr auto infer(const Graph<S>& declared, bool evaluates = false, bool fuse = true,
                     kernels::KernelSets sets = kernels::every_set) {
  return detail::for_prediction(declared, Stage::inferred, evaluates, fuse, sets);
}

/// A declaration of the same prediction with fewer steps: no dropout, no dead steps, activations fused.
/// `infer` comes after it.
template <Sizes S>
constexpr auto simplify(const Graph<S>& declared) {
  return detail::for_prediction(declared, Stage::declared, false, true);
}

}  // namespace etch
