// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/dependences.hpp>
#include <etch/passes/rewrite.hpp>
#include <etch/passes/training_graph.hpp>

namespace etch::detail {

/// What is known of the values of a training graph while additions of gradients go into the steps before
/// them.
template <Sizes S>
struct GradientAdds {
  static constexpr int values = S.values > 0 ? S.values : 1;
  int producer[values]{};
  int readers[values]{};
  int depth[values]{};  ///< of a gradient: steps of the backward pass that lie behind it, one after the other
};

template <Sizes S>
constexpr GradientAdds<S> gradient_adds(const TrainingGraph<S>& from) {
  const Graph<S>& g = from.graph;
  GradientAdds<S> a;
  for (int v = 0; v < g.values.count; ++v) a.producer[v] = -1;
  for (int k = 0; k < g.outputs.count; ++k) ++a.readers[g.outputs.item[k]];
  for (int s = 0; s < g.steps.count; ++s) {
    const Step& step = g.steps.item[s];
    int depth = 0;
    for (int k = 0; k < step.inputs; ++k) {
      const int v = g.operand(step, k);
      if (v < 0) continue;
      ++a.readers[v];
      if (s >= from.backward_step && a.depth[v] >= depth) depth = a.depth[v] + 1;
    }
    for (int k = 0; k < step.outputs; ++k)
      if (const int v = g.result(step, k); in_arena(g, v)) {
        a.producer[v] = s;
        a.depth[v] = depth;
      }
  }
  return a;
}

/// The step that may add its input gradient, operand `part` of an addition, to the other operand; or -1.
template <Sizes S>
constexpr int adding_step(const TrainingGraph<S>& from, const GradientAdds<S>& a, const Step& add, int part) {
  const int v = from.graph.operand(add, part), s = v < 0 ? -1 : a.producer[v];
  if (s < from.backward_step || a.readers[v] != 1) return -1;
  const Step& step = from.graph.steps.item[s];
  const bool adds = visit_op(step.op, [&](auto op) { return decltype(op)::adds_gradient(step); });
  for (int k = 0; k < step.inputs; ++k)  // what it still reads it cannot add to in place
    if (from.graph.operand(step, k) == from.graph.operand(add, 1 - part)) return -1;
  return adds && !step.adds && from.graph.result(step) == v ? s : -1;
}

}  // namespace etch::detail

namespace etch {

/// The room of a training graph of which additions went into other steps: a new list of operands for each.
constexpr Sizes adding_sizes(Sizes s) {
  s.operands += s.operands + s.steps;
  return s;
}

/// Takes the additions of gradients of values that are read more than once into the steps that make one of
/// them, where these can add what they make to what is there: the same bits, and one buffer less. Where both
/// can, the one that fewer steps lead to does, so that the longer way runs first. The steps of the backward
/// pass are then in no order: `run_again` finds one.
template <Sizes S>
constexpr TrainingGraph<S> fuse_gradient_adds(TrainingGraph<S> to) {
  Graph<S>& g = to.graph;
  const auto a = detail::gradient_adds(to);
  bool gone[S.steps > 0 ? S.steps : 1]{};
  for (int s = to.backward_step; s < to.update_step; ++s) {
    const Step add = g.steps.item[s];
    if (add.op != op_code<ops::Add> || unpack<ops::Add::Attributes>(add.attributes).one_block) continue;
    const int first = detail::adding_step(to, a, add, 0), second = detail::adding_step(to, a, add, 1);
    if (first < 0 && second < 0) continue;
    const bool takes_second =
        first < 0 || (second >= 0 && a.depth[g.operand(add, 1)] <= a.depth[g.operand(add, 0)]);
    Step& step = g.steps.item[takes_second ? second : first];
    const int begin = g.operands.count;
    for (int k = 0; k < step.inputs; ++k) g.operands.push(g.operands.item[step.first + k]);
    g.operands.push(g.operands.item[add.first + (takes_second ? 0 : 1)]);
    for (int k = 0; k < step.outputs; ++k)
      g.operands.push(k == 0 ? static_cast<std::int16_t>(g.result(add))
                             : g.operands.item[step.first + step.inputs + k]);
    step.first = begin;
    ++step.inputs;
    step.adds = true;
    gone[s] = true;
  }
  int kept = 0;
  const int updates = to.update_step;
  for (int s = 0; s < g.steps.count; ++s) {
    if (gone[s] && s < updates) --to.update_step;
    if (!gone[s]) g.steps.item[kept++] = g.steps.item[s];
  }
  g.steps.count = kept;
  return to;
}

}  // namespace etch
