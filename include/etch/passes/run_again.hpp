// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/again_search.hpp>
#include <etch/passes/plan.hpp>
#include <etch/passes/rewrite.hpp>

namespace etch {

/// The room of a training graph of which steps run again: each up to twice.
constexpr Sizes again_sizes(Sizes s) {
  s.values *= 3;
  s.steps *= 3;
  s.operands *= 3;
  return s;
}

/// A training graph within a number of bytes of arena, where there is one.
template <Sizes S>
struct FittedGraph {
  TrainingGraph<S> training{};
  Plan<S> plan{};  ///< of `fit_training`
  bool found = false;
  int peak = 0;        ///< the most bytes live at one step
  int largest = -1;    ///< the largest result of the forward pass that this step reads or gives, or -1
  int least_over = 0;  ///< where none was found: what some step asked for beyond the limit, at least
};

namespace detail {

/// How many states a search looks at before it takes any schedule that fits, instead of the best.
inline constexpr int most_states = 8192;

/// A training graph while its steps are written in the order of a schedule.
template <Sizes S>
struct AgainWriter {
  static constexpr Sizes room = again_sizes(S);
  const AgainTables<S>& t;
  const Graph<S>& g;
  Graph<room> to{};
  std::int16_t current[S.values > 0 ? S.values : 1]{};  ///< what stands for a value now

  constexpr bool has_room() const {
    return to.steps.count < room.steps && to.values.count + max_copies < room.values &&
           to.operands.count + max_operands < room.operands;
  }
  static constexpr int max_copies = 8;

  /// The step as it is, on what stands for its inputs.
  constexpr void write(int which) {
    const Step& step = g.steps.item[which];
    std::int16_t operands[max_operands]{};
    for (int k = 0; k < step.inputs + step.outputs; ++k) {
      const std::int16_t v = g.operands.item[step.first + k];
      operands[k] = v >= 0 && k < step.inputs ? current[v] : v;
    }
    append_step(to, step, operands, step.inputs, step.outputs);
  }
  /// The step once more. Results that are there already stay what they are.
  constexpr void write_again(int which, const AgainState<S>& before, const AgainState<S>& after) {
    Step step = g.steps.item[which];
    const bool kept = would_restore(t, before, which);
    step.again = kept ? Again::from_kept : Again::from_inputs;
    std::int16_t operands[max_operands]{};
    for (int k = 0; k < step.inputs; ++k) {
      const std::int16_t v = g.operands.item[step.first + k];
      operands[k] = v < 0 || (kept && t.number[v] >= 0) ? static_cast<std::int16_t>(-1) : current[v];
    }
    if (kept) operands[0] = current[t.value[t.kept[which]]];
    int outputs = 0;
    for (int k = 0; k < (kept ? 1 : step.outputs); ++k) {
      const std::int16_t v = g.operands.item[step.first + step.inputs + k];
      std::int16_t& copy = operands[step.inputs + outputs++];
      copy = -1;
      const int r = v < 0 ? -1 : t.number[v];
      if (r < 0 || (r == t.restored[which] && !after.live.has(r))) continue;
      copy = static_cast<std::int16_t>(to.values.push(g.values.item[v]));
      if (!before.live.has(r)) current[v] = copy;
    }
    append_step(to, step, operands, step.inputs, outputs);
  }
};

/// Writes the schedule that a search found.
template <Sizes S, int Most>
constexpr bool write_schedule(const TrainingGraph<S>& from, const AgainSearch<S, Most>& search,
                              TrainingGraph<again_sizes(S)>& to) {
  AgainWriter<S> writer{search.t, from.graph};
  copy_values(from.graph, writer.to);
  writer.to.stage = from.graph.stage;
  for (int v = 0; v < from.graph.values.count; ++v) writer.current[v] = static_cast<std::int16_t>(v);
  std::int16_t path[Most]{};
  int length = 0;
  for (int at = search.end; search.node[at].parent >= 0; at = search.node[at].parent)
    path[length++] = static_cast<std::int16_t>(at);
  int added = 0;
  while (length > 0) {
    const auto& node = search.node[path[--length]];
    if (node.step < 0) continue;
    if (!writer.has_room()) return false;
    const auto& before = search.node[node.parent].state;
    if (before.done.has(node.step)) {
      writer.write_again(node.step, before, node.state);
      ++added;
    } else {
      writer.write(node.step);
    }
  }
  to = shrink_training<again_sizes(S)>(from);
  to.graph = writer.to;
  to.update_step += added;
  return true;
}

/// The largest result of the forward pass that has to do with the step at which a schedule has its peak.
template <Sizes S, int Most>
constexpr int largest_at_peak(const AgainSearch<S, Most>& search) {
  int step = -1, largest = -1;
  for (int at = search.end; search.node[at].parent >= 0; at = search.node[at].parent)
    if (search.node[at].peak == search.node[search.end].peak && search.node[at].step >= 0)
      step = search.node[at].step;
  if (step < 0) return -1;
  const Step& which = search.g.steps.item[step];
  for (int k = 0; k < which.inputs + which.outputs; ++k) {
    const int v = search.g.operands.item[which.first + k];
    if (v >= 0 && search.t.number[v] >= 0 && (largest < 0 || search.t.d.bytes[v] > search.t.d.bytes[largest]))
      largest = v;
  }
  return largest;
}

template <Sizes S, int Most>
constexpr FittedGraph<again_sizes(S)> searched(const TrainingGraph<S>& from, const AgainTables<S>& t,
                                               int limit, bool greedy, bool& full) {
  FittedGraph<again_sizes(S)> fitted;
  AgainSearch<S, Most> search(t, from.graph, limit, greedy);
  search.run();
  full = search.full;
  fitted.least_over = search.least_over;
  if (search.end < 0) return fitted;
  fitted.peak = search.node[search.end].peak;
  fitted.largest = largest_at_peak(search);
  fitted.found = write_schedule(from, search, fitted.training);
  return fitted;
}

}  // namespace detail

/// Brings the steps of the backward pass into an order, and runs steps of the forward pass again instead of
/// keeping their results, so that no more than `limit` bytes of the arena are live at a time. Of the
/// schedules that give a result up only where there is no room for a step, it is one with the least work
/// (multiply-accumulates and results of steps that run again), as long as a search looks at no more than
/// 8,192 states, which is far more than 10 blocks of a residual network ask for; beyond, it is any that
/// fits. Results have the bits they had: dropout draws the same numbers, batch normalization moves its
/// averages once, and no step runs again after its weights have changed.
template <Sizes S>
constexpr FittedGraph<again_sizes(S)> run_again(const TrainingGraph<S>& from, const PlanOptions& o,
                                                int limit) {
  const auto t = detail::again_tables(from, o, limit);
  bool full = false;
  auto fitted = detail::searched<S, detail::most_states>(from, t, limit, false, full);
  if (!fitted.found && full) fitted = detail::searched<S, detail::most_states>(from, t, limit, true, full);
  return fitted;
}

}  // namespace etch
