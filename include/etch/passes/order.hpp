// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/dependences.hpp>

namespace etch {

namespace detail {

/// A step that may follow what a parent has run.
struct Candidate {
  int parent = 0, step = 0, peak = 0, live = 0;
  std::uint64_t done = 0;  ///< a number for the set of steps that then have run

  constexpr bool better(const Candidate& other) const {
    return peak < other.peak || (peak == other.peak && live < other.live);
  }
};

/// The best candidates of one length, best first; of the same steps in other orders only the best.
struct Beam {
  static constexpr int most = 64;
  Candidate item[most];
  int count = 0, room = most;

  constexpr void offer(const Candidate& c) {
    int at = 0;
    while (at < count && item[at].done != c.done) ++at;
    if (at < count && !c.better(item[at])) return;
    if (at == count && count == room) {
      if (!c.better(item[--at])) return;
    } else if (at == count) {
      ++count;
    }
    for (; at > 0 && c.better(item[at - 1]); --at) item[at] = item[at - 1];
    item[at] = c;
  }
};

/// Sets of steps get the sums of such numbers.
constexpr std::uint64_t number_of(int step) {
  std::uint64_t x = (static_cast<std::uint64_t>(step) + 1) * 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

/// An order of all steps.
template <Sizes S>
struct Order {
  int step[S.steps > 0 ? S.steps : 1]{};
  bool found = false;
};

/// Looks for an order whose peak is below `limit`. As long as no more than `beam` sets of steps come into
/// question at any length, it is the best of all orders.
template <Sizes S>
constexpr Order<S> search_order(const Dependences<S>& d, const Graph<S>& g, int beam, int limit) {
  constexpr int n = Dependences<S>::steps;
  Progress<n> progress[2][Beam::most];
  std::uint64_t done[2][Beam::most]{};
  std::int16_t parent[n][Beam::most]{}, step[n][Beam::most]{};
  progress[0][0] = beginning(d, g);
  int count = 1;
  for (int length = 0; length < g.steps.count; ++length) {
    const auto& from = progress[length % 2];
    Beam next;
    next.room = beam < Beam::most ? beam : Beam::most;
    for (int c = 0; c < count; ++c)
      for (int s = from[c].ready.next(-1); s >= 0; s = from[c].ready.next(s)) {
        const Need need = need_of(d, g, from[c], s);
        const int peak = need.during > from[c].peak ? need.during : from[c].peak;
        if (peak < limit) next.offer({c, s, peak, need.behind, done[length % 2][c] + number_of(s)});
      }
    for (int c = 0; c < next.count; ++c) {
      const Candidate& best = next.item[c];
      parent[length][c] = static_cast<std::int16_t>(best.parent);
      step[length][c] = static_cast<std::int16_t>(best.step);
      done[1 - length % 2][c] = best.done;
      progress[1 - length % 2][c] = from[best.parent];
      run(d, g, progress[1 - length % 2][c], best.step);
    }
    count = next.count;
  }
  Order<S> order;
  order.found = count > 0;
  for (int length = g.steps.count - 1, c = 0; order.found && length >= 0; c = parent[length--][c])
    order.step[length] = step[length][c];
  return order;
}

/// Each step reads what the one before it gives: there is no other order.
template <Sizes S>
constexpr bool is_chain(const Graph<S>& g) {
  for (int s = 1; s < g.steps.count; ++s) {
    bool reads = false;
    for (int k = 0; k < g.steps.item[s].inputs; ++k)
      for (int y = 0; y < g.steps.item[s - 1].outputs; ++y)
        reads = reads || g.operand(g.steps.item[s], k) == g.result(g.steps.item[s - 1], y);
    if (!reads) return false;
  }
  return true;
}

}  // namespace detail

/// Brings the steps of a prediction into an order in which fewer bytes are live at a time, if there is one:
/// branches one after the other, those that leave little first. Steps with states keep their order. \param
/// beam how many orders are followed at a time. \returns whether the order is another.
template <Sizes S>
constexpr bool order_steps(Graph<S>& g, const PlanOptions& o, int beam) {
  if (detail::is_chain(g)) return false;
  const auto d = detail::dependences(g, o);
  auto given = detail::beginning(d, g);
  int least = 0;
  for (int s = 0; s < g.steps.count; ++s) {
    detail::run(d, g, given, s);
    const int need = detail::least_need(d, g, s);
    if (need > least) least = need;
  }
  if (given.peak <= least) return false;
  const auto order = detail::search_order(d, g, beam, given.peak);
  if (!order.found) return false;
  auto steps = g.steps;
  for (int s = 0; s < steps.count; ++s) steps.item[s] = g.steps.item[order.step[s]];
  g.steps = steps;
  return true;
}

}  // namespace etch
