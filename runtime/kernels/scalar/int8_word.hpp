// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/scalar/arithmetic.hpp>
#include <runtime/kernels/target.hpp>

/// Two products in one: a word of two pixels, the first as it is, the second raised by 16 bits and added,
/// times a weight holds both products in fields of 16 bits, which the sum of two taps does not overflow.
namespace etch::kernels::scalar::inline ETCH_TARGET {

[[gnu::always_inline]] constexpr std::uint32_t packed(std::int32_t low, std::int32_t high) {
  return static_cast<std::uint32_t>(low) + (static_cast<std::uint32_t>(high) << 16);
}

[[gnu::always_inline]] constexpr std::int32_t low_pixel(std::uint32_t word) {
  return static_cast<std::int16_t>(word);
}

/// Raises both fields of two products' sum, which lies from -32512 to 32768: as fields, the low one is
/// unsigned and the high one signed.
inline constexpr std::int32_t low_raise = 32512, high_raise = -256;
inline constexpr std::uint32_t raise = packed(low_raise, high_raise);

/// What one instruction loads or stores: aligned, it has 64 bits for the compiler too, which then gives it
/// none but addresses that `ldrd` and `strd` know.
template <class First, class Second>
struct alignas(8) WordPair {
  First first;
  Second second;
};

/// Two pixels' sums: `all` adds up whole words, `high` their high fields alone.
struct PairSums {
  std::uint32_t all, high;

  /// Begins with a bias. \param raises how often fields are added
  [[gnu::always_inline]] PairSums(std::int32_t bias, int raises)
      : high(static_cast<std::uint32_t>(bias - raises * high_raise)) {
    all = (high << 16) + high - static_cast<std::uint32_t>(raises * (low_raise - high_raise));
  }
  /// \param fields the products of at most two taps, with `raise`
  [[gnu::always_inline]] void add(std::uint32_t fields) {
    all += fields;
    high += static_cast<std::uint32_t>(static_cast<std::int32_t>(fields) >> 16);
  }
  [[gnu::always_inline]] std::int32_t first() const { return static_cast<std::int32_t>(all - (high << 16)); }
  [[gnu::always_inline]] std::int32_t second() const { return static_cast<std::int32_t>(high); }
};

}  // namespace etch::kernels::scalar::inline ETCH_TARGET
