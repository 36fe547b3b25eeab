// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/cortex_m/dsp.hpp>
#include <runtime/kernels/cortex_m/int8_requantize.hpp>

namespace etch::kernels::cortex_m {

/// Which sums of int8 products can be doubled without overflow, and fill the range of int8.
struct SumRange {
  bool full_range;
  std::int32_t largest;  ///< bias

  SumRange(const Int8Io& io, int taps)
      : full_range(io.lowest <= -128 && io.highest >= 127), largest((1 << 30) - 1 - taps * 128 * 128) {}
  bool fits(std::int32_t bias) const { return full_range && bias <= largest && bias >= -largest; }
};

/// `requantize_to_int8`, once for all that need it now and then.
[[gnu::noinline]] inline std::int8_t requantize_apart(std::int32_t acc, const Int8Scale& scale,
                                                      const Int8Io& io) {
  return requantize_to_int8(acc, scale, io);
}

/// What a channel's sums become: `requantize_scaled` of sums whose double is at hand, in four instructions.
struct DoubledRounding {
  std::int32_t multiplier, offset;
  std::uint32_t shift;
};

[[gnu::always_inline]] inline std::int8_t requantize_doubled(std::int32_t doubled, const DoubledRounding& r) {
  const std::int32_t y = smmlar(doubled, r.multiplier, r.offset + (doubled >> 31));
  return static_cast<std::int8_t>(saturate_to_byte(y >> r.shift));
}

/// For shifts right of 1 to 21 bits: `rounds_fast`.
[[gnu::always_inline]] inline DoubledRounding doubled_rounding(const Int8Scale& scale, const Int8Io& io) {
  const auto before = static_cast<std::uint32_t>(~scale.shift);  // bits to shift before the last one
  const auto zero = static_cast<std::uint32_t>(2 * io.output_zero_point + 1);
  return {scale.multiplier, static_cast<std::int32_t>(zero << before), before + 1};
}

}  // namespace etch::kernels::cortex_m
