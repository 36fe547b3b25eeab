// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/storage/flash_driver.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

/// A NOR flash whose power is cut in the middle of what it does.
namespace nor {

/// What the cut operation came to. `unstable` reads right in 7 of 10 cases, `unreadable` reads or says that
/// it cannot, one as often as the other.
enum class Cut { nothing, complete, partial, unstable, unreadable };
inline constexpr Cut all_cuts[] = {Cut::nothing, Cut::complete, Cut::partial, Cut::unstable, Cut::unreadable};

struct Fault {
  long operation = -1;  ///< programmed words and erased pages, from 0; -1: none
  Cut cut = Cut::nothing;
};

/// Power is gone: the program ends here.
struct PowerCut {};

struct Geometry {
  std::uint32_t word = 8, page = 128, pages = 1;  ///< a word of up to 64 bytes; pages of a slot
};

class Flash {
 public:
  using Sizes = etch::storage::Sizes;
  using ReadStatus = etch::storage::ReadStatus;

  /// Content that was never erased by this program, as a new part or another firmware left it.
  Flash(const Geometry& geometry, std::uint32_t seed)
      : geometry_(geometry), random_(seed), words_(2 * geometry.pages * geometry.page / geometry.word) {
    for (Word& word : words_) word.stable.fill(std::byte{0xff});
    erases.assign(2 * geometry.pages, 0);
  }

  ReadStatus read(std::uint32_t address, std::span<std::byte> to) {
    std::size_t done = 0;
    while (done < to.size()) {
      const std::size_t at = address + done, inside = at % geometry_.word;
      const std::size_t some = std::min<std::size_t>(geometry_.word - inside, to.size() - done);
      Word& word = words_.at(at / geometry_.word);
      if (word.state == State::unreadable && chance(0.5)) return ReadStatus::unreadable;
      const auto& bytes = word.state == State::unstable && chance(0.3) ? word.otherwise : word.stable;
      std::copy_n(bytes.begin() + static_cast<long>(inside), some, to.begin() + static_cast<long>(done));
      done += some;
    }
    return ReadStatus::good;
  }
  bool program(std::uint32_t address, std::span<const std::byte> from) {
    if (address % geometry_.word != 0 || from.size() % geometry_.word != 0) ++violations;
    for (std::size_t i = 0; i < from.size(); i += geometry_.word)
      program_word(words_.at((address + i) / geometry_.word), from.subspan(i, geometry_.word));
    return true;
  }
  bool erase(std::uint32_t address) {
    if (address % geometry_.page != 0) ++violations;
    ++erases.at(address / geometry_.page);
    const bool cut = is_cut();
    for (std::uint32_t i = 0; i < geometry_.page / geometry_.word; ++i)
      erase_word(words_.at(address / geometry_.word + i), cut);
    if (cut) throw PowerCut{};
    return true;
  }
  Sizes sizes() const { return {geometry_.pages * geometry_.page, geometry_.page}; }
  std::uint32_t alignment() const { return geometry_.word; }

  /// The next power cut, counted from here.
  void cut_at(const Fault& fault) {
    fault_ = fault;
    operations = 0;
  }
  void flip(std::size_t bit) {
    words_.at(bit / 8 / geometry_.word).stable.at(bit / 8 % geometry_.word) ^= std::byte{1} << (bit % 8);
  }

  long operations = 0;      ///< since the last `cut_at`
  int violations = 0;       ///< words programmed that are not surely erased, and wrong addresses
  std::vector<int> erases;  ///< of each page

 private:
  enum class State {
    erased,
    marginal,  ///< reads as erased, but was cut while erased or programmed: not to be programmed
    programmed,
    unstable,
    unreadable
  };
  using Bytes = std::array<std::byte, 64>;
  struct Word {
    Bytes stable{}, otherwise{};  ///< what it reads as, and at times instead
    State state = State::erased;
  };

  /// SplitMix64 (Steele, Lea and Flood 2014): a flash is made for every pair of faults, and shall cost
  /// little.
  std::uint32_t draw() {
    std::uint64_t z = random_ += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return static_cast<std::uint32_t>((z ^ (z >> 31)) >> 32);
  }

  bool chance(double p) { return draw() < p * 0x1p32; }
  bool is_cut() { return operations++ == fault_.operation; }
  /// Some bits of one, the rest of another.
  Bytes mixed(Bytes a, const Bytes& b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      const auto mask = static_cast<std::byte>(draw() & 255U);
      a[i] = (a[i] & mask) | (b[i] & ~mask);
    }
    return a;
  }

  void program_word(Word& word, std::span<const std::byte> to) {
    if (word.state != State::erased) ++violations;
    const Bytes before = word.stable;
    const bool cut = is_cut();
    std::copy(to.begin(), to.end(), word.stable.begin());
    word.state = State::programmed;
    if (!cut) return;
    tear(word, before);
    throw PowerCut{};
  }
  void erase_word(Word& word, bool cut) {
    const Bytes before = word.stable;
    const State state = word.state;
    word.stable.fill(std::byte{0xff});
    word.state = State::erased;
    if (!cut) return;
    // In a page that is half erased each word is so in its own way.
    if (fault_.cut == Cut::partial && chance(0.3)) {
      word.stable = before;
      word.state = state;
    } else {
      tear(word, before);
    }
    if (word.state == State::erased || word.state == State::programmed) word.state = State::marginal;
  }
  /// What a cut makes of a word that `before` was in and that holds the new bytes.
  void tear(Word& word, const Bytes& before) {
    switch (fault_.cut) {
      case Cut::nothing:
        word.stable = before;
        word.state = State::marginal;
        break;
      case Cut::complete:
        break;
      case Cut::partial:
        word.stable = mixed(before, word.stable);
        break;
      case Cut::unstable:
        word.otherwise = chance(0.5) ? before : mixed(before, word.stable);
        if (chance(0.5)) std::swap(word.otherwise, word.stable);
        word.state = State::unstable;
        break;
      case Cut::unreadable:
        if (chance(0.5)) word.stable = mixed(before, word.stable);
        word.state = State::unreadable;
        break;
    }
  }

  Geometry geometry_;
  std::uint64_t random_;
  std::vector<Word> words_;
  Fault fault_;
};

}  // namespace nor
