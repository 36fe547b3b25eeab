// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/place.hpp>

namespace etch {

/// Where every value lives: an offset in its region.
template <Sizes S>
struct Plan {
  int offset[S.values > 0 ? S.values : 1]{};
  int weight_bytes = 0, optimizer_bytes = 0, gradient_bytes = 0, arena_bytes = 0;
  int state_bytes = 0;
  int lower_bound = 0;  ///< the most bytes live in the arena at one step: no plan can need less
};

/// Copies the plan of a graph into one of other room, which has to be enough. \param values of the graph
template <Sizes To, Sizes S>
constexpr Plan<To> shrink_plan(const Plan<S>& from, int values) {
  Plan<To> to{{},
              from.weight_bytes,
              from.optimizer_bytes,
              from.gradient_bytes,
              from.arena_bytes,
              from.state_bytes,
              from.lower_bound};
  for (int v = 0; v < values; ++v) to.offset[v] = from.offset[v];
  return to;
}

namespace detail {

/// Buffers with a place, and what they need.
template <int N>
struct Arrangement {
  Buffers<N> buffers;
  int bytes = 0, lower_bound = 0;
};

/// Places buffers in several orders and keeps what needs least.
template <int N>
constexpr void try_orders(Arrangement<N>& best, Buffers<N> b, const PlanOptions& o) {
  int order[N]{};
  const auto try_order = [&] {
    const int bytes = place(b, order);
    if (bytes > best.bytes) return;
    best.bytes = bytes;
    best.buffers = b;
    if (b.turned) turn(best.buffers, bytes);
  };
  for (int i = 0; i < b.count; ++i) order[i] = i;
  try_order();
  order_by_size(b, order);
  try_order();
  if (o.enough > 0 && best.bytes <= o.enough) return;
  if (!b.overlaps && !(b.grouped && o.each_part) && o.enough == 0) return;
  keep_together(b, order);
  try_order();
  reverse(b, order);
  try_order();
  const int affordable = 16'000'000 / (b.count * b.count + 1);  // each looks at pairs
  const int enough = o.enough > best.lower_bound ? o.enough : best.lower_bound;
  for (int k = 0; k < o.tries && k < affordable && best.bytes > enough; ++k) {
    highest_first(b, order);
    try_order();
  }
}

template <int N>
constexpr Arrangement<N> arrange(const Buffers<N>& buffers, const PlanOptions& o, int steps) {
  Arrangement<N> best{buffers, 0x7fffffff, live_peak(buffers, steps)};
  try_orders(best, buffers, o);
  if (!buffers.grouped || !o.each_part || best.bytes == best.lower_bound) return best;
  Buffers<N> turned = buffers;
  turn(turned, 0);
  try_orders(best, turned, o);
  return best;
}

/// With parts placed in their wholes, unless that needs more: then, one by one, where it does not.
template <Sizes S>
constexpr auto arranged(const Graph<S>& g, const PlanOptions& o) {
  const auto with = [&](const Joined<S>& joined, const PlanOptions& options) {
    return arrange(make_buffers(g, o, joined), options, g.steps.count);
  };
  const auto all = with(all_joined<S>(), o);
  if (!all.buffers.grouped || all.bytes == all.lower_bound) return all;
  const auto none = with({}, o);
  if (all.bytes <= none.bytes) return all;
  if (!o.each_part) return none;
  PlanOptions quick = o;
  quick.tries = 0;
  quick.each_part = false;
  Joined<S> joined;
  int least = with(joined, quick).bytes;
  for (int s = 0; s < g.steps.count; ++s)
    for (int k = 0; part_of(g.steps.item[s], k).part >= 0; ++k) {
      joined.parts[s] |= 1u << k;
      const int bytes = with(joined, quick).bytes;
      if (bytes > least) joined.parts[s] &= ~(1u << k);
      if (bytes < least) least = bytes;
    }
  const auto some = with(joined, o);
  return some.bytes <= none.bytes ? some : none;
}

}  // namespace detail

/// Places every value of a graph. Weights and optimizer state lie in the order of their parameters; the arena
/// is the best of first-use-first, largest-first and, where results may reach into their input, placement
/// that keeps those together, last-first, and orders that begin with what stood highest in the one before.
/// What is joined is computed where it goes, and what is split is used where it lies, see `Part`.
template <Sizes S>
constexpr Plan<S> plan(const Graph<S>& g, const PlanOptions& o) {
  Plan<S> p;
  int labels = 0;
  for (int v = 0; v < g.values.count; ++v) {
    const Value& value = g.values.item[v];
    const int bytes = detail::value_bytes(value, o);
    int* region = nullptr;
    switch (value.role) {
      case Role::parameter:
      case Role::statistic:
        region = &p.weight_bytes;
        break;
      case Role::optimizer:
        region = &p.optimizer_bytes;
        break;
      case Role::state:
        region = &p.state_bytes;
        break;
      case Role::gradient:
        region = &p.gradient_bytes;
        break;
      case Role::label:
        p.offset[v] = labels++;  // labels lie with the caller: their index
        break;
      default:
        break;
    }
    if (!region) continue;
    p.offset[v] = *region;
    *region += bytes;
  }
  const auto best = detail::arranged(g, o);
  p.arena_bytes = best.bytes;
  p.lower_bound = best.lower_bound;
  for (int v = 0; v < g.values.count; ++v)
    if (best.buffers.of_value[v] >= 0) p.offset[v] = best.buffers.offset[best.buffers.of_value[v]];
  return p;
}

}  // namespace etch
