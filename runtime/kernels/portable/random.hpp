// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <runtime/kernels/portable/math.hpp>

/// Counter-based random numbers: a draw is a function of its address (seed, stream, step, node, element),
/// with no state. Threads, resumed runs and devices therefore agree, in any order of evaluation.
///
/// The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3;
/// 2011). `uniform` is made of `bits`; `below` and `normal` read other words of the same block, and are
/// independent of them.
namespace etch::random {

using Block = std::array<std::uint32_t, 4>;

/// `stream` separates uses of one seed (initialization, dropout, augmentation, ...).
struct Key {
  std::uint32_t seed;
  std::uint32_t stream;
};

inline constexpr int rounds = 10;
inline constexpr std::uint32_t first_factor = 0xd2511f53, second_factor = 0xcd9e8d57;

/// The key of the next round.
constexpr Key next(Key key) {
  key.seed += 0x9e3779b9;    // the golden ratio
  key.stream += 0xbb67ae85;  // sqrt(3) - 1
  return key;
}

/// Philox4x32-10: a bijection of the counter for each key.
constexpr Block philox(Key key, Block counter) {
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t a = std::uint64_t{first_factor} * counter[0];
    const std::uint64_t b = std::uint64_t{second_factor} * counter[2];
    counter = {static_cast<std::uint32_t>(b >> 32) ^ counter[1] ^ key.seed, static_cast<std::uint32_t>(b),
               static_cast<std::uint32_t>(a >> 32) ^ counter[3] ^ key.stream, static_cast<std::uint32_t>(a)};
    key = next(key);
  }
  return counter;
}

namespace detail {

// The last counter word keeps the blocks of draws and those of shuffles apart.
inline constexpr std::uint32_t draw_domain = 0;
inline constexpr std::uint32_t shuffle_domain = 1;

constexpr Block draw(Key key, std::uint32_t step, std::uint32_t node, std::uint32_t element) {
  return philox(key, {element, node, step, draw_domain});
}

/// 24 bits, all that a float in [0,1) can hold evenly spaced: each value is exact.
constexpr float unit_float(std::uint32_t word) {
  return static_cast<float>(static_cast<std::int32_t>(word >> 8)) * 0x1p-24f;
}

/// The finalizer of MurmurHash3 (Appleby): every input bit reaches every output bit.
constexpr std::uint32_t mix(std::uint32_t x) {
  x = (x ^ (x >> 16)) * 0x85ebca6b;
  x = (x ^ (x >> 13)) * 0xc2b2ae35;
  return x ^ (x >> 16);
}

/// A Feistel network over [0, 2^(low_bits + high_bits)). The halves may differ by a bit, and so are not
/// swapped.
struct Feistel {
  std::uint32_t low_bits;
  std::uint32_t high_bits;
  Block keys;

  constexpr std::uint32_t operator()(std::uint32_t value) const {
    const std::uint32_t low_mask = (std::uint32_t{1} << low_bits) - 1;
    const std::uint32_t high_mask = (std::uint32_t{1} << high_bits) - 1;
    std::uint32_t low = value & low_mask;
    std::uint32_t high = value >> low_bits;
    for (const std::uint32_t key : keys) {
      low = (low + mix(high + key)) & low_mask;
      high = (high + mix(~low ^ key)) & high_mask;
    }
    return (high << low_bits) | low;
  }
};

}  // namespace detail

/// 32 random bits.
constexpr std::uint32_t bits(Key key, std::uint32_t step, std::uint32_t node, std::uint32_t element) {
  return detail::draw(key, step, node, element)[0];
}

/// Uniform in [0,1): a multiple of 2^-24.
constexpr float uniform(Key key, std::uint32_t step, std::uint32_t node, std::uint32_t element) {
  return detail::unit_float(bits(key, step, node, element));
}

/// An integer in [0,n); 0 if n is 0. Multiply-shift (Lemire 2019) without rejection, so that the cost is
/// fixed: each probability is off by less than 2^-32, which is a relative bias below n / 2^32 (1.4e-5 for n =
/// 60,000).
constexpr std::uint32_t below(Key key, std::uint32_t step, std::uint32_t node, std::uint32_t element,
                              std::uint32_t n) {
  const std::uint64_t word = detail::draw(key, step, node, element)[1];
  return static_cast<std::uint32_t>((word * n) >> 32);
}

/// Standard normal, by Box and Muller's cosine. |value| <= 5.77, since its radius has 24 bits.
constexpr float normal(Key key, std::uint32_t step, std::uint32_t node, std::uint32_t element) {
  const Block block = detail::draw(key, step, node, element);
  const float radius = detail::unit_float(block[2]) + 0x1p-24f;  // in (0,1], where the logarithm is finite
  return math::sqrt(-2.0f * math::log(radius)) * math::cos_two_pi(detail::unit_float(block[3]));
}

/// Where `index` goes in a random permutation of [0,count), which no array holds: visiting shuffled(0),
/// shuffled(1), ... visits everything once. An index outside of [0,count) is returned as it is. A Feistel
/// network over the next power of two, applied until the result is inside (cycle walking: less than twice on
/// average).
constexpr std::uint32_t shuffled(std::uint32_t index, std::uint32_t count, std::uint32_t seed,
                                 std::uint32_t epoch) {
  if (index >= count) return index;  // the walk need not end from outside
  const auto width = static_cast<std::uint32_t>(std::bit_width(count - 1));
  const Block keys = philox({seed, epoch}, {0, 0, 0, detail::shuffle_domain});
  const detail::Feistel permute{width - width / 2, width / 2, keys};
  do {
    index = permute(index);
  } while (index >= count);
  return index;
}

}  // namespace etch::random
