// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/buffers.hpp>

#include <cstdint>

namespace etch::detail {

/// What an order of steps depends on. Lists lie one behind the other; list i ends where list i + 1 begins.
template <Sizes S>
struct Dependences {
  static constexpr int steps = S.steps > 0 ? S.steps : 1, values = S.values > 0 ? S.values : 1;
  static constexpr int operands = S.operands > 0 ? S.operands : 1;
  int bytes[values]{};                                 ///< in the arena
  int producer[values]{};                              ///< -1: there from the start
  bool stays[values]{};                                ///< is read after the last step
  int first_reader[values + 1]{}, reader[operands]{};  ///< of each value, every step once
  int before[steps]{}, after[steps]{};                 ///< the neighbours among steps with states, or -1
  int results[steps]{};                                ///< bytes of results and scratch
  int first_saving[steps + 1]{};
  int victim[operands + steps]{}, saved[operands + steps]{};  ///< bytes that are not needed twice if it dies
  int at_start = 0;                                           ///< bytes of inputs
};

template <Sizes S>
constexpr bool in_arena(const Graph<S>& g, int value) {
  return value >= 0 && g.values.item[value].role == Role::temporary;
}

/// Operand `k` of a step is not there a second time.
template <Sizes S>
constexpr bool first_mention(const Graph<S>& g, const Step& step, int k) {
  for (int i = 0; i < k; ++i)
    if (g.operands.item[step.first + i] == g.operands.item[step.first + k]) return false;
  return true;
}

template <Sizes S>
constexpr void find_readers(Dependences<S>& d, const Graph<S>& g) {
  const auto each = [&](auto&& visit) {
    for (int s = 0; s < g.steps.count; ++s)
      for (int k = 0; k < g.steps.item[s].inputs; ++k) {
        const int v = g.operands.item[g.steps.item[s].first + k];
        if (v >= 0 && first_mention(g, g.steps.item[s], k)) visit(v, s);
      }
  };
  each([&](int v, int) { ++d.first_reader[v + 1]; });
  for (int v = 0; v < g.values.count; ++v) d.first_reader[v + 1] += d.first_reader[v];
  int filled[Dependences<S>::values]{};
  each([&](int v, int s) { d.reader[d.first_reader[v] + filled[v]++] = s; });
}

/// Bytes that a step does not need twice: results over operands, operands within the result.
template <Sizes S>
constexpr void find_savings(Dependences<S>& d, const Graph<S>& g, int s, int& count, const PlanOptions& o) {
  const Step& step = g.steps.item[s];
  const auto add = [&](int operand, int bytes) {
    const int v = operand >= 0 ? g.operands.item[step.first + operand] : -1;
    if (!in_arena(g, v) || bytes <= 0) return;
    d.victim[count] = v;
    d.saved[count++] = bytes < d.bytes[v] ? bytes : d.bytes[v];
  };
  for (int k = 0; k < step.outputs; ++k) {
    const int y = g.result(step, k);
    if (!in_arena(g, y)) continue;
    d.results[s] += d.bytes[y];
    if (const int over = overwrites(step, k); over >= 0) {
      add(over, d.bytes[y]);
    } else if (k == 0 && o.batch == 1 && step.repeat == 1) {
      const Overlap overlap = overlap_of(step);
      const int reach = overlap.bytes + overlap.elements * bytes_of(g.values.item[y].type, o.dtype);
      add(overlap.operand, overlap.at_start || reach > d.bytes[y] ? d.bytes[y] : reach);
    }
  }
  if (o.batch > 1 || step.repeat != 1) return;
  Part p = part_of(step, 0);
  for (int k = 0; p.part >= 0; p = part_of(step, ++k)) {
    const int part = g.operands.item[step.first + p.part], whole = g.operands.item[step.first + p.whole];
    if (!in_arena(g, part) || !in_arena(g, whole) || !first_mention(g, step, p.part)) continue;
    add(p.part < step.inputs ? p.part : p.whole, d.bytes[part]);
  }
}

template <Sizes S>
constexpr Dependences<S> dependences(const Graph<S>& g, const PlanOptions& o) {
  Dependences<S> d;
  for (int v = 0; v < g.values.count; ++v) {
    d.producer[v] = -1;
    if (in_arena(g, v)) d.bytes[v] = value_bytes(g.values.item[v], o);
  }
  for (int k = 0; k < g.outputs.count; ++k) d.stays[g.outputs.item[k]] = true;
  find_readers(d, g);
  for (int k = 0; k < g.inputs.count; ++k) d.at_start += d.bytes[g.inputs.item[k]];
  int last_with_state = -1, savings = 0;
  for (int s = 0; s < g.steps.count; ++s) {
    const Step& step = g.steps.item[s];
    bool state = false;
    for (int k = 0; k < step.inputs + step.outputs; ++k) {
      const int v = g.operands.item[step.first + k];
      const bool is_state = v >= 0 && g.values.item[v].role == Role::state;
      state = state || is_state;
      if (k >= step.inputs && v >= 0 && !is_state) d.producer[v] = s;
    }
    d.before[s] = state ? last_with_state : -1;
    d.after[s] = -1;
    if (state && last_with_state >= 0) d.after[last_with_state] = s;
    if (state) last_with_state = s;
    d.first_saving[s] = savings;
    find_savings(d, g, s, savings, o);
    d.first_saving[s + 1] = savings;
  }
  return d;
}

/// A set of steps.
template <int N>
struct StepSet {
  std::uint64_t word[(N + 63) / 64]{};
  constexpr bool has(int i) const { return word[i / 64] >> (i % 64) & 1; }
  constexpr void add(int i) { word[i / 64] |= std::uint64_t{1} << (i % 64); }
  constexpr void remove(int i) { word[i / 64] &= ~(std::uint64_t{1} << (i % 64)); }
  /// The next one after `i`, or -1.
  constexpr int next(int i) const {
    for (int w = ++i / 64; i < N; i = ++w * 64)
      if (const std::uint64_t remaining = word[w] >> (i % 64)) return i + __builtin_ctzll(remaining);
    return -1;
  }
};

/// Steps that have run, in any order, with the bytes live behind them and the most that were live.
template <int N>
struct Progress {
  StepSet<N> done, ready;
  int live = 0, peak = 0;
};

/// Nothing but step `s` has still to read the value.
template <Sizes S, int N>
constexpr bool dies(const Dependences<S>& d, const StepSet<N>& done, int v, int s) {
  if (d.stays[v]) return false;
  for (int i = d.first_reader[v]; i < d.first_reader[v + 1]; ++i)
    if (d.reader[i] != s && !done.has(d.reader[i])) return false;
  return true;
}

/// Bytes live when step `s` runs next, and then behind it.
struct Need {
  int during = 0, behind = 0;
};
template <Sizes S, int N>
constexpr Need need_of(const Dependences<S>& d, const Graph<S>& g, const Progress<N>& p, int s) {
  const Step& step = g.steps.item[s];
  Need need{p.live + d.results[s], p.live + d.results[s]};
  for (int i = d.first_saving[s]; i < d.first_saving[s + 1]; ++i)
    if (dies(d, p.done, d.victim[i], s)) need.during -= d.saved[i];
  for (int k = 0; k < step.inputs + step.outputs; ++k) {
    const int v = g.operands.item[step.first + k];
    if (in_arena(g, v) && first_mention(g, step, k) && dies(d, p.done, v, s)) need.behind -= d.bytes[v];
  }
  return need;
}

/// The least that step `s` needs in any order.
template <Sizes S>
constexpr int least_need(const Dependences<S>& d, const Graph<S>& g, int s) {
  const Step& step = g.steps.item[s];
  int bytes = d.results[s];
  for (int i = d.first_saving[s]; i < d.first_saving[s + 1]; ++i) bytes -= d.saved[i];
  for (int k = 0; k < step.inputs; ++k) {
    const int v = g.operands.item[step.first + k];
    if (in_arena(g, v) && first_mention(g, step, k)) bytes += d.bytes[v];
  }
  return bytes;
}

template <Sizes S, int N>
constexpr bool can_run(const Dependences<S>& d, const Graph<S>& g, const StepSet<N>& done, int s) {
  const Step& step = g.steps.item[s];
  for (int k = 0; k < step.inputs; ++k) {
    const int v = g.operands.item[step.first + k];
    if (v >= 0 && d.producer[v] >= 0 && !done.has(d.producer[v])) return false;
  }
  return d.before[s] < 0 || done.has(d.before[s]);
}

template <Sizes S, int N>
constexpr void run(const Dependences<S>& d, const Graph<S>& g, Progress<N>& p, int s) {
  const Need need = need_of(d, g, p, s);
  p.live = need.behind;
  if (need.during > p.peak) p.peak = need.during;
  p.done.add(s);
  p.ready.remove(s);
  const auto ready = [&](int t) {
    if (!p.done.has(t) && can_run(d, g, p.done, t)) p.ready.add(t);
  };
  if (d.after[s] >= 0) ready(d.after[s]);
  for (int k = 0; k < g.steps.item[s].outputs; ++k) {
    const int y = g.result(g.steps.item[s], k);
    for (int i = y < 0 ? 0 : d.first_reader[y]; y >= 0 && i < d.first_reader[y + 1]; ++i) ready(d.reader[i]);
  }
}

template <Sizes S>
constexpr auto beginning(const Dependences<S>& d, const Graph<S>& g) {
  Progress<Dependences<S>::steps> p;
  p.live = p.peak = d.at_start;
  for (int s = 0; s < g.steps.count; ++s)
    if (can_run(d, g, p.done, s)) p.ready.add(s);
  return p;
}

}  // namespace etch::detail
