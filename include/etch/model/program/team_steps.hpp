// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/lower.hpp>
#include <etch/model/program/team.hpp>

// Programs whose steps a team shares. A step ends before the next one begins, and no sum is split, so that
// all bits are those of one thread.
namespace etch::detail::inline ETCH_TARGET {

/// Bytes of a value in the arena.
template <const auto& P>
constexpr int bytes_in_arena(const Value& of) {
  return (of.per_row ? P.options.batch : 1) * of.elements * bytes_of(of.type, P.options.dtype);
}

/// Whether writing to a value for some samples leaves the other one as it is for all others.
template <const auto& P>
constexpr bool lie_apart(int written, int other) {
  const Value &a = P.graph.values.item[written], &b = P.graph.values.item[other];
  if (a.role != Role::temporary || b.role != Role::temporary) return true;
  const int at = P.plan.offset[written], from = P.plan.offset[other];
  if (at == from && a.elements == b.elements && a.type == b.type) return true;
  return at >= from + bytes_in_arena<P>(b) || from >= at + bytes_in_arena<P>(a);
}

/// Whether a step may run for some samples at a time.
template <const auto& P, int I>
constexpr bool has_samples_apart() {
  constexpr const Step& step = P.graph.steps.item[I];
  if (!StepOf<P, I>::Op::samples_apart(step)) return false;
  for (int k = 0; k < step.inputs + step.outputs; ++k) {
    const int v = P.graph.operands.item[step.first + k];
    if (v < 0) continue;
    const Value& value = P.graph.values.item[v];
    const bool weight = value.role == Role::parameter || value.role == Role::statistic;
    const bool samples =
        value.role == Role::temporary || value.role == Role::input || value.role == Role::output;
    if (!(weight && k < step.inputs) && !(samples && value.per_row)) return false;
    for (int j = 0; k >= step.inputs && j < k; ++j) {
      const int other = P.graph.operands.item[step.first + j];
      if (other >= 0 && !lie_apart<P>(v, other)) return false;
    }
  }
  return true;
}

/// How many threads may share a step of `rows` samples.
template <const auto& P, int I>
constexpr int most_shares(int rows, int threads) {
  constexpr const Step& step = P.graph.steps.item[I];
  const long long macs = macs_of(step);
  return shares_of_work(rows * (macs > 0 ? macs : static_cast<long long>(step.out.size()) * step.repeat),
                        threads);
}

/// How many samples a link has done, in a line of the cache of its own.
struct alignas(64) LinkDone {
  int samples = 0;
};

/// All that shares of a step are told.
struct SharedCall {
  const kernels::Call& call;
  void* const* operands;
  int shares, part = 0;
  LinkDone* done = nullptr;
};

/// Some samples of a step: its kernel, with operands that begin there.
template <const auto& P, int I>
void run_samples(void* context, int number) {
  using Of = StepOf<P, I>;
  const auto& shared = *static_cast<const SharedCall*>(context);
  const int rows = shared.call.rows, unit = rows >= 8 * shared.shares ? 8 : 1;
  const kernels::Range samples = kernels::Share{number, shared.shares}.among(rows, unit);
  void* operands[static_cast<std::size_t>(Of::operands)];
  for (int k = 0; k < Of::operands; ++k) {
    operands[k] = shared.operands[k];
    const int v = P.graph.operands.item[Of::step.first + k];
    if (v < 0) continue;
    const Value& value = P.graph.values.item[v];
    if (value.role == Role::parameter || value.role == Role::statistic) continue;
    const std::ptrdiff_t bytes = std::ptrdiff_t{value.elements} * bytes_of(value.type, P.options.dtype);
    operands[k] = static_cast<std::byte*>(operands[k]) + samples.first * bytes;
  }
  kernels::Call call = shared.call;
  call.rows = samples.size();
  if (call.rows > 0) Of::function(repeated(call, Of::step.repeat), operands);
}

/// A link: the products of some weights for all samples, block after block, each when the link before it has
/// done that block. The lowest share that runs waits for nobody, so that some share always goes on.
template <const auto& P, int I, class Team>
void run_link(void* context, int number) {
  using Of = StepOf<P, I>;
  constexpr int block = 8;
  const auto& shared = *static_cast<const SharedCall*>(context);
  for (int first = 0; first < shared.call.rows; first += block) {
    const int end = shared.call.rows - first < block ? shared.call.rows : first + block;
    if (number > 0)
      for (int look = 1; __atomic_load_n(&shared.done[number - 1].samples, __ATOMIC_ACQUIRE) < end; ++look)
        if (look % 65536 == 0) Team::rest();
    Of::Op::template run_link<ElementOf<P>>(Of::description, {shared.operands},
                                            {first * Of::step.repeat, end * Of::step.repeat},
                                            kernels::Share{number, shared.shares});
    __atomic_store_n(&shared.done[number].samples, end, __ATOMIC_RELEASE);
  }
}

template <const auto& P, int I>
void run_share_of_part(void* context, int number) {
  using Of = StepOf<P, I>;
  const auto& shared = *static_cast<const SharedCall*>(context);
  Of::Op::template run_share<ElementOf<P>>(
      Of::description, repeated(shared.call, Of::step.repeat),
      TrainingOperands<ElementOf<P>, kernels::FixedRule<P.graph.steps.item[I].rule>>{{shared.operands}},
      shared.part, kernels::Share{number, shared.shares});
}

/// Whether a program trains: then the weights that a thread reads are best those that it has updated. Lines
/// of a cache that go to and fro between two threads in each batch take longer than the step.
template <const auto& P>
inline constexpr bool has_updates = [] {
  for (const Step& step : P.graph.steps)
    if (step.phase == Phase::backward) return true;
  return false;
}();

/// How threads share a step.
enum class Sharing { nothing, samples, links, parts };
template <const auto& P, int I>
constexpr Sharing sharing_of() {
  using Of = StepOf<P, I>;
  if (Of::idle) return Sharing::nothing;
  if (has_updates<P> && Of::Op::template links<ElementOf<P>>(Of::description)) return Sharing::links;
  if (has_samples_apart<P, I>()) return Sharing::samples;
  return Of::Op::shared_parts(Of::step) > 0 ? Sharing::parts : Sharing::nothing;
}

/// Calls for the lines of results that others have written, so that the next step, which one thread may run,
/// does not wait for one after the other.
template <const auto& P, int I>
void call_for_results(int rows, void* const* operands) {
  constexpr const Step& step = StepOf<P, I>::step;
  constexpr std::ptrdiff_t most = 64 * 1024, line = 64;
  for (int k = step.inputs; k < step.inputs + step.outputs; ++k) {
    const int v = P.graph.operands.item[step.first + k];
    if (v < 0) continue;
    const Value& value = P.graph.values.item[v];
    const std::ptrdiff_t bytes =
        std::ptrdiff_t{value.elements} * bytes_of(value.type, P.options.dtype) * rows;
    if (!value.per_row || bytes > most) continue;
    for (std::ptrdiff_t at = 0; at < bytes; at += line)
      __builtin_prefetch(static_cast<const std::byte*>(operands[k]) + at);
  }
}

template <const auto& P, int I, class Team>
void run_shared_step(Team& team, int shares, const kernels::Call& call, void* const* operands) {
  constexpr Sharing sharing = sharing_of<P, I>();
  SharedCall shared{call, operands, shares};
  if constexpr (sharing == Sharing::samples) {
    team.run(shares, run_samples<P, I>, &shared);
  } else if constexpr (sharing == Sharing::links) {
    LinkDone done[Team::most];
    shared.done = done;
    team.run(shares, run_link<P, I, Team>, &shared);
  } else {
    for (; shared.part < StepOf<P, I>::Op::shared_parts(StepOf<P, I>::step); ++shared.part)
      team.run(shares, run_share_of_part<P, I>, &shared);
  }
  call_for_results<P, I>(call.rows, operands);
}

template <const auto& P, int I, class Team>
void run_step_by(Team& team, const kernels::Call& call, const Regions& regions) {
  using Of = StepOf<P, I>;
  constexpr Sharing sharing = sharing_of<P, I>();
  if constexpr (sharing != Sharing::nothing) {
    int shares = most_shares<P, I>(call.rows, team.threads());
    if (sharing == Sharing::samples && shares > call.rows) shares = call.rows;
    if (sharing == Sharing::links && call.rows < 16) shares = 1;
    if (shares > 1) {
      void* operands[static_cast<std::size_t>(Of::operands)];
      [&]<int... K>(std::integer_sequence<int, K...>) {
        ((operands[static_cast<std::size_t>(K)] = operand<P, I, K>(regions)), ...);
      }
      (std::make_integer_sequence<int, Of::operands>{});
      constexpr StepHook hook = step_hook<P, I>();
      hook.begin();
      run_shared_step<P, I>(team, shares, call, operands);
      hook.end(operands);
      return;
    }
  }
  run_steps<P, I, I + 1>(call, regions);
}

}  // namespace etch::detail::inline ETCH_TARGET

namespace etch::inline ETCH_TARGET {

/// Runs the steps [First, Last) of a program by a team.
template <const auto& P, int First, int Last, class Team>
[[gnu::always_inline]] inline void run_steps_by(Team& team, const kernels::Call& call,
                                                const Regions& regions) {
  if constexpr (std::is_same_v<std::remove_const_t<Team>, Alone>) {
    run_steps<P, First, Last>(call, regions);
  } else {
    [&]<int... I>(std::integer_sequence<int, I...>) {
      (detail::run_step_by<P, First + I>(team, call, regions), ...);
    }
    (std::make_integer_sequence<int, Last - First>{});
  }
}

}  // namespace etch::inline ETCH_TARGET
