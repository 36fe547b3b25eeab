// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/scalar/int8_requantize.hpp>

/// Requantization with the DSP instructions of Cortex-M4, M7 and M33.
namespace etch::kernels::dsp::inline ETCH_TARGET {

/// For scales that `rounds_twice`: requantize(acc) + zero point, limited to int8, in four instructions, and
/// four for each channel; exact for every sum. Both roundings are high halves of products: `smmlar` adds half
/// and a third operand.
/// - The first is that of acc * 2 multiplier, which as int32 is too small by 2^32: acc itself is added.
/// - The second, by 2^(32 - bits), must round ties away from zero: what is negative gets 1 less before. Where
///   the first gives 0 that changes nothing, so the sign may be that of the sum.
[[gnu::always_inline]] inline std::int32_t requantize_scaled(std::int32_t acc, const Int8Scale& scale,
                                                             std::int32_t zero_point) {
  const auto multiplier = static_cast<std::int32_t>(static_cast<std::uint32_t>(scale.multiplier) << 1);
  const auto step = static_cast<std::int32_t>(0x80000000u >> ~scale.shift);
  const auto less =
      static_cast<std::int32_t>(static_cast<std::uint32_t>(acc) + static_cast<std::uint32_t>(acc >> 31));
  asm("smmlar %0, %0, %1, %2" : "+r"(acc) : "r"(multiplier), "r"(less));
  asm("smmlar %0, %0, %1, %2" : "+r"(acc) : "r"(step), "r"(zero_point));
  asm("ssat %0, #8, %0" : "+r"(acc));
  return acc;
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
