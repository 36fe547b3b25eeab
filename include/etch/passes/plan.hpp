// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op_list.hpp>

namespace etch {

/// What the planner is told beside the graph.
struct PlanOptions {
  int batch = 1;
  int alignment = 8;  ///< bytes, a power of two
  DType dtype = DType::f32;
  int state_rows = 0;  ///< rows that states have room for; 0: as the batch
  /// The caller fills its inputs into the arena, at the offsets of `Graph::inputs`, before each run: their
  /// memory is used again as soon as nothing reads them.
  bool inputs_in_arena = false;
  int tries = 16;  ///< more orders of placement that are tried where results reach into their inputs
  constexpr bool operator==(const PlanOptions&) const = default;
};

/// Where every value lives: an offset in its region.
template <Sizes S>
struct Plan {
  int offset[S.values > 0 ? S.values : 1]{};
  int weight_bytes = 0, optimizer_bytes = 0, gradient_bytes = 0, arena_bytes = 0;
  int state_bytes = 0;
  int lower_bound = 0;  ///< the most bytes live in the arena at one step: no plan can need less
};

namespace detail {

constexpr int aligned(int bytes, int alignment) { return (bytes + alignment - 1) / alignment * alignment; }

constexpr int value_bytes(const Value& v, const PlanOptions& o) {
  const int rows = v.role == Role::state && o.state_rows > 0 ? o.state_rows : o.batch;
  return aligned(v.elements * (v.per_row ? rows : 1) * bytes_of(v.type, o.dtype), o.alignment);
}

/// Buffers of the arena: values that overwrite one another share one. Raw arrays: constant evaluation is
/// slow.
template <int N>
struct Buffers {
  int bytes[N]{}, first[N]{}, last[N]{}, offset[N]{};
  int of_value[N]{};
  int merged_at[N]{};  ///< the last step whose result took the buffer over: one result a step may
  int over[N]{};       ///< the buffer that this one may reach into when it begins, or -1
  int reach[N]{};      ///< how far its end may then lie past the other's start
  bool at_start[N]{};  ///< it may begin exactly where the other begins
  int count = 0;
  bool overlaps = false;  ///< some buffer may reach into another
};

/// The first result of step `s` may reach into an input that dies there.
template <Sizes S, int N>
constexpr void note_overlap(Buffers<N>& b, const Graph<S>& g, const Step& step, int s,
                            const int (&last_use)[N], int buffer, const PlanOptions& o) {
  const Overlap overlap = overlap_of(step);
  const int victim = overlap.operand >= 0 ? g.operands.item[step.first + overlap.operand] : -1;
  const ElementType type = g.values.item[g.result(step)].type;
  int reach = overlap.bytes + overlap.elements * bytes_of(type, o.dtype);
  reach -= reach % o.alignment;  // what is placed from it on stays aligned
  if (victim < 0 || (reach <= 0 && !overlap.at_start) || g.values.item[victim].role != Role::temporary)
    return;
  const int other = b.of_value[victim];
  if (last_use[victim] != s || b.last[other] != s) return;
  b.over[buffer] = other;
  b.reach[buffer] = reach;
  b.at_start[buffer] = overlap.at_start;
  b.overlaps = true;
}

/// First and last step of each arena value; merges a result into the operand it may overwrite when that dies
/// there.
template <Sizes S>
constexpr auto make_buffers(const Graph<S>& g, const PlanOptions& o) {
  constexpr int n = S.values > 0 ? S.values : 1;
  Buffers<n> b;
  int last_use[n]{};
  for (int i = 0; i < n; ++i) b.of_value[i] = -1;
  for (int s = 0; s < g.steps.count; ++s) {
    const Step& step = g.steps.item[s];
    for (int k = 0; k < step.inputs + step.outputs; ++k) {
      const int v = g.operands.item[step.first + k];
      if (v >= 0) last_use[v] = s;
    }
  }
  for (int k = 0; k < g.outputs.count; ++k) last_use[g.outputs.item[k]] = g.steps.count;
  for (int k = 0; o.inputs_in_arena && k < g.inputs.count; ++k) {
    const int v = g.inputs.item[k];
    b.of_value[v] = b.count;
    b.bytes[b.count] = value_bytes(g.values.item[v], o);
    b.last[b.count] = last_use[v];
    b.over[b.count++] = -1;
  }
  for (int s = 0; s < g.steps.count; ++s) {
    const Step& step = g.steps.item[s];
    for (int k = 0; k < step.inputs + step.outputs; ++k) {
      const int v = g.operands.item[step.first + k];
      if (v < 0 || g.values.item[v].role != Role::temporary || b.of_value[v] >= 0) continue;
      const int bytes = value_bytes(g.values.item[v], o);
      const int over = k >= step.inputs ? overwrites(step, k - step.inputs) : -1;
      const int victim = over >= 0 ? g.operands.item[step.first + over] : -1;
      if (victim >= 0 && g.values.item[victim].role == Role::temporary && last_use[victim] == s &&
          b.bytes[b.of_value[victim]] >= bytes && b.last[b.of_value[victim]] == s &&
          b.merged_at[b.of_value[victim]] != s + 1) {
        const int buffer = b.of_value[victim];
        b.of_value[v] = buffer;
        b.last[buffer] = last_use[v];
        b.merged_at[buffer] = s + 1;
        continue;
      }
      const int buffer = b.count++;
      b.of_value[v] = buffer;
      b.bytes[buffer] = bytes;
      b.first[buffer] = s;
      b.last[buffer] = last_use[v];
      b.over[buffer] = -1;
      if (k == step.inputs && o.batch == 1 && step.repeat == 1)
        note_overlap(b, g, step, s, last_use, buffer, o);
    }
  }
  return b;
}

/// The lowest offset where buffer `i` is clear of what is placed, where buffers may reach into one another.
/// Raising the offset for one buffer may run into another that was clear: so look again until none is met.
template <int N>
constexpr int clear_offset(const Buffers<N>& b, int i, const int (&placed)[N], int count) {
  int at = 0;
  for (bool moved = true; moved;) {
    moved = false;
    for (int m = 0; m < count; ++m) {
      const int j = placed[m];
      if (b.first[j] > b.last[i] || b.last[j] < b.first[i]) continue;
      const int begin = b.offset[j] + (b.over[i] == j ? b.reach[i] : 0);
      const int end = b.offset[j] + b.bytes[j] - (b.over[j] == i ? b.reach[j] : 0);
      if (at + b.bytes[i] <= begin || at >= end) continue;
      const bool shares = (b.over[i] == j && b.at_start[i]) || (b.over[j] == i && b.at_start[j]);
      if (shares && at == b.offset[j]) continue;
      at = shares && at < b.offset[j] ? b.offset[j] : end;
      moved = true;
    }
  }
  return at;
}

/// Places buffers in the given order, each at the lowest offset where nothing live at the same time stands.
template <int N>
constexpr int place(Buffers<N>& b, const int (&order)[N]) {
  int by_offset[N]{};
  int placed = 0, top = 0;
  for (int k = 0; k < b.count; ++k) {
    const int i = order[k];
    const int first = b.first[i], last = b.last[i], bytes = b.bytes[i];
    int at = b.overlaps ? clear_offset(b, i, by_offset, placed) : 0;
    for (int m = 0; m < placed && !b.overlaps; ++m) {
      const int j = by_offset[m];
      if (b.first[j] > last || b.last[j] < first) continue;
      if (b.offset[j] >= at + bytes) break;
      const int end = b.offset[j] + b.bytes[j];
      if (end > at) at = end;
    }
    b.offset[i] = at;
    if (at + bytes > top) top = at + bytes;
    int m = placed++;
    for (; m > 0 && b.offset[by_offset[m - 1]] > at; --m) by_offset[m] = by_offset[m - 1];
    by_offset[m] = i;
  }
  return top;
}

template <int N>
constexpr void order_by_size(const Buffers<N>& b, int (&order)[N]) {
  for (int i = 0; i < b.count; ++i) {
    int m = i;
    for (; m > 0 && b.bytes[order[m - 1]] < b.bytes[i]; --m) order[m] = order[m - 1];
    order[m] = i;
  }
}

/// Moves every buffer that may begin where another begins right behind it: placed late, it would find that
/// place taken by what it may not meet.
template <int N>
constexpr void keep_together(const Buffers<N>& b, int (&order)[N]) {
  int together[N]{};
  bool taken[N]{};
  int count = 0;
  for (int k = 0; k < b.count; ++k) {
    if (taken[order[k]]) continue;
    taken[order[k]] = true;
    together[count] = order[k];
    for (int next = count++; next < count; ++next)
      for (int i = 0; i < b.count; ++i) {
        if (taken[i] || !b.at_start[i] || b.over[i] != together[next]) continue;
        taken[i] = true;
        together[count++] = i;
      }
  }
  for (int k = 0; k < count; ++k) order[k] = together[k];
}

/// The last buffer first: a result that reaches into its input lies below it.
template <int N>
constexpr void reverse(const Buffers<N>& b, int (&order)[N]) {
  for (int i = 0; i < b.count; ++i) order[i] = b.count - 1 - i;
}

/// Moves the buffer whose end stands highest to the front.
template <int N>
constexpr void highest_first(const Buffers<N>& b, int (&order)[N]) {
  int highest = 0;
  for (int k = 1; k < b.count; ++k)
    if (b.offset[order[k]] + b.bytes[order[k]] > b.offset[order[highest]] + b.bytes[order[highest]])
      highest = k;
  const int first = order[highest];
  for (int k = highest; k > 0; --k) order[k] = order[k - 1];
  order[0] = first;
}

/// Bytes that a buffer shares with the one it may reach into, at best.
template <int N>
constexpr int overlapped(const Buffers<N>& b, int i) {
  if (b.over[i] < 0) return 0;
  const int other = b.bytes[b.over[i]], least = b.bytes[i] < other ? b.bytes[i] : other;
  if (b.at_start[i]) return least;
  return b.reach[i] < least ? b.reach[i] : least;
}

template <int N>
constexpr int live_peak(const Buffers<N>& b, int steps) {
  int peak = 0, next = 0;
  int alive[N]{};
  int count = 0;
  for (int s = 0; s < steps; ++s) {
    int live = 0, kept = 0;
    for (; next < b.count && b.first[next] <= s; ++next) alive[count++] = next;  // numbered by first step
    for (int k = 0; k < count; ++k) {
      if (b.last[alive[k]] < s) continue;
      live += b.bytes[alive[k]];
      if (b.first[alive[k]] == s) live -= overlapped(b, alive[k]);
      alive[kept++] = alive[k];
    }
    count = kept;
    if (live > peak) peak = live;
  }
  return peak;
}

}  // namespace detail

/// Places every value of a graph. Weights and optimizer state lie in the order of their parameters; the arena
/// is the best of first-use-first, largest-first and, where results may reach into their input, placement
/// that keeps those together, last-first, and orders that begin with what stood highest in the one before.
template <Sizes S>
constexpr Plan<S> plan(const Graph<S>& g, const PlanOptions& o) {
  constexpr int n = S.values > 0 ? S.values : 1;
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
  auto best = detail::make_buffers(g, o);
  auto other = best;
  int order[n]{};
  for (int i = 0; i < best.count; ++i) order[i] = i;
  p.arena_bytes = detail::place(best, order);
  const auto try_order = [&] {
    const int bytes = detail::place(other, order);
    if (bytes > p.arena_bytes) return;
    p.arena_bytes = bytes;
    best = other;
  };
  detail::order_by_size(other, order);
  try_order();
  p.lower_bound = detail::live_peak(best, g.steps.count);
  if (best.overlaps) {
    detail::keep_together(other, order);
    try_order();
    detail::reverse(other, order);
    try_order();
    for (int k = 0; k < o.tries && p.arena_bytes > p.lower_bound; ++k) {
      detail::highest_first(other, order);
      try_order();
    }
  }
  for (int v = 0; v < g.values.count; ++v)
    if (best.of_value[v] >= 0) p.offset[v] = best.offset[best.of_value[v]];
  return p;
}

}  // namespace etch
