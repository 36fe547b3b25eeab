// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/requantize.hpp>

/// Requantization with the DSP instructions of Cortex-M4, M7 and M33.
namespace etch::kernels::cortex_m {

/// The general form, out of line: what is rarely needed is there once.
[[gnu::noinline]] inline std::int8_t requantize_any(std::int32_t acc, const Int8Scale& scale,
                                                    const Int8Io& io) {
  return requantize_to_int8(acc, scale, io);
}

/// Does `requantize_scaled` cover this scale? It takes shifts right by 1 to 21 bits: from 22 on, sums of 2^30
/// and more need not saturate. Multipliers are 2^30 or more, or 0, as TensorFlow Lite makes them.
constexpr bool rounds_fast(const Int8Scale& scale) { return static_cast<std::uint32_t>(~scale.shift) <= 20; }

/// requantize(acc) + zero point, limited to int8, in five instructions and two for each channel. The
/// reference rounds twice, ties away from zero the second time: what is negative gets 1 less before the half
/// is added. Where the first rounding gives 0, 1 less changes nothing, so the sign may be that of the sum.
/// Doubling saturates only from |acc| = 2^30 on, where the result does too. \param zero twice the output zero
/// point, plus 1
[[gnu::always_inline]] inline std::int32_t requantize_scaled(std::int32_t acc, const Int8Scale& scale,
                                                             std::int32_t zero) {
  const auto before = static_cast<std::uint32_t>(~scale.shift);  // bits to shift before the last one
  const auto rounding = static_cast<std::int32_t>(static_cast<std::uint32_t>(zero) << before);
  asm("qadd %0, %0, %0" : "+r"(acc));
  asm("smmlar %0, %0, %1, %2" : "+r"(acc) : "r"(scale.multiplier), "r"(rounding + (acc >> 31)));
  acc >>= before;
  asm("ssat %0, #8, %0, asr #1" : "+r"(acc));
  return acc;
}

}  // namespace etch::kernels::cortex_m
