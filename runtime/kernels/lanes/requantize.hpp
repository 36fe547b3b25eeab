// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/lanes/convert.hpp>
#include <runtime/kernels/portable/requantize.hpp>

namespace etch::kernels::lanes::inline ETCH_TARGET {

/// A scale as vectors apply it: of shifts to the right, or of none.
struct RightScale {
  std::int32_t multiplier = 0;
  std::int32_t shift = 0;  ///< one less than the places that the number goes right, 0 where it stays
  std::int32_t stays = 0;  ///< all ones where it does
};

constexpr bool goes_right(const Int8Scale& s) { return s.multiplier >= 0 && s.shift <= 0; }
constexpr RightScale right_scale(const Int8Scale& s) {
  return {s.multiplier, s.shift < 0 ? ~s.shift : 0,
          s.shift < 0 ? 0 : -1};  // ~: for any shift, since not all are used
}

/// x = rounding_shift of doubling_high_multiply: `requantize` of scales that go right. What is negative loses
/// one, so that the last bit that goes away rounds ties away from zero; neither step leaves 32 bits, because
/// the high half of a product is smaller than its operands.
template <int n>
[[gnu::always_inline]] inline void requantize_right(Words<n>& x, const Words<n>& multiplier,
                                                    const Words<n>& shift, const Words<n>& stays) {
  Words<n> high;
  high_products<n>(x, multiplier, high);
  const Words<n> moved = (((high + (high >> 31)) >> shift) + 1) >> 1;
  x = (high & stays) | (moved & ~stays);
}

/// The same where all numbers have one scale.
template <int n>
[[gnu::always_inline]] inline void requantize_right(Words<n>& x, const RightScale& s) {
  Words<n> high;
  high_products<n>(x, Words<n>{} + s.multiplier, high);
  x = s.stays != 0 ? high : (((high + (high >> 31)) >> s.shift) + 1) >> 1;
}

/// Bounds and zero point of results. They are compared before the zero point is added: then no sum saturates.
struct Bounds {
  std::int32_t lowest, highest, zero_point;
};
constexpr Bounds bounds_of(const Int8Io& io) {
  return {io.lowest - io.output_zero_point, io.highest - io.output_zero_point, io.output_zero_point};
}
template <int n>
[[gnu::always_inline]] inline void bring_within(Words<n>& x, const Bounds& b) {
  const Words<n> lowest = Words<n>{} + b.lowest, highest = Words<n>{} + b.highest;
  x = x < lowest ? lowest : x;
  x = (x > highest ? highest : x) + b.zero_point;
}

}  // namespace etch::kernels::lanes::inline ETCH_TARGET
