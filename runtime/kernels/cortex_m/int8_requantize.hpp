// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/requantize.hpp>

/// Requantization with the DSP instructions of Cortex-M4, M7 and M33.
namespace etch::kernels::cortex_m {

/// One channel's scale for shifts right by 1 to 21 bits, where `requantize_scaled` is exact.
struct Int8Rounding {
  std::int32_t multiplier;
  std::int32_t rounding;  ///< half a step and the output zero point, in steps of 2^-(before + 1)
  std::uint32_t before;   ///< bits to shift before the last one
};

/// Does `requantize_scaled` cover this scale? From 22 bits on, sums of 2^30 and more need not saturate.
constexpr bool rounds_fast(const Int8Scale& scale) {
  return static_cast<std::uint32_t>(~scale.shift) <= 20 &&
         (scale.multiplier >= 1 << 30 || scale.multiplier == 0);
}

/// \param zero twice the output zero point, plus 1
[[gnu::always_inline]] inline Int8Rounding int8_rounding(const Int8Scale& scale, std::int32_t zero) {
  const auto before = static_cast<std::uint32_t>(~scale.shift);
  return {scale.multiplier, static_cast<std::int32_t>(static_cast<std::uint32_t>(zero) << before), before};
}

/// requantize(acc) + zero point, limited to int8, in five instructions. The reference rounds twice, ties away
/// from zero the second time: what is negative gets 1 less before the half is added. Doubling saturates only
/// from |acc| = 2^30 on, where the result does too. Where the first rounding gives 0, 1 less changes nothing.
[[gnu::always_inline]] inline std::int32_t requantize_scaled(std::int32_t acc, const Int8Rounding& r) {
  std::int32_t y;
  asm("qadd %0, %1, %1" : "=r"(acc) : "r"(acc));
  asm("smmlar %0, %1, %2, %3" : "=r"(y) : "r"(acc), "r"(r.multiplier), "r"(r.rounding + (acc >> 31)));
  y >>= r.before;
  asm("ssat %0, #8, %1, asr #1" : "=r"(y) : "r"(y));
  return y;
}

}  // namespace etch::kernels::cortex_m
