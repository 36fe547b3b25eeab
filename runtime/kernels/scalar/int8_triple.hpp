// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/target.hpp>

#include <cstdint>
#include <type_traits>

/// Numbers of three pixels in 64 bits, which a weight multiplies at once, and sums of such products.
namespace etch::kernels::scalar::inline ETCH_TARGET {

/// So many products of a sum need 21 bits, counted from -2^20 - 2 on.
inline constexpr int triple_taps = 64, triple_bits = 21;
inline constexpr std::int32_t triple_start = -2;  ///< of a sum: the largest is 2^20

/// The low `Bits` with their sign.
template <int Bits, class T>
[[gnu::always_inline]] constexpr T signed_low(T x) {
  constexpr int above = 8 * sizeof(T) - Bits;
  return static_cast<T>(static_cast<std::make_unsigned_t<T>>(x) << above) >> above;
}

/// In two registers: s0 + 2^11 s1 and s2 + 2^21 s1, both modulo 2^32. The second says what s2 and the low 11
/// bits of s1 are; without these the first is s0 and, from bit 22 on, the other bits of s1.
struct TwoWords {
  std::uint32_t a, b;

  TwoWords() = default;
  [[gnu::always_inline]] constexpr TwoWords(std::int32_t x0, std::int32_t x1, std::int32_t x2)
      : a(word(x0) + (word(x1) << low_bits)), b(word(x2) + (word(x1) << triple_bits)) {}

  [[gnu::always_inline]] constexpr void add(const TwoWords& x, std::int32_t weight) {
    a += x.a * word(weight);
    b += x.b * word(weight);
  }
  /// Once for each product: compilers would rather add up products first than keep sums in registers.
  [[gnu::always_inline]] void settle() { asm volatile("" : "+r"(a), "+r"(b)); }
  /// Adds the three sums.
  [[gnu::always_inline]] constexpr void split_into(std::int32_t (&sums)[3]) const {
    const auto third = signed_low<triple_bits>(static_cast<std::int32_t>(b));
    const std::uint32_t low_of_second = (b - word(third)) >> (triple_bits - low_bits);
    const auto first = signed_low<triple_bits + 1>(static_cast<std::int32_t>(a - low_of_second));
    sums[0] += first;
    sums[1] += static_cast<std::int32_t>(a - word(first)) >> low_bits;
    sums[2] += third;
  }

 private:
  static constexpr int low_bits = 32 - triple_bits;
  [[gnu::always_inline]] static constexpr std::uint32_t word(std::int32_t x) {
    return static_cast<std::uint32_t>(x);
  }
};

/// In one register: s0 + 2^21 s1 + 2^42 s2, modulo 2^64.
struct OneWord {
  std::uint64_t all;

  OneWord() = default;
  [[gnu::always_inline]] constexpr OneWord(std::int32_t x0, std::int32_t x1, std::int32_t x2)
      : all(word(x0) + (word(x1) << triple_bits) + (word(x2) << 2 * triple_bits)) {}

  [[gnu::always_inline]] constexpr void add(const OneWord& x, std::int32_t weight) {
    all += x.all * word(weight);
  }
  [[gnu::always_inline]] void settle() { asm volatile("" : "+r"(all)); }
  /// Adds the three sums.
  [[gnu::always_inline]] constexpr void split_into(std::int32_t (&sums)[3]) const {
    const auto first = signed_low<triple_bits>(static_cast<std::int64_t>(all));
    const auto others = static_cast<std::int64_t>(all - static_cast<std::uint64_t>(first)) >> triple_bits;
    const auto second = signed_low<triple_bits>(others);
    sums[0] += static_cast<std::int32_t>(first);
    sums[1] += static_cast<std::int32_t>(second);
    sums[2] += static_cast<std::int32_t>((others - second) >> triple_bits);
  }

 private:
  [[gnu::always_inline]] static constexpr std::uint64_t word(std::int32_t x) {
    return static_cast<std::uint64_t>(std::int64_t{x});
  }
};

using Triple = std::conditional_t<wide_registers, OneWord, TwoWords>;

}  // namespace etch::kernels::scalar::inline ETCH_TARGET
