// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/share.hpp>

// Threads that share a model's work. Who these are is the caller's matter; a team has
//   threads()                        how many work at once, with the one that calls
//   most                             as many as it can ever be
//   run(shares, work, context)       calls work(context, share) for each share, several of them at once, and
//                                    returns when all have returned. Shares begin in the order of their
//                                    numbers, but for those that a thread has for its own
//   rest()                           lets other threads run; called where a share waits for the one before it
namespace etch {

/// The team of a model that one thread runs.
struct Alone {};

}  // namespace etch

namespace etch::detail {

/// Multiply-accumulates, or numbers where there are none, below which another thread costs more than it takes
/// over: some microseconds of a desktop.
inline constexpr long long least_work_of_share = 100'000;

/// How many threads may share so much work.
constexpr int shares_of_work(long long work, int threads) {
  const long long worth = work / least_work_of_share;
  return worth < threads ? static_cast<int>(worth) : threads;
}

/// Calls f(range) for ranges that make up [0, count), in groups of `unit`, by the threads of a team where
/// `work` is worth it.
template <class Team, class F>
void share_out(Team& team, int count, int unit, long long work, const F& f) {
  struct Context {
    const F& f;
    int count, unit, shares;
  } context{f, count, unit, shares_of_work(work, team.threads())};
  if (context.shares < 2) return f(kernels::Range{0, count});
  const auto run = [](void* all, int number) {
    const auto& c = *static_cast<const Context*>(all);
    c.f(kernels::Share{number, c.shares}.among(c.count, c.unit));
  };
  team.run(context.shares, run, &context);
}

/// What makes a team of threads: `threads<N>` and a `ThreadPool`, both of the desktop library.
template <class T>
concept MakesTeam = requires(T& threads) {
  team_of(threads);
};

}  // namespace etch::detail
