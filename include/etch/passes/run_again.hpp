// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/again_search.hpp>
#include <etch/passes/follow_schedule.hpp>
#include <etch/passes/plan.hpp>

namespace etch {

/// A training graph within a number of bytes of arena, where there is one.
template <Sizes S>
struct FittedGraph {
  TrainingGraph<S> training{};
  Plan<S> plan{};                           ///< of `fit_training`
  List<ScheduledStep, S.steps> schedule{};  ///< of the steps of `fuse_gradient_adds`
  bool found = false;
  std::int64_t work = 0;  ///< of the steps that run again, for the rows of the plan
  int peak = 0;           ///< the most bytes live at one step
  int largest = -1;       ///< the largest result of the forward pass that this step reads or gives, or -1
  int least_over = 0;     ///< where none was found: what some step asked for beyond the limit, at least
};

/// No limit of work.
inline constexpr std::int64_t any_work = std::int64_t{1} << 62;

namespace detail {

/// How many states a search looks at before it takes any schedule that fits, instead of the best.
inline constexpr int most_states = 8192;

/// What a search found, in its order; false where that is too long.
template <Sizes S, int Most, int N>
constexpr bool read_schedule(const AgainSearch<S, Most>& search, List<ScheduledStep, N>& schedule) {
  int length = 0;
  for (int at = search.end; search.node[at].parent >= 0; at = search.node[at].parent) ++length;
  if (length > N) return false;
  schedule.count = length;
  for (int at = search.end; search.node[at].parent >= 0; at = search.node[at].parent)
    schedule.item[--length] = search.node[at].by;
  return true;
}

/// The largest result of the forward pass that has to do with the step at which a schedule has its peak.
template <Sizes S, int Most>
constexpr int largest_at_peak(const AgainSearch<S, Most>& search) {
  int step = -1, largest = -1;
  for (int at = search.end; search.node[at].parent >= 0; at = search.node[at].parent)
    if (search.node[at].peak == search.node[search.end].peak && search.node[at].by.step >= 0)
      step = search.node[at].by.step;
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
                                               int limit, std::int64_t most_work, bool greedy, bool& full) {
  FittedGraph<again_sizes(S)> fitted;
  AgainSearch<S, Most> search(t, from.graph, limit, most_work, greedy);
  search.run();
  full = search.full;
  fitted.least_over = search.least_over;
  if (search.end < 0) return fitted;
  fitted.peak = search.node[search.end].peak;
  fitted.work = search.node[search.end].state.work;
  fitted.largest = largest_at_peak(search);
  fitted.found = read_schedule(search, fitted.schedule) &&
                 write_schedule(from, t, fitted.schedule.item, fitted.schedule.count, fitted.training);
  return fitted;
}

}  // namespace detail

/// Brings the steps of the backward pass into an order, and runs steps of the forward pass again instead of
/// keeping their results, so that no more than `limit` bytes of the arena are live at a time. Of the
/// schedules that give a result up only where there is no room for a step, it is one with the least work
/// (multiply-accumulates and results of steps that run again), as long as a search looks at no more than
/// 8,192 states, which is far more than 10 blocks of a residual network ask for; beyond, it is any that
/// fits. Results have the bits they had: dropout draws the same numbers, batch normalization moves its
/// averages once, and no step runs again after its weights have changed. \param most_work of a schedule:
/// beyond it, none is looked for.
template <Sizes S>
constexpr FittedGraph<again_sizes(S)> run_again(const TrainingGraph<S>& from, const PlanOptions& o, int limit,
                                                std::int64_t most_work = any_work) {
  const auto t = detail::again_tables(from, o, limit);
  bool full = false;
  auto fitted = detail::searched<S, detail::most_states>(from, t, limit, most_work, false, full);
  if (!fitted.found && full)
    fitted = detail::searched<S, detail::most_states>(from, t, limit, most_work, true, full);
  return fitted;
}

}  // namespace etch
