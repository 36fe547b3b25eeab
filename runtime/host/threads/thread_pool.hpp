// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <memory>

namespace etch {

/// Threads that are started once and share the work of whoever asks; without work they sleep. They work for
/// one caller at a time: what another thread, or a share itself, asks of them meanwhile runs in that thread.
class ThreadPool {
 public:
  static constexpr int most = 32;

  /// \param threads that work at once, from 1 to `most`, with the one that calls: one less is started.
  /// Throws Error where it is another number, or the system has no more threads.
  explicit ThreadPool(int threads);
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  /// Ends the threads, which must have no work: no call of `run` may be under way.
  ~ThreadPool();

  int threads() const;
  /// Calls work(context, share) for each share from 0 to `shares` - 1, several at once, and returns when all
  /// have returned. Thread k begins with share k, if nobody has done that yet, and goes on with the lowest
  /// that is left; the caller is thread 0. So a share may wait for those of lower numbers, and for no others.
  /// `shares` is at most `most`, whatever the number of threads. Where shares throw, it throws what one of
  /// them threw.
  void run(int shares, void (*work)(void* context, int share), void* context);
  /// Lets other threads of the machine run.
  static void rest();

 private:
  class Threads;
  std::unique_ptr<Threads> own_;
};

}  // namespace etch
