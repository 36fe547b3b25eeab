// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/dependences.hpp>
#include <etch/passes/training_graph.hpp>

namespace etch::detail {

/// What a search has to know of a training graph to find which steps of its forward pass run again. Results
/// of the forward pass are numbered one after the other, step by step. Raw arrays and no calls in the loops
/// over them: constant evaluation pays for both.
template <Sizes S>
struct AgainTables {
  static constexpr int steps = Dependences<S>::steps, values = Dependences<S>::values;
  static constexpr int operands = Dependences<S>::operands, words = (steps + 63) / 64;
  using Steps = StepSet<steps>;
  Dependences<S> d{};
  int forward = 0;                ///< steps before the backward pass, which keep their order
  Steps value_readers[values]{};  ///< of each value
  Steps first_pass{};
  Steps needs[steps]{};             ///< steps of the backward pass that one of it comes after
  Steps changes[steps]{};           ///< steps that change the weights of one of the forward pass
  std::int64_t work[steps]{};       ///< multiply-accumulates and results of a step
  std::int64_t restoring[steps]{};  ///< the same of `restored` from `kept`
  bool again[steps]{};              ///< the step may run twice

  int results = 0;
  int number[values]{};     ///< of a value among the results, or -1
  int value[values]{};      ///< of a result
  int bytes[values]{};      ///< of a result
  Steps readers[values]{};  ///< of a result
  int first_result[steps + 1]{};
  int first_source[steps + 1]{}, source[operands]{};  ///< results that a step reads
  bool choice[values]{};                              ///< may be given up before its last reader
  int restored[steps]{}, kept[steps]{};  ///< a result that follows from what the step keeps, and that; or -1
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
  if (step.phase != Phase::backward || step.rule == kernels::Rule::none || !step.trainable) return;
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
    for_changed(g, step, [&](int weight) {
      for (int i = t.d.first_reader[weight]; i < t.d.first_reader[weight + 1]; ++i)
        if (t.d.reader[i] < t.forward) t.changes[t.d.reader[i]].add(s);
    });
  }
}

/// The results of the forward pass that do not stay, and who reads them. \param small what is no larger is
/// kept: to look at it takes as long as to look at what is large.
template <Sizes S>
constexpr void find_results(AgainTables<S>& t, const Graph<S>& g, int small) {
  int sources = 0;
  for (int s = 0; s < g.steps.count; ++s) {
    const Step& step = g.steps.item[s];
    t.first_source[s] = sources;
    for (int k = 0; k < step.inputs; ++k)
      if (const int v = g.operand(step, k); v >= 0 && t.number[v] >= 0 && first_mention(g, step, k))
        t.source[sources++] = t.number[v];
    t.first_source[s + 1] = sources;
    t.first_result[s] = t.results;
    for (int k = 0; s < t.forward && k < step.outputs; ++k) {
      const int v = g.result(step, k);
      if (!in_arena(g, v) || t.d.stays[v]) continue;
      t.number[v] = t.results;
      t.value[t.results] = v;
      t.bytes[t.results] = t.d.bytes[v];
      t.readers[t.results] = t.value_readers[v];
      t.choice[t.results++] = t.again[s] && t.d.bytes[v] > small;
    }
    t.first_result[s + 1] = t.results;
    t.restored[s] = t.kept[s] = -1;
    if (!t.again[s] || !restores(t, g, step) || t.number[g.result(step)] < 0) continue;
    t.restored[s] = t.number[g.result(step)];
    t.kept[s] = t.number[g.result(step, 1)];
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
  }
  find_results(t, g, limit / 256);
  find_weight_gradients(t, g);
  find_backward(t, g, from.update_step);
  return t;
}

/// How far a schedule is: steps that have run, results of the forward pass that are there.
template <Sizes S>
struct AgainState {
  typename AgainTables<S>::Steps done;
  StepSet<AgainTables<S>::values> live;
  int gradients = 0;       ///< bytes that the backward pass has made, and those that stay
  int bytes = 0;           ///< with results of the forward pass
  std::int64_t work = 0;   ///< of the steps that ran again
  std::int64_t ahead = 0;  ///< of those that will have to, at least
  int end = 0;             ///< steps of the forward pass from here on have not run or are done with
};

/// Gives up what nobody reads any more, and counts what is there and what has to be computed again. \returns
/// whether that is possible.
template <Sizes S>
constexpr bool settle(const AgainTables<S>& t, AgainState<S>& s) {
  constexpr int words = AgainTables<S>::words;
  bool help[AgainTables<S>::values]{};
  const std::uint64_t first = ~s.done.word[0];
  int bytes = s.gradients, end = 0;
  std::int64_t ahead = 0;
  for (int f = s.end - 1; f >= 0; --f) {
    const int kept = t.kept[f];
    bool wanted = false, restores = false;
    for (int r = t.first_result[f], last = t.first_result[f + 1]; r < last; ++r) {
      bool useful = help[r] || (t.readers[r].word[0] & first) != 0;
      for (int w = 1; w < words; ++w) useful = useful || (t.readers[r].word[w] & ~s.done.word[w]) != 0;
      std::uint64_t& live = s.live.word[r >> 6];
      const std::uint64_t bit = std::uint64_t{1} << (r & 63);
      if (!useful) {
        live &= ~bit;
        continue;
      }
      if (end == 0) end = f + 1;
      if (live & bit)
        bytes += t.bytes[r];
      else if (r == t.restored[f] && (s.live.word[kept >> 6] >> (kept & 63) & 1))
        restores = help[kept] = true;
      else
        wanted = true;
    }
    if (!wanted && !restores) continue;
    if (!t.again[f]) return false;
    for (int w = 0; w < words; ++w)
      if (t.changes[f].word[w] & s.done.word[w]) return false;
    ahead += wanted ? t.work[f] : t.restoring[f];
    for (int i = t.first_source[f]; wanted && i < t.first_source[f + 1]; ++i) help[t.source[i]] = true;
  }
  s.bytes = bytes;
  s.end = end;
  s.ahead = ahead;
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
    s.live.add(restored);
    if (given_up >= 0) s.live.remove(given_up);
    if (!settle(t, s)) return false;
    if (!s.live.has(t.kept[step])) during -= bytes;
    return true;
  }
  during = s.bytes + t.d.results[step];
  s.work += t.work[step];
  for (int r = t.first_result[step]; r < t.first_result[step + 1]; ++r) s.live.add(r);
  if (given_up >= 0) s.live.remove(given_up);
  if (!settle(t, s)) return false;
  if (restored >= 0 && !s.live.has(restored)) during -= t.bytes[restored];
  return true;
}

/// Runs a step, a step of the forward pass also for a second time. \param during gets the bytes live while it
/// runs. \param given_up a result that it may write over, since it is given up then; or -1. \returns whether
/// all can go on.
template <Sizes S>
constexpr bool run_step(const AgainTables<S>& t, const Graph<S>& g, AgainState<S>& s, int step, int& during,
                        int given_up = -1) {
  const Step& which = g.steps.item[step];
  if (s.done.has(step)) {
    const bool restoring = would_restore(t, s, step);
    if (!run_twice(t, s, step, during, given_up)) return false;
    if (restoring) return true;
  } else {
    during = s.bytes + t.d.results[step];
    s.done.add(step);
    if (step < t.forward) s.end = step + 1;
    for (int r = t.first_result[step]; r < t.first_result[step + 1]; ++r) s.live.add(r);
    for (int k = 0; k < which.inputs + which.outputs; ++k) {
      const int v = g.operands.item[which.first + k];
      if (v < 0 || t.d.bytes[v] == 0 || t.number[v] >= 0) continue;
      const bool dead = is_dead(t, s, v);
      if (t.d.producer[v] == step)
        s.gradients += dead ? 0 : t.d.bytes[v];
      else if (dead && first_mention(g, which, k))
        s.gradients -= t.d.bytes[v];
    }
    if (given_up >= 0) s.live.remove(given_up);
    if (!settle(t, s)) return false;
  }
  for (int i = t.d.first_saving[step]; i < t.d.first_saving[step + 1]; ++i)
    if (is_dead(t, s, t.d.victim[i])) during -= t.d.saved[i];
  return true;
}

}  // namespace etch::detail
