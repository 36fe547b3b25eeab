// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/again.hpp>
#include <etch/passes/rewrite.hpp>

namespace etch {

/// The room of a training graph of which steps run again: each up to twice.
constexpr Sizes again_sizes(Sizes s) {
  s.values *= 3;
  s.steps *= 3;
  s.operands *= 3;
  return s;
}

namespace detail {

/// A training graph while its steps are written in the order of a schedule.
template <Sizes S>
struct AgainWriter {
  static constexpr Sizes room = again_sizes(S);
  const AgainTables<S>& t;
  const Graph<S>& g;
  Graph<room> to{};
  std::int16_t current[S.values > 0 ? S.values : 1]{};  ///< what stands for a value now

  constexpr bool has_room() const {
    return to.steps.count < room.steps && to.values.count + max_copies < room.values &&
           to.operands.count + max_operands < room.operands;
  }
  static constexpr int max_copies = 8;

  /// The step as it is, on what stands for its inputs.
  constexpr void write(int which) {
    const Step& step = g.steps.item[which];
    std::int16_t operands[max_operands]{};
    for (int k = 0; k < step.inputs + step.outputs; ++k) {
      const std::int16_t v = g.operands.item[step.first + k];
      operands[k] = v >= 0 && k < step.inputs ? current[v] : v;
    }
    append_step(to, step, operands, step.inputs, step.outputs);
  }
  /// The step once more. Results that are there already stay what they are.
  constexpr void write_again(int which, const AgainState<S>& before, const AgainState<S>& after) {
    Step step = g.steps.item[which];
    const bool kept = would_restore(t, before, which);
    step.again = kept ? Again::from_kept : Again::from_inputs;
    std::int16_t operands[max_operands]{};
    for (int k = 0; k < step.inputs; ++k) {
      const std::int16_t v = g.operands.item[step.first + k];
      operands[k] = v < 0 || (kept && t.number[v] >= 0) ? static_cast<std::int16_t>(-1) : current[v];
    }
    if (kept) operands[0] = current[t.value[t.kept[which]]];
    int outputs = 0;
    for (int k = 0; k < (kept ? 1 : step.outputs); ++k) {
      const std::int16_t v = g.operands.item[step.first + step.inputs + k];
      std::int16_t& copy = operands[step.inputs + outputs++];
      copy = -1;
      const int r = v < 0 ? -1 : t.number[v];
      if (v < 0 || (r >= 0 && r == t.restored[which] && !after.live.has(r))) continue;
      copy = static_cast<std::int16_t>(to.values.push(g.values.item[v]));
      if (r >= 0 && !before.live.has(r)) current[v] = copy;
    }
    append_step(to, step, operands, step.inputs, outputs);
  }
};

/// Whether a result of the forward pass can be given up now.
template <Sizes S>
constexpr bool may_give_up(const AgainTables<S>& t, const AgainState<S>& s, int result) {
  return result >= 0 && result < t.results && t.choice.has(result) && s.live.has(result);
}

/// Whether a step can run now: what it reads is there, and what it comes after has run.
template <Sizes S>
constexpr bool may_run(const AgainTables<S>& t, const AgainState<S>& s, int step, int progress) {
  const bool again = s.done.has(step);
  if (again && !t.again[step]) return false;
  if (again && would_restore(t, s, step)) return true;
  if (!again && progress < t.forward && step != progress) return false;
  for (int w = 0; w < AgainTables<S>::words; ++w)
    if (t.needs[step].word[w] & ~s.done.word[w]) return false;
  for (int w = 0; w < t.result_words; ++w)
    if (t.reads[step].word[w] & ~s.live.word[w]) return false;
  return true;
}

/// Whether a step that ran again has made a result that was not there.
template <Sizes S>
constexpr bool made_again(const AgainTables<S>& t, int step, const AgainState<S>& before,
                          const AgainState<S>& after) {
  for (int r = t.first_result[step]; r < t.first_result[step + 1]; ++r)
    if (after.live.has(r) && !before.live.has(r)) return true;
  return false;
}

/// Writes the steps of a training graph in the order of a schedule. False where the schedule is none of this
/// graph: a step whose inputs are not there, a result that nothing could make again, a step left out.
template <Sizes S>
constexpr bool write_schedule(const TrainingGraph<S>& from, const AgainTables<S>& t,
                              const ScheduledStep* schedule, int count, TrainingGraph<again_sizes(S)>& to) {
  AgainWriter<S> writer{t, from.graph};
  copy_values(from.graph, writer.to);
  writer.to.stage = from.graph.stage;
  for (int v = 0; v < from.graph.values.count; ++v) writer.current[v] = static_cast<std::int16_t>(v);
  AgainState<S> state = beginning(t, from.graph);
  if (!settle(t, state)) return false;
  int progress = 0, added = 0, during = 0;
  for (int k = 0; k < count; ++k) {
    const int step = schedule[k].step, given_up = schedule[k].given_up;
    if (step >= from.graph.steps.count || !writer.has_room()) return false;
    if (step < 0) {
      if (!may_give_up(t, state, given_up)) return false;
      lose(t, state, given_up);
      if (!settle(t, state)) return false;
      continue;
    }
    if (!may_run(t, state, step, progress)) return false;
    if (given_up >= 0 && !may_give_up(t, state, given_up)) return false;
    const AgainState<S> before = state;
    if (!run_step(t, state, step, during, given_up)) return false;
    if (before.done.has(step)) {
      if (!made_again(t, step, before, state)) return false;
      writer.write_again(step, before, state);
      ++added;
    } else {
      writer.write(step);
      ++progress;
    }
  }
  if (progress != from.graph.steps.count) return false;
  to = shrink_training<again_sizes(S)>(from);
  to.graph = writer.to;
  to.update_step += added;
  return true;
}

}  // namespace detail

}  // namespace etch
