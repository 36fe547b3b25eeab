// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/host/threads/thread_pool.hpp>

namespace etch {

/// What a model that trains keeps of a pool.
class ThreadTeam {
 public:
  static constexpr int most = ThreadPool::most;
  explicit ThreadTeam(ThreadPool& pool) : pool_(&pool) {}
  int threads() const { return pool_->threads(); }
  void run(int shares, void (*work)(void*, int), void* context) const { pool_->run(shares, work, context); }

  static void rest() { ThreadPool::rest(); }

 private:
  ThreadPool* pool_;
};

inline ThreadTeam team_of(ThreadPool& pool) { return ThreadTeam(pool); }

/// N threads, the one that calls among them, for `compile`: one pool for all models of a program with this N,
/// started with the first of them. A function, so that a wrong number is reported where it stands.
template <int N>
ThreadTeam threads() {
  constexpr bool right = N >= 1 && N <= ThreadPool::most;
  static_assert(right, "threads<N> is from 1 to 32 threads; threads<1> is the one that calls, alone");
  static ThreadPool pool(right ? N : 1);
  return ThreadTeam(pool);
}

inline ThreadTeam team_of(ThreadTeam (&threads)()) { return threads(); }

}  // namespace etch
