// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <array>
#include <runtime/storage/two_slots.hpp>
#include <tests/unit/storage/nor_flash.hpp>
#include <vector>

/// Two power cuts in a row, at every word and every erase: what is there afterwards.
namespace nor {

using State = std::array<std::byte, 20>;

/// The state of a number: no two have a byte at one place in common. 0 is none.
inline State state_of(int number) {
  State state;
  for (std::size_t i = 0; i < state.size(); ++i)
    state[i] = static_cast<std::byte>(37 * number + 11 * static_cast<int>(i) + 1);
  return state;
}

inline constexpr int none = 0, garbage = -1;
inline int number_of(const State& state) {
  for (int n = 1; n < 8; ++n)
    if (state == state_of(n)) return n;
  return garbage;
}

/// The store that is tested, as numbers.
struct Sealed {
  etch::storage::TwoSlots<Flash> store;
  explicit Sealed(Flash& flash) : store(flash, {.graph = 0x1234, .optimizer = 5}) {}

  int boot() {
    State state{};
    const std::span<std::byte> parts[] = {std::span(state).first(7), std::span(state).subspan(7)};
    return store.boot(parts) == etch::storage::Boot::loaded ? number_of(state) : none;
  }
  bool commit(int number) {
    const State state = state_of(number);
    const std::span<const std::byte> parts[] = {std::span(state).first(7), std::span(state).subspan(7)};
    return store.commit(parts) == etch::storage::Commit::done;
  }
};

/// What is known to lose states: a generation and a CRC, written last, and nothing more.
class CrcLast {
 public:
  explicit CrcLast(Flash& flash) : flash_(flash) {}

  int boot() {
    State state[2];
    std::uint32_t generation[2]{};
    for (int s = 0; s < 2; ++s) generation[s] = read(s, state[s]);
    const int best = generation[1] > generation[0] ? 1 : 0;
    if (generation[best] == 0) return none;
    current_ = best;
    newest_ = generation[best];
    return number_of(state[best]);
  }
  bool commit(int number) {
    const int target = current_ < 0 ? 0 : 1 - current_;
    const State state = state_of(number);
    for (std::uint32_t at = 0; at < flash_.sizes().slot_bytes; at += flash_.sizes().page_bytes)
      flash_.erase(begin(target) + at);
    etch::storage::WordWriter data(flash_, begin(target) + head());
    data.put(state);
    data.finish();
    const std::array<std::uint32_t, 2> header{newest_ + 1, crc_of(newest_ + 1, state)};
    etch::storage::WordWriter last(flash_, begin(target));
    last.put(std::as_bytes(std::span(header)));
    last.finish();
    current_ = target;
    newest_ = header[0];
    return true;
  }

 private:
  static std::uint32_t crc_of(std::uint32_t generation, const State& state) {
    return etch::crc32(state, etch::crc32(std::as_bytes(std::span(&generation, 1))));
  }
  std::uint32_t head() const { return std::max<std::uint32_t>(8, flash_.alignment()); }
  std::uint32_t begin(int slot) const { return static_cast<std::uint32_t>(slot) * flash_.sizes().slot_bytes; }
  /// The generation, or 0 where the CRC is wrong.
  std::uint32_t read(int slot, State& state) {
    std::array<std::uint32_t, 2> header{};
    using etch::storage::ReadStatus;
    if (flash_.read(begin(slot), std::as_writable_bytes(std::span(header))) != ReadStatus::good) return 0;
    if (flash_.read(begin(slot) + head(), state) != ReadStatus::good) return 0;
    return header[1] == crc_of(header[0], state) ? header[0] : 0;
  }

  Flash& flash_;
  int current_ = -1;
  std::uint32_t newest_ = 0;
};

struct Counted {
  long runs = 0;
  int lost = 0;        ///< nothing was left of a state that had been booted
  int older = 0;       ///< a state before the one that had been booted
  int wrong = 0;       ///< bits of no state, or a state that nobody committed
  int stuck = 0;       ///< what was committed after all that is not there
  int violations = 0;  ///< a word programmed that was not surely erased
};

/// Commits `history` states, and two more that are cut; \return false where a fault lies behind the end.
template <class Store>
bool run(const Geometry& geometry, int history, const Fault& first, const Fault& second, std::uint32_t seed,
         Counted& counted) {
  Flash flash(geometry, seed);
  const auto commit_cut = [&](Store& store, int number, const Fault& fault) {
    flash.cut_at(fault);
    try {
      store.commit(number);
    } catch (const PowerCut&) {
      return true;
    }
    return false;
  };
  {
    Store store(flash);
    for (int n = 1; n <= history; ++n) store.commit(n);
    if (!commit_cut(store, history + 1, first)) return false;
  }
  int booted = none;
  {
    Store store(flash);
    booted = store.boot();
    if (booted != history && booted != history + 1) ++counted.wrong;
    if (!commit_cut(store, history + 2, second)) return false;
  }
  ++counted.runs;
  Store store(flash);
  const int then = store.boot();
  if (then == none && booted != none) ++counted.lost;
  if (then != none && then < booted && then > 0) ++counted.older;
  if (then == garbage || then > history + 2) ++counted.wrong;
  flash.cut_at({});
  store.commit(history + 3);
  Store last(flash);
  if (last.boot() != history + 3) ++counted.stuck;
  counted.violations += flash.violations;
  return true;
}

/// Every pair of faults.
template <class Store>
Counted double_faults(const Geometry& geometry, int history) {
  Counted counted;
  std::uint32_t seed = 1;
  for (const Cut a : all_cuts)
    for (const Cut b : all_cuts)
      for (long i = 0, most = 1; i < most; ++i)
        for (long j = 0;; ++j) {
          if (!run<Store>(geometry, history, {i, a}, {j, b}, ++seed, counted)) {
            if (j > 0) most = i + 2;  // the first fault was one, so another may come behind it
            break;
          }
        }
  return counted;
}

}  // namespace nor
