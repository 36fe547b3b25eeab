// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/threads/thread_pool.hpp>

#include <runtime/host/error.hpp>

#include <atomic>
#include <bit>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace etch {

namespace {

/// How long a thread looks for what it waits for before it sleeps: longer than what one thread does between
/// two steps that are shared, shorter than anybody notices. It keeps its processor meanwhile: the system
/// gives one that was yielded away back after milliseconds, if others want it.
constexpr std::chrono::microseconds watching{50};

/// Whether `ready` becomes true within that time.
template <class Ready>
bool comes_soon(const Ready& ready) {
  constexpr int looks = 64;  // a look at the clock takes as long
  const auto end = std::chrono::steady_clock::now() + watching;
  do {
    for (int look = 0; look < looks; ++look)
      if (ready()) return true;
  } while (std::chrono::steady_clock::now() < end);
  return false;
}

}  // namespace

/// A job is a number and the set of its shares that nobody has taken, in one word: who took a share by it
/// knows that the job has not ended, and so may read what it is.
class ThreadPool::Threads {
 public:
  explicit Threads(int threads) {
    others_.reserve(static_cast<std::size_t>(threads - 1));
    try {
      while (static_cast<int>(others_.size()) < threads - 1)
        others_.emplace_back(&Threads::serve, this, static_cast<int>(others_.size()) + 1);
    } catch (const std::system_error& error) {
      const std::string started = std::to_string(others_.size() + 1);
      stop();
      throw Error("a pool of " + std::to_string(threads) + " threads: the system gives only " + started +
                  " of them (" + error.what() + "); ask for fewer");
    }
  }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;
  ~Threads() { stop(); }

  int count() const { return static_cast<int>(others_.size()) + 1; }

  void run(int shares, void (*work)(void*, int), void* context) {
    if (shares < 2 || others_.empty() || busy_.exchange(true)) {
      for (int share = 0; share < shares; ++share) work(context, share);
      return;
    }
    work_ = work;
    context_ = context;
    unfinished_ = shares;
    const std::uint64_t all = shares == 32 ? 0xffffffffU : (1U << static_cast<unsigned>(shares)) - 1;
    untaken_ = (untaken_.load() & ~std::uint64_t{0xffffffffU}) + (std::uint64_t{1} << 32) + all;
    wake();
    while (take(0)) {
    }
    wait();
    const std::exception_ptr error = std::exchange(error_, nullptr);
    busy_ = false;
    if (error) std::rethrow_exception(error);
  }

 private:
  /// Takes a share, `own` where that is left, and does it. \return whether there was one.
  bool take(int own) {
    std::uint64_t now = untaken_.load();
    while (const auto left = static_cast<std::uint32_t>(now)) {
      const int share = (left >> static_cast<unsigned>(own) & 1U) != 0 ? own : std::countr_zero(left);
      if (!untaken_.compare_exchange_weak(now, now & ~(std::uint64_t{1} << static_cast<unsigned>(share))))
        continue;
      try {
        work_(context_, share);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        error_ = std::current_exception();
      }
      if (unfinished_.fetch_sub(1) == 1 && caller_sleeps_) {
        const std::lock_guard lock(mutex_);
        done_.notify_one();
      }
      return true;
    }
    return false;
  }
  bool has_work() const { return static_cast<std::uint32_t>(untaken_.load()) != 0; }

  void serve(int number) {
    while (!stops_) {
      while (take(number)) {
      }
      if (comes_soon([&] { return has_work() || stops_; })) continue;
      std::unique_lock lock(mutex_);
      ++sleeping_;
      work_comes_.wait(lock, [&] { return has_work() || stops_; });
      --sleeping_;
    }
  }
  void wake() {
    if (sleeping_ == 0) return;
    const std::lock_guard lock(mutex_);
    work_comes_.notify_all();
  }
  void wait() {
    const auto done = [&] { return unfinished_ == 0; };
    if (comes_soon(done)) return;
    std::unique_lock lock(mutex_);
    caller_sleeps_ = true;
    done_.wait(lock, done);
    caller_sleeps_ = false;
  }
  void stop() {
    stops_ = true;
    {
      const std::lock_guard lock(mutex_);
      work_comes_.notify_all();
    }
    for (std::thread& each : others_) each.join();
    others_.clear();
  }

  static constexpr int line = 64;  // bytes of a cache line: each of these is written by all threads
  alignas(line) std::atomic<std::uint64_t> untaken_{0};
  alignas(line) std::atomic<int> unfinished_{0};
  alignas(line) void (*work_)(void*, int) = nullptr;
  void* context_ = nullptr;
  std::atomic<bool> busy_{false}, stops_{false}, caller_sleeps_{false};
  std::atomic<int> sleeping_{0};
  std::mutex mutex_;
  std::condition_variable work_comes_, done_;
  std::exception_ptr error_;
  std::vector<std::thread> others_;
};

ThreadPool::ThreadPool(int threads) {
  if (threads < 1 || threads > most)
    throw Error("a pool has from 1 to " + std::to_string(most) + " threads, and was to have " +
                std::to_string(threads));
  own_ = std::make_unique<Threads>(threads);
}

ThreadPool::~ThreadPool() = default;

int ThreadPool::threads() const { return own_->count(); }

void ThreadPool::rest() { std::this_thread::yield(); }

void ThreadPool::run(int shares, void (*work)(void*, int), void* context) {
  if (shares > most)
    throw Error("work is shared out in at most " + std::to_string(most) + " shares, and was to be in " +
                std::to_string(shares));
  own_->run(shares, work, context);
}

}  // namespace etch
