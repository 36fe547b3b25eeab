// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/plan.hpp>
#include <etch/passes/training_graph.hpp>

namespace etch {

/// The options of a training whose batch runs in parts.
constexpr TrainingOptions in_parts(TrainingOptions options) {
  options.in_parts = true;
  return options;
}

/// Parts of so many rows that a batch has.
constexpr int parts_of(int batch, int rows) { return (batch + rows - 1) / rows; }

namespace detail {

template <Sizes S>
constexpr bool keeps_state(const Graph<S>& g, const Step& step) {
  for (int k = 0; k < step.inputs + step.outputs; ++k)
    if (const int v = g.operands.item[step.first + k]; v >= 0 && g.values.item[v].role == Role::state)
      return true;
  return false;
}
/// A step of the forward pass gives one number, or some, for the whole batch.
template <Sizes S>
constexpr bool sums_up_batch(const Graph<S>& g, const Step& step) {
  const int scratch = scratch_of(step).elements > 0 ? 1 : 0;
  for (int k = 0; k < step.outputs - scratch; ++k)
    if (const int v = g.result(step, k); v >= 0 && !g.values.item[v].per_row) return true;
  return false;
}

}  // namespace detail

/// The first step of a training in parts that takes a whole batch, or -1 where none does: its result, or a
/// sum that it makes, is not that of the samples one after the other.
template <Sizes S>
constexpr int step_of_whole_batch(const TrainingGraph<S>& training) {
  const Graph<S>& g = training.graph;
  for (int s = 0; s < training.update_step; ++s) {
    const Step& step = g.steps.item[s];
    if (!visit_op(step.op, [&](auto op) { return decltype(op)::runs_in_parts(step); }) ||
        detail::keeps_state(g, step) || (s < training.loss_step && detail::sums_up_batch(g, step)))
      return s;
  }
  return -1;
}

/// Bytes of what goes on from part to part: gradients of weights, and the sums of losses.
template <Sizes S>
constexpr int bytes_of_parts(const Graph<S>& g, const PlanOptions& o) {
  int bytes = 0;
  for (int v = 0; v < g.values.count; ++v)
    if (g.values.item[v].role == Role::gradient) bytes += detail::value_bytes(g.values.item[v], o);
  return bytes;
}

/// What parts cost, in the units of work of a search for schedules: the sums that each of them but the first
/// goes on from, and their updates, which wait for the last.
constexpr std::int64_t work_of_parts(int parts, int bytes) { return std::int64_t{parts} * (bytes / 4); }

/// The most work again that parts of so many rows may have, so that all of it is less than `work`; below 0
/// where there is none.
constexpr std::int64_t work_left_for_parts(std::int64_t work, int batch, int rows, int bytes) {
  const std::int64_t left = work - work_of_parts(parts_of(batch, rows), bytes);
  return left <= 0 ? -1 : left / batch * rows;
}

/// Where gradients of a training in parts lie, and what their sums begin with.
struct PartSums {
  int offset = 0, elements = 0;
  bool from_product = false;  ///< with -0, else with 0
};

/// The operand of a backward step that is the gradient of its weight `k`, or -1.
constexpr int gradient_operand(const Step& step, int k) {
  return step.inputs - (step.adds ? 1 : 0) - 2 * (step.parameters - k);
}

/// All sums that go on from part to part. \tparam N at least the values of the graph
template <int N, Sizes S>
constexpr List<PartSums, N> part_sums(const Graph<S>& g, const Plan<S>& plan) {
  List<PartSums, N> all;
  bool from_product[N > 0 ? N : 1]{};
  for (const Step& step : g.steps) {
    if (step.phase != Phase::backward || step.rule != kernels::Rule::sum) continue;
    for (int k = 0; k < step.parameters; ++k)
      if (const int v = g.operand(step, gradient_operand(step, k)); v >= 0)
        from_product[v] =
            visit_op(step.op, [&](auto op) { return decltype(op)::sums_from_product(step, k); });
  }
  for (int v = 0; v < g.values.count; ++v)
    if (g.values.item[v].role == Role::gradient)
      all.push({plan.offset[v], g.values.item[v].elements, from_product[v]});
  return all;
}

/// Bytes of the arena that parts of so many rows take, and evaluation of as many.
template <Sizes S, Sizes I>
constexpr int arena_of_parts(const Graph<S>& training, const Graph<I>& inference, int rows) {
  const PlanOptions o{.batch = rows};
  const int one = plan(training, o).arena_bytes, other = plan(inference, o).arena_bytes;
  return one > other ? one : other;
}

/// The most rows that a part of a batch may have, so that it keeps within a number of bytes; 0 where not even
/// one sample does. Rows are as even as they can be.
template <Sizes S, Sizes I>
constexpr int rows_of_parts(const Graph<S>& training, const Graph<I>& inference, int batch, int limit) {
  const int least = arena_of_parts(training, inference, 1);
  if (batch < 2 || least > limit) return 0;
  const auto rows_in = [&](int parts) { return parts_of(batch, parts); };
  const auto fits = [&](int rows) { return rows == 1 || arena_of_parts(training, inference, rows) <= limit; };
  // Rows take much the same each: begins near what divides the bytes, and looks on both sides.
  const int parts = parts_of(batch, limit / least);
  int rows = rows_in(parts > 2 ? parts : 2);
  if (!fits(rows)) {
    do rows = rows_in(parts_of(batch, rows - 1));
    while (!fits(rows));
    return rows;
  }
  for (int more = parts_of(batch, rows) - 1; more >= 2 && fits(rows_in(more)); --more) rows = rows_in(more);
  return rows;
}

}  // namespace etch
