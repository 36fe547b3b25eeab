// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/buffers.hpp>

namespace etch::detail {

/// Turns the arena upside down: what stood at its start stands at `top`, and what is placed low comes to
/// stand high when it is turned back.
template <int N>
constexpr void turn(Buffers<N>& b, int top) {
  for (int i = 0; i < b.count; ++i) {
    b.offset[i] = top - b.offset[i] - b.bytes[i];
    b.shift[i] = -b.shift[i] - b.bytes[i];
  }
  b.turned = !b.turned;
}

/// The lowest offset from `at` on where buffer `i` may start, or where it is turned, end.
template <int N>
constexpr int aligned_offset(const Buffers<N>& b, int i, int at) {
  return b.turned ? aligned(at + b.bytes[i], b.alignment) - b.bytes[i] : aligned(at, b.alignment);
}

/// Where buffer `e` has to go, at `at`, to be clear of `j`: further up, unless it is clear.
template <int N>
constexpr int past_buffer(const Buffers<N>& b, int e, int at, int j) {
  if (b.first[j] > b.last[e] || b.last[j] < b.first[e]) return at;
  const bool e_over = b.over[e] == j, j_over = b.over[j] == e;
  const int lower = b.turned ? (j_over ? b.reach[j] : 0) : (e_over ? b.reach[e] : 0);
  const int upper = b.turned ? (e_over ? b.reach[e] : 0) : (j_over ? b.reach[j] : 0);
  const int end = b.offset[j] + b.bytes[j] - upper;
  if (at + b.bytes[e] <= b.offset[j] + lower || at >= end) return at;
  const bool shares = (e_over && b.at_start[e]) || (j_over && b.at_start[j]);
  const int shared = b.offset[j] + (b.turned ? b.bytes[j] - b.bytes[e] : 0);
  return shares && at <= shared ? shared : end;
}

/// The lowest offset of buffer `i` where its group is clear of what is placed, where buffers may reach into
/// one another. Raising the offset for one buffer may run into another that was clear: so look again until
/// none is met.
template <int N>
constexpr int clear_offset(const Buffers<N>& b, int i, const int (&placed)[N], int count) {
  int at = 0;
  for (int e = b.next[i]; e != i; e = b.next[e])
    if (at + b.shift[e] - b.shift[i] < 0) at = b.shift[i] - b.shift[e];
  at = aligned_offset(b, i, at);
  for (bool moved = true; moved;) {
    moved = false;
    for (int m = 0; m < count; ++m)
      for (int e = b.next[i];; e = b.next[e]) {
        const int shift = b.shift[e] - b.shift[i];
        const int past = past_buffer(b, e, at + shift, placed[m]);
        if (past > at + shift) {
          at = aligned_offset(b, i, past - shift);
          moved = true;
        }
        if (e == i) break;
      }
  }
  return at;
}

/// Places buffers in the given order, each with its group at the lowest offset where nothing live at the same
/// time stands.
template <int N>
constexpr int place_apart(Buffers<N>& b, const int (&order)[N]) {
  int placed[N]{};
  bool stands[N]{};
  int count = 0, top = 0;
  for (int k = 0; k < b.count; ++k) {
    const int i = order[k];
    if (stands[i]) continue;
    const int base = clear_offset(b, i, placed, count) - b.shift[i];
    for (int e = b.next[i];; e = b.next[e]) {
      b.offset[e] = base + b.shift[e];
      if (b.offset[e] + b.bytes[e] > top) top = b.offset[e] + b.bytes[e];
      stands[e] = true;
      placed[count++] = e;
      if (e == i) break;
    }
  }
  return aligned(top, b.alignment);
}

/// The same; fast where no buffer has to do with another.
template <int N>
constexpr int place(Buffers<N>& b, const int (&order)[N]) {
  if (b.overlaps || b.grouped) return place_apart(b, order);
  int by_offset[N]{};
  int placed = 0, top = 0;
  for (int k = 0; k < b.count; ++k) {
    const int i = order[k];
    const int first = b.first[i], last = b.last[i], bytes = b.bytes[i];
    int at = 0;
    for (int m = 0; m < placed; ++m) {
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

/// Whether buffer `i` stands within another of its group that is live at step `s`.
template <int N>
constexpr bool within(const Buffers<N>& b, int i, int s) {
  const int begin = b.shift[i], end = begin + b.bytes[i];
  for (int e = b.next[i]; e != i; e = b.next[e])
    if (b.first[e] <= s && b.last[e] >= s && b.shift[e] <= begin && b.shift[e] + b.bytes[e] >= end &&
        (b.bytes[e] > b.bytes[i] || e > i))
      return true;
  return false;
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
      alive[kept++] = alive[k];
      if (b.grouped && within(b, alive[k], s)) continue;
      live += b.bytes[alive[k]];
      if (b.first[alive[k]] == s) live -= overlapped(b, alive[k]);
    }
    count = kept;
    if (live > peak) peak = live;
  }
  return peak;
}

}  // namespace etch::detail
