// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/fuse_gradient_adds.hpp>
#include <etch/passes/plan.hpp>
#include <etch/passes/run_again.hpp>

namespace etch {

/// The room of what `fit_training` gives.
constexpr Sizes fitted_sizes(Sizes s) { return again_sizes(adding_sizes(s)); }

namespace detail {
constexpr PlanOptions placing_within(PlanOptions o, int limit) {
  o.tries = 256;  // to come close to the bytes that are live
  o.enough = limit;
  return o;
}
}  // namespace detail

/// A training graph whose plan takes at most `limit` bytes of arena, where one is found: additions of
/// gradients go into steps, the backward pass takes another order, steps of the forward pass run again. Only
/// what fits as it is stays as it is: that is the caller's to find out. \param most_work see `run_again`.
template <Sizes S>
constexpr FittedGraph<fitted_sizes(S)> fit_training(const TrainingGraph<S>& from, const PlanOptions& o,
                                                    int limit, std::int64_t most_work = any_work) {
  const auto adding = fuse_gradient_adds(shrink_training<adding_sizes(S)>(from));
  FittedGraph<fitted_sizes(S)> fitted;
  const PlanOptions placing = detail::placing_within(o, limit);
  int target = limit;
  for (int searches = 0; searches < 16; ++searches) {
    fitted = run_again(adding, o, target, most_work);
    if (!fitted.found) break;
    fitted.plan = plan(fitted.training.graph, placing);
    const int over = fitted.plan.arena_bytes - limit;
    if (over <= 0) return fitted;
    target = (fitted.peak < target ? fitted.peak : target) - over;
  }
  fitted.found = false;
  return fitted;
}

/// The same by a schedule that was found before. Not found where it is of another training, or what it gives
/// takes more than `limit`.
template <Sizes S>
constexpr FittedGraph<fitted_sizes(S)> follow_schedule(const TrainingGraph<S>& from, const PlanOptions& o,
                                                       int limit, const ScheduledStep* schedule, int count) {
  const auto adding = fuse_gradient_adds(shrink_training<adding_sizes(S)>(from));
  FittedGraph<fitted_sizes(S)> fitted;
  const auto tables = detail::again_tables(adding, o, 0);
  if (!detail::write_schedule(adding, tables, schedule, count, fitted.training)) return fitted;
  fitted.plan = plan(fitted.training.graph, detail::placing_within(o, limit));
  fitted.found = fitted.plan.arena_bytes <= limit;
  return fitted;
}

/// The same for what a declaration says: by its schedule, where it has one. Not found where the limit is
/// below what is needed for other reasons. \param floor that, in bytes.
/// \param most_work of a schedule that is looked for.
template <Sizes S>
constexpr FittedGraph<fitted_sizes(S)> fit_above(const TrainingGraph<S>& from, const PlanOptions& o,
                                                 int floor, int limit, const RamLimit& ram,
                                                 std::int64_t most_work = any_work) {
  if (floor > limit) return {};
  if (ram.schedule == nullptr) return fit_training(from, o, limit, most_work);
  return follow_schedule(from, o, limit, ram.schedule, ram.scheduled);
}

/// The least arena that a training is found to work in.
struct LeastArena {
  int bytes = 0;
  int largest = -1;  ///< see `FittedGraph`
};

/// Looks for the least arena, to a 128th of it: by halves, and by what searches say that steps ask for. A
/// plan may take less than its limit: then that is the limit of one more search, so that the least is a limit
/// that was met. \param floor what it needs at least, for other reasons. \param known an arena that is
/// enough.
template <Sizes S>
constexpr LeastArena least_arena(const TrainingGraph<S>& from, const PlanOptions& o, int floor, int known) {
  LeastArena least{known, -1};
  int low = floor, limit = floor;
  while (low + least.bytes / 128 < least.bytes) {
    const auto fitted = fit_training(from, o, limit);
    if (fitted.found) {
      least = {limit, fitted.largest};
      if (fitted.plan.arena_bytes < limit && fitted.plan.arena_bytes >= low) {
        limit = fitted.plan.arena_bytes;
        continue;
      }
    } else {
      low = limit + 1;
      if (fitted.least_over > low && fitted.least_over < least.bytes) low = fitted.least_over;
    }
    limit = low + (least.bytes - low) / 2;
  }
  if (least.largest < 0) least.largest = fit_training(from, o, known).largest;
  return least;
}

}  // namespace etch
