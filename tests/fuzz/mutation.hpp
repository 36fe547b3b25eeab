// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <vector>

// What structure-aware mutators share.
namespace etch::fuzz {

using Bytes = std::vector<std::uint8_t>;

/// The choices of one mutation: the same seed makes the same ones.
class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed * 2654435761U + 1) {}

  /// From 0 to n - 1; n is at least 1.
  std::size_t below(std::size_t n) { return engine_() % n; }
  bool one_in(std::size_t n) { return below(n) == 0; }
  std::uint32_t bits() { return static_cast<std::uint32_t>(engine_()); }
  template <class List>
  auto& pick(List& list) {
    return list[below(std::size(list))];
  }

 private:
  std::mt19937 engine_;
};

/// Another whole number: near the old one, at an edge of a type, or small.
inline std::int64_t other_number(Dice& dice, std::int64_t old) {
  static constexpr std::int64_t edges[]{-1,        0,         1,         2,         3,         127,
                                        128,       255,       256,       32767,     65536,     1 << 20,
                                        INT32_MAX, INT32_MIN, 1LL << 30, 1LL << 32, INT64_MAX, INT64_MIN};
  switch (dice.below(8)) {
    case 0:
      return dice.pick(edges);
    case 1:
      return static_cast<std::int64_t>(0 - static_cast<std::uint64_t>(old));
    case 2:
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(old) << 1);
    case 3:
      return old / 2;
    case 4:
      return static_cast<std::int64_t>(dice.below(20));
    case 5:
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(old) ^ 1ULL << dice.below(31));
    default: {
      const auto step = static_cast<std::uint64_t>(1 + dice.below(3));
      const auto bits = static_cast<std::uint64_t>(old);
      return static_cast<std::int64_t>(dice.one_in(2) ? bits + step : bits - step);
    }
  }
}

/// Another float, special ones among them.
inline float other_float(Dice& dice, float old) {
  static constexpr float special[]{0.0f,
                                   -0.0f,
                                   1.0f,
                                   -1.0f,
                                   0.5f,
                                   1e-30f,
                                   1e30f,
                                   3e38f,
                                   std::numeric_limits<float>::infinity(),
                                   std::numeric_limits<float>::quiet_NaN(),
                                   std::numeric_limits<float>::denorm_min(),
                                   1.0f / 256};
  switch (dice.below(4)) {
    case 0:
      return dice.pick(special);
    case 1:
      return old * 2;
    case 2:
      return old / 2;
    default:
      return old * (0.5f + static_cast<float>(dice.below(1000)) / 1000);
  }
}

}  // namespace etch::fuzz

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace etch::fuzz {

/// libFuzzer's own mutation of some bytes, which become at most `most`, or one where that is none.
inline void mutate_bytes(Bytes& bytes, std::size_t most) {
  const std::size_t size = bytes.size();
  bytes.resize(std::max({size, most, std::size_t{1}}));
  bytes.resize(LLVMFuzzerMutate(bytes.data(), size, bytes.size()));
}

/// What a custom mutator returns: the new bytes, as many as there is room for.
inline std::size_t put_back(const Bytes& bytes, std::uint8_t* data, std::size_t most) {
  const std::size_t size = std::min(bytes.size(), most);
  if (size > 0) std::memcpy(data, bytes.data(), size);
  return size;
}

}  // namespace etch::fuzz
