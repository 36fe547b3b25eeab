// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/requantize.hpp>

#include <cstdint>
#include <span>

namespace etch {

/// The least and the largest number that an element of an int8 value can be, whatever the model's input.
struct Int8Range {
  std::int8_t low = -128, high = 127;
  constexpr bool fixed() const { return low == high; }
  constexpr bool operator==(const Int8Range&) const = default;

  /// Begins with the first number that it is widened to hold.
  static constexpr Int8Range nothing() { return {127, -128}; }
  constexpr void hold(std::int8_t number) {
    if (number < low) low = number;
    if (number > high) high = number;
  }
};
using Int8Ranges = std::span<const Int8Range>;

/// The same of a number of any type up to 32 bits.
struct NumberRange {
  std::int32_t low = 0, high = 0;
};
inline constexpr NumberRange any_int16{-32768, 32767};

/// What all numbers of a value lie within. \param ranges none of a value of int16, whose numbers may be any.
constexpr NumberRange range_of_all(Int8Ranges ranges) {
  if (ranges.empty()) return any_int16;
  NumberRange all{ranges[0].low, ranges[0].high};
  for (const Int8Range& number : ranges) {
    if (number.low < all.low) all.low = number.low;
    if (number.high > all.high) all.high = number.high;
  }
  return all;
}

/// Both ends of ranges, one beside the other: a value of twice as many channels. What rises with its input,
/// channel by channel, gives the ends of its results of them.
inline const std::int8_t* ends_of(Int8Ranges ranges) { return &ranges.data()->low; }
inline std::int8_t* ends_of(std::span<Int8Range> ranges) { return &ranges.data()->low; }
static_assert(sizeof(Int8Range) == 2);

/// The least and the largest that a sum of products can be.
struct SumRange {
  std::int64_t low = 0, high = 0;

  /// \param x an `Int8Range` or a `NumberRange`; products fit 32 bits.
  template <class Range = Int8Range>
  constexpr void add(std::int32_t w, const Range& x) {
    low += w * (w >= 0 ? +x.low : +x.high);
    high += w * (w >= 0 ? +x.high : +x.low);
  }
  /// Where the sum can leave 32 bits on its way, nothing but the bounds is known of the result.
  constexpr Int8Range requantized(const kernels::Int8Scale& scale, const kernels::Int8Io& io) const {
    if (scale.multiplier < 0 || low < INT32_MIN || high > INT32_MAX)
      return {static_cast<std::int8_t>(io.lowest), static_cast<std::int8_t>(io.highest)};
    return {kernels::requantize_to_int8(static_cast<std::int32_t>(low), scale, io),
            kernels::requantize_to_int8(static_cast<std::int32_t>(high), scale, io)};
  }
};

}  // namespace etch
