// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/dependences.hpp>
#include <etch/passes/training_graph.hpp>

namespace etch::detail {

/// What a search has to know of a training graph to find which steps of its forward pass run again. Results
/// of the forward pass are numbered one after the other, step by step, so that what a state asks of all of
/// them is asked of the words of a set. Raw arrays and no calls in the loops over them: constant evaluation
/// pays for both.
template <Sizes S>
struct AgainTables {
  static constexpr int steps = Dependences<S>::steps, values = Dependences<S>::values;
  static constexpr int operands = Dependences<S>::operands, words = (steps + 63) / 64;
  using Steps = StepSet<steps>;
  using Results = StepSet<values>;
  Dependences<S> d{};
  int forward = 0;                ///< steps before the backward pass, which keep their order
  Steps value_readers[values]{};  ///< of each value
  Steps first_pass{};
  Steps needs[steps]{};             ///< steps of the backward pass that one of it comes after
  Steps needed_by[steps]{};         ///< those that come after it
  Steps lost_by[steps]{};           ///< steps after which one of the forward pass cannot run again
  std::int64_t work[steps]{};       ///< multiply-accumulates and results of a step
  std::int64_t restoring[steps]{};  ///< the same of `restored` from `kept`
  bool again[steps]{};              ///< the step may run twice

  int results = 0, result_words = 0;  ///< words: of a set of them
  int number[values]{};               ///< of a value among the results, or -1
  int value[values]{};                ///< of a result
  int bytes[values]{};                ///< of a result
  Steps readers[values]{};            ///< of a result
  int maker[values]{};                ///< the step that gives a result
  int first_result[steps + 1]{};
  Results reads[steps]{}, makes[steps]{};  ///< results of the forward pass
  Results choice{};                        ///< may be given up before their last reader
  int restored[steps]{}, kept[steps]{};  ///< a result that follows from what the step keeps, and that; or -1
  int first_other[steps + 1]{}, other[operands]{};  ///< what a step reads or gives in the arena besides, once
};

/// What a step of the forward pass costs that runs again: its products, and what it writes.
template <Sizes S>
constexpr std::int64_t work_of(const Graph<S>& g, const Step& step, int rows) {
  std::int64_t work = macs_of(step);
  for (int k = 0; k < step.outputs; ++k)
    if (const int v = g.result(step, k); v >= 0 && g.values.item[v].per_row)
      work += g.values.item[v].elements;
  return work * rows;
}

/// Whether a step gives the same results when it runs again in the same training step.
template <Sizes S>
constexpr bool repeats(const Graph<S>& g, const Step& step) {
  for (int k = 0; k < step.inputs + step.outputs; ++k) {
    const int v = g.operands.item[step.first + k];
    if (v >= 0 && g.values.item[v].role == Role::state) return false;
  }
  return visit_op(step.op, [](auto op) { return decltype(op)::runs_again; });
}

/// Whether a result of a step follows from what it keeps. Its weights have to be there still: none is itself
/// the result of a step.
template <Sizes S>
constexpr bool restores(const AgainTables<S>& t, const Graph<S>& g, const Step& step) {
  for (int k = step.inputs - step.parameters; k < step.inputs; ++k)
    if (const int v = g.operand(step, k); v >= 0 && t.d.producer[v] >= 0) return false;
  return visit_op(step.op, [&](auto op) { return decltype(op)::restores(step); });
}

/// The weights that a step of the backward pass changes.
template <Sizes S, class F>
constexpr void for_changed(const Graph<S>& g, const Step& step, const F& f) {
  if (step.op == op_code<ops::Update>) return f(g.operand(step, 0));
  if (step.phase != Phase::backward || !kernels::updates_weights(step.rule) || !step.trainable) return;
  for (int k = 0; k < step.inputs; ++k)
    if (const int v = g.operand(step, k); v >= 0 && g.values.item[v].role == Role::parameter) f(v);
}

/// Gradients of weights that an update waits for stand among what a step of the backward pass reads: the
/// first step that names one makes it.
template <Sizes S>
constexpr void find_weight_gradients(AgainTables<S>& t, const Graph<S>& g) {
  for (int s = t.forward; s < g.steps.count; ++s) {
    const Step& step = g.steps.item[s];
    for (int k = 0; k < step.inputs; ++k) {
      const int v = g.operand(step, k);
      if (v < 0 || t.d.producer[v] >= 0) continue;
      const Role role = g.values.item[v].role;
      if (role != Role::temporary && role != Role::gradient) continue;
      t.d.producer[v] = s;
      t.d.results[s] += t.d.bytes[v];
    }
  }
}

/// Which steps have to run before each step of the backward pass, and which change weights. \param updates
/// the first of the updates that stand apart: they come last, as they are.
template <Sizes S>
constexpr void find_backward(AgainTables<S>& t, const Graph<S>& g, int updates) {
  for (int s = t.forward; s < g.steps.count; ++s) {
    const Step& step = g.steps.item[s];
    for (int k = 0; k < step.inputs; ++k)
      if (const int v = g.operand(step, k); v >= 0 && t.d.producer[v] >= t.forward && t.d.producer[v] != s)
        t.needs[s].add(t.d.producer[v]);
    for (int before = t.forward; s >= updates && before < s; ++before) t.needs[s].add(before);
    for (int n = t.needs[s].next(-1); n >= 0; n = t.needs[s].next(n)) t.needed_by[n].add(s);
    for_changed(g, step, [&](int weight) {
      for (int i = t.d.first_reader[weight]; i < t.d.first_reader[weight + 1]; ++i)
        if (t.d.reader[i] < t.forward) t.lost_by[t.d.reader[i]].add(s);
    });
  }
}

/// The results of the forward pass that do not stay, and who reads them. \param small what is no larger is
/// kept: to look at it takes as long as to look at what is large.
template <Sizes S>
constexpr void find_results(AgainTables<S>& t, const Graph<S>& g, int small) {
  for (int s = 0; s < g.steps.count; ++s) {
    const Step& step = g.steps.item[s];
    for (int k = 0; k < step.inputs; ++k)
      if (const int v = g.operand(step, k); v >= 0 && t.number[v] >= 0) t.reads[s].add(t.number[v]);
    t.first_result[s] = t.results;
    for (int k = 0; s < t.forward && k < step.outputs; ++k) {
      const int v = g.result(step, k);
      if (!in_arena(g, v) || t.d.stays[v]) continue;
      t.number[v] = t.results;
      t.value[t.results] = v;
      t.bytes[t.results] = t.d.bytes[v];
      t.readers[t.results] = t.value_readers[v];
      t.maker[t.results] = s;
      t.makes[s].add(t.results);
      if (t.again[s] && t.d.bytes[v] > small) t.choice.add(t.results);
      ++t.results;
    }
    t.first_result[s + 1] = t.results;
    t.restored[s] = t.kept[s] = -1;
    if (!t.again[s] || !restores(t, g, step) || t.number[g.result(step)] < 0) continue;
    t.restored[s] = t.number[g.result(step)];
    t.kept[s] = t.number[g.result(step, 1)];
  }
  t.result_words = (t.results + 63) / 64;
}

/// The rest of what a step reads or gives in the arena: gradients, and what is there from the start.
template <Sizes S>
constexpr void find_others(AgainTables<S>& t, const Graph<S>& g) {
  int others = 0;
  for (int s = 0; s < g.steps.count; ++s) {
    const Step& step = g.steps.item[s];
    t.first_other[s] = others;
    for (int k = 0; k < step.inputs + step.outputs; ++k)
      if (const int v = g.operands.item[step.first + k];
          v >= 0 && t.d.bytes[v] > 0 && t.number[v] < 0 && first_mention(g, step, k))
        t.other[others++] = v;
    t.first_other[s + 1] = others;
  }
}

template <Sizes S>
constexpr AgainTables<S> again_tables(const TrainingGraph<S>& from, const PlanOptions& o, int limit) {
  const Graph<S>& g = from.graph;
  AgainTables<S> t;
  t.d = dependences(g, o);
  t.forward = from.backward_step;
  for (int v = 0; v < g.values.count; ++v) {
    t.number[v] = -1;
    for (int i = t.d.first_reader[v]; i < t.d.first_reader[v + 1]; ++i) t.value_readers[v].add(t.d.reader[i]);
  }
  for (int s = 0; s < t.forward; ++s) {
    const Step& step = g.steps.item[s];
    t.first_pass.add(s);
    t.work[s] = work_of(g, step, o.batch);
    t.restoring[s] = std::int64_t{2} * step.out.size() * step.repeat * o.batch;
    t.again[s] = s < from.loss_step && repeats(g, step);
    if (!t.again[s]) t.lost_by[s].add(s);
  }
  find_results(t, g, limit / 256);
  find_weight_gradients(t, g);
  find_backward(t, g, from.update_step);
  find_others(t, g);
  return t;
}

/// How far a schedule is: steps that have run, results of the forward pass that are there.
template <Sizes S>
struct AgainState {
  typename AgainTables<S>::Steps done;
  typename AgainTables<S>::Steps next;  ///< of the backward pass: what they come after has run
  typename AgainTables<S>::Results live;
  typename AgainTables<S>::Results unread;  ///< were made, and a step that has not run reads them
  int bytes = 0;           ///< of results of the forward pass, and what the backward pass has made
  std::int64_t work = 0;   ///< of the steps that ran again
  std::int64_t ahead = 0;  ///< of those that will have to, at least
};

/// Before the first step.
template <Sizes S>
constexpr AgainState<S> beginning(const AgainTables<S>& t, const Graph<S>& g) {
  AgainState<S> s;
  for (int k = t.forward; k < g.steps.count; ++k)
    if (t.needs[k].next(-1) < 0) s.next.add(k);
  return s;
}

/// A result is there from now on.
template <Sizes S>
constexpr void make(const AgainTables<S>& t, AgainState<S>& s, int r) {
  std::uint64_t& live = s.live.word[r >> 6];
  const std::uint64_t bit = std::uint64_t{1} << (r & 63);
  if ((live & bit) == 0) s.bytes += t.bytes[r];
  live |= bit;
}
/// A result that is there is gone.
template <Sizes S>
constexpr void lose(const AgainTables<S>& t, AgainState<S>& s, int r) {
  s.live.word[r >> 6] &= ~(std::uint64_t{1} << (r & 63));
  s.bytes -= t.bytes[r];
}

/// Adds up what has to be computed again: the results that are read and not there, and what these follow
/// from, from the last back. \param useful gets what is read for that, too. \returns whether it is possible.
template <Sizes S>
constexpr bool look_ahead(const AgainTables<S>& t, AgainState<S>& s,
                          typename AgainTables<S>::Results& useful) {
  const int words = t.result_words;
  int first = words * 64;  // what is missing from here on is done with: results follow from earlier ones
  for (int w = words - 1; w >= 0; --w) {
    std::uint64_t below = first < w * 64 + 64 ? (std::uint64_t{1} << (first & 63)) - 1 : ~std::uint64_t{0};
    while (const std::uint64_t missing = useful.word[w] & ~s.live.word[w] & below) {
      const int f = t.maker[w * 64 + 63 - __builtin_clzll(missing)];
      for (int k = 0; k < AgainTables<S>::words; ++k)
        if (t.lost_by[f].word[k] & s.done.word[k]) return false;
      first = t.first_result[f];
      below = first > w * 64 ? (std::uint64_t{1} << (first & 63)) - 1 : 0;
      const int kept = t.kept[f], restored = t.restored[f];
      bool wanted = kept < 0 || !(s.live.word[kept >> 6] >> (kept & 63) & 1);
      for (int k = wanted ? -1 : words - 1; k >= 0; --k) {
        std::uint64_t lacks = useful.word[k] & ~s.live.word[k] & t.makes[f].word[k];
        if (restored >> 6 == k && (lacks >> (restored & 63) & 1)) {
          lacks &= ~(std::uint64_t{1} << (restored & 63));
          useful.word[kept >> 6] |= std::uint64_t{1} << (kept & 63);
        }
        wanted = wanted || lacks != 0;
      }
      s.ahead += wanted ? t.work[f] : t.restoring[f];
      for (int k = wanted ? words - 1 : -1; k >= 0; --k) useful.word[k] |= t.reads[f].word[k];
    }
  }
  return true;
}

/// Gives up what nobody reads any more, and counts what is there and what has to be computed again. \returns
/// whether that is possible.
template <Sizes S>
constexpr bool settle(const AgainTables<S>& t, AgainState<S>& s) {
  auto useful = s.unread;
  bool missing = false;
  s.ahead = 0;
  for (int w = 0; w < t.result_words; ++w) missing = missing || (useful.word[w] & ~s.live.word[w]) != 0;
  if (missing && !look_ahead(t, s, useful)) return false;
  for (int w = 0; w < t.result_words; ++w) {
    std::uint64_t gone = s.live.word[w] & ~useful.word[w];
    s.live.word[w] &= useful.word[w];
    for (; gone != 0; gone &= gone - 1) s.bytes -= t.bytes[w * 64 + __builtin_ctzll(gone)];
  }
  return true;
}

/// Whether a step of the forward pass would run again from what it keeps.
template <Sizes S>
constexpr bool would_restore(const AgainTables<S>& t, const AgainState<S>& s, int step) {
  return t.restored[step] >= 0 && s.done.has(step) && s.live.has(t.kept[step]) &&
         !s.live.has(t.restored[step]);
}

/// Nothing reads the value any more.
template <Sizes S>
constexpr bool is_dead(const AgainTables<S>& t, const AgainState<S>& s, int v) {
  if (t.number[v] >= 0) return !s.live.has(t.number[v]);
  if (t.d.stays[v]) return false;
  for (int w = 0; w < AgainTables<S>::words; ++w)
    if (t.value_readers[v].word[w] & ~s.done.word[w]) return false;
  return true;
}

/// Runs a step once more, or what is lost of its results. As `run_step`.
template <Sizes S>
constexpr bool run_twice(const AgainTables<S>& t, AgainState<S>& s, int step, int& during, int given_up) {
  const int restored = t.restored[step];
  if (would_restore(t, s, step)) {
    const int bytes = t.bytes[restored];
    during = s.bytes + bytes;
    s.work += t.restoring[step];
    make(t, s, restored);
    if (given_up >= 0) lose(t, s, given_up);
    if (!settle(t, s)) return false;
    if (!s.live.has(t.kept[step])) during -= bytes;
    return true;
  }
  during = s.bytes + t.d.results[step];
  s.work += t.work[step];
  for (int r = t.first_result[step]; r < t.first_result[step + 1]; ++r) make(t, s, r);
  if (given_up >= 0) lose(t, s, given_up);
  if (!settle(t, s)) return false;
  if (restored >= 0 && !s.live.has(restored)) during -= t.bytes[restored];
  return true;
}

/// A step that has not run reads the result.
template <Sizes S>
constexpr bool is_unread(const AgainTables<S>& t, const AgainState<S>& s, int r) {
  bool unread = false;
  for (int w = 0; w < AgainTables<S>::words; ++w)
    unread = unread || (t.readers[r].word[w] & ~s.done.word[w]) != 0;
  return unread;
}

/// A step has run for the first time: what it read, what it has made, and what may come next.
template <Sizes S>
constexpr void run_first(const AgainTables<S>& t, AgainState<S>& s, int step) {
  s.done.add(step);
  for (int r = t.reads[step].next(-1); r >= 0; r = t.reads[step].next(r))
    if (!is_unread(t, s, r)) s.unread.remove(r);
  for (int r = t.first_result[step]; r < t.first_result[step + 1]; ++r) {
    make(t, s, r);
    if (is_unread(t, s, r)) s.unread.add(r);
  }
  for (int i = t.first_other[step]; i < t.first_other[step + 1]; ++i) {
    const int v = t.other[i];
    const bool dead = is_dead(t, s, v);
    if (t.d.producer[v] == step)
      s.bytes += dead ? 0 : t.d.bytes[v];
    else if (dead)
      s.bytes -= t.d.bytes[v];
  }
  if (step < t.forward) return;
  s.next.remove(step);
  for (int n = t.needed_by[step].next(-1); n >= 0; n = t.needed_by[step].next(n)) {
    bool ready = true;
    for (int w = 0; w < AgainTables<S>::words; ++w)
      ready = ready && (t.needs[n].word[w] & ~s.done.word[w]) == 0;
    if (ready) s.next.add(n);
  }
}

/// Runs a step, a step of the forward pass also for a second time. \param during gets the bytes live while it
/// runs. \param given_up a result that it may write over, since it is given up then; or -1. \returns whether
/// all can go on.
template <Sizes S>
constexpr bool run_step(const AgainTables<S>& t, AgainState<S>& s, int step, int& during, int given_up = -1) {
  if (s.done.has(step)) {
    const bool restoring = would_restore(t, s, step);
    if (!run_twice(t, s, step, during, given_up)) return false;
    if (restoring) return true;
  } else {
    during = s.bytes + t.d.results[step];
    run_first(t, s, step);
    if (given_up >= 0) lose(t, s, given_up);
    if (!settle(t, s)) return false;
  }
  for (int i = t.d.first_saving[step]; i < t.d.first_saving[step + 1]; ++i)
    if (is_dead(t, s, t.d.victim[i])) during -= t.d.saved[i];
  return true;
}

}  // namespace etch::detail
