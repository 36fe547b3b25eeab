// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/again.hpp>

namespace etch::detail {

/// A state of a search, where it comes from, and what led there.
template <Sizes S>
struct AgainNode {
  AgainState<S> state{};
  int parent = -1, peak = 0, progress = 0;
  ScheduledStep by{};
};

/// Looks for the schedule with the least work that keeps within a number of bytes, state after state, the
/// most promising first (A*: what is done again, and what will have to be at least).
template <Sizes S, int Most>
struct AgainSearch {
  const AgainTables<S>& t;
  const Graph<S>& g;
  int limit;
  std::int64_t most_work;       ///< of a schedule that is of use
  bool greedy;                  ///< what is furthest comes first: a schedule, not the best
  int end = -1;                 ///< the last state of the schedule, -1 where there is none
  int least_over = 0x7fffffff;  ///< the least bytes beyond the limit that some step asked for
  bool full = false;            ///< the search ended because its room did
  int count = 0;
  AgainNode<S> node[Most]{};

  constexpr AgainSearch(const AgainTables<S>& tables, const Graph<S>& graph, int bytes, std::int64_t work,
                        bool any)
      : t(tables), g(graph), limit(bytes), most_work(work), greedy(any) {}

  constexpr void run() {
    AgainNode<S> first;
    first.state = beginning(t, g);
    if (!settle(t, first.state)) return;
    offer(first);
    while (waiting_ > 0 && !full) {
      const int best = pop();
      if (node[best].progress == g.steps.count) {
        end = best;
        return;
      }
      expand(best);
    }
  }

 private:
  using Steps = typename AgainTables<S>::Steps;
  static constexpr int words_ = sizeof(StepSet<AgainTables<S>::steps>) / 8;
  static constexpr int live_words_ = sizeof(StepSet<AgainTables<S>::values>) / 8;
  int heap_[Most]{};
  std::int64_t key_[Most]{};
  int waiting_ = 0;
  int table_[2 * Most]{};  ///< a node's number and 1, by the hash of its state

  /// What comes first: the least work in all, of that what is furthest; or what is furthest at all.
  constexpr std::int64_t key_of(const AgainNode<S>& n) const {
    const std::int64_t work = n.state.work + n.state.ahead;
    return greedy ? work - n.progress * (std::int64_t{1} << 48) : work * 16384 - n.progress;
  }
  constexpr int pop() {
    const int top = heap_[0], last = heap_[--waiting_];
    int at = 0;
    for (int child = 1; child < waiting_; child = 2 * at + 1) {
      if (child + 1 < waiting_ && key_[heap_[child + 1]] < key_[heap_[child]]) ++child;
      if (key_[heap_[child]] >= key_[last]) break;
      heap_[at] = heap_[child];
      at = child;
    }
    heap_[at] = last;
    return top;
  }
  constexpr unsigned slot_of(const AgainState<S>& s) const {
    std::uint64_t h = 0;
    for (int w = 0; w < words_; ++w) h = (h ^ s.done.word[w]) * 0x9e3779b97f4a7c15, h ^= h >> 29;
    for (int w = 0; w < live_words_; ++w) h = (h ^ s.live.word[w]) * 0x9e3779b97f4a7c15, h ^= h >> 29;
    return static_cast<unsigned>(h % (2 * Most));
  }
  constexpr bool same(const AgainState<S>& a, const AgainState<S>& b) const {
    for (int w = 0; w < words_; ++w)
      if (a.done.word[w] != b.done.word[w]) return false;
    for (int w = 0; w < live_words_; ++w)
      if (a.live.word[w] != b.live.word[w]) return false;
    return true;
  }
  /// Takes a state, unless it is known with no more work.
  constexpr void offer(const AgainNode<S>& next) {
    unsigned slot = slot_of(next.state);
    for (; table_[slot] > 0; slot = slot + 1 < 2 * Most ? slot + 1 : 0) {
      const AgainNode<S>& known = node[table_[slot] - 1];
      if (same(known.state, next.state)) {
        if (known.state.work <= next.state.work) return;
        break;
      }
    }
    if (count == Most) {
      full = true;
      return;
    }
    if (next.state.work + next.state.ahead > most_work) return;
    node[count] = next;
    table_[slot] = count + 1;
    const std::int64_t key = key_[count] = key_of(next);
    int at = waiting_++;
    for (; at > 0 && key <= key_[heap_[(at - 1) / 2]]; at = (at - 1) / 2) heap_[at] = heap_[(at - 1) / 2];
    heap_[at] = count++;
  }

  /// Gives up one result that a step does not read, so that it may have room.
  constexpr void give_up(int from, int step) {
    auto may = t.choice;
    for (int w = 0; w < t.result_words; ++w)
      may.word[w] &= node[from].state.live.word[w] & ~t.reads[step].word[w];
    if (would_restore(t, node[from].state, step)) may.remove(t.kept[step]);
    for (int r = may.next(-1); r >= 0; r = may.next(r)) {
      if (node[from].progress < t.forward && is_read_before(r, node[from].state)) continue;
      AgainNode<S> next = node[from];
      lose(t, next.state, r);
      next.parent = from;
      next.by = {-1, static_cast<std::int16_t>(r)};
      if (settle(t, next.state)) offer(next);
    }
  }
  /// A step of the first forward pass has still to read the result.
  constexpr bool is_read_before(int r, const AgainState<S>& s) const {
    for (int w = 0; w < words_; ++w)
      if (t.readers[r].word[w] & t.first_pass.word[w] & ~s.done.word[w]) return true;
    return false;
  }

  /// Runs a step, or makes room for it. \param given_up a result that the step writes over, or -1. \returns
  /// whether that was all there is to look at: it needs no memory that was not there, and costs nothing.
  constexpr bool take(int from, int step, int given_up = -1) {
    AgainNode<S> next = node[from];
    const bool twice = next.state.done.has(step);
    int during = 0;
    if (!run_step(t, next.state, step, during, given_up)) return false;
    if (during > limit) {
      if (during < least_over) least_over = during;
      if (given_up < 0) {
        write_over(from, step, next.state);
        give_up(from, step);
      }
      return false;
    }
    next.parent = from;
    next.by = {static_cast<std::int16_t>(step), static_cast<std::int16_t>(given_up)};
    next.progress += twice ? 0 : 1;
    if (during > next.peak) next.peak = during;
    offer(next);
    return !twice && next.state.bytes <= node[from].state.bytes && next.state.ahead <= node[from].state.ahead;
  }
  /// Runs a step on what it may write over, though somebody still reads that.
  constexpr void write_over(int from, int step, const AgainState<S>& after) {
    const auto try_it = [&](int r) {
      if (r >= 0 && t.choice.has(r) && after.live.has(r) && !is_read_before(r, after)) take(from, step, r);
    };
    if (would_restore(t, node[from].state, step)) return try_it(t.kept[step]);
    for (int i = t.d.first_saving[step]; i < t.d.first_saving[step + 1]; ++i) try_it(t.number[t.d.victim[i]]);
  }

  constexpr void expand(int from) {
    if (node[from].progress < t.forward) {
      take(from, node[from].progress);
      return;
    }
    const AgainState<S> state = node[from].state;
    Steps again;
    bool marked = false;
    for (int s = state.next.next(-1); s >= 0; s = state.next.next(s)) {
      if (!reads_live(state, s))
        marked = mark_missing(state, s, again) || marked;
      else if (take(from, s))
        return;
    }
    for (int s = marked ? again.next(-1) : -1; s >= 0; s = again.next(s)) take(from, s);
  }
  constexpr bool reads_live(const AgainState<S>& s, int step) const {
    bool all = true;
    for (int w = 0; w < t.result_words; ++w) all = all && (t.reads[step].word[w] & ~s.live.word[w]) == 0;
    return all;
  }
  /// Marks the steps that may run again now for what a step lacks. \returns whether there is one.
  constexpr bool mark_missing(const AgainState<S>& s, int step, Steps& again) const {
    auto wanted = t.reads[step];
    bool marked = false;
    for (int w = t.result_words - 1; w >= 0; --w)
      for (;;) {
        const std::uint64_t missing = wanted.word[w] & ~s.live.word[w];
        if (missing == 0) break;
        const int f = t.maker[w * 64 + 63 - __builtin_clzll(missing)];
        for (int v = 0; v < t.result_words; ++v) wanted.word[v] &= ~t.makes[f].word[v];
        if (would_restore(t, s, f) || reads_live(s, f)) {
          again.add(f);
          marked = true;
          continue;
        }
        for (int v = 0; v < t.result_words; ++v) wanted.word[v] |= t.reads[f].word[v];
      }
    return marked;
  }
};

}  // namespace etch::detail
