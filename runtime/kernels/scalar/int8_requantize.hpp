// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/requantize.hpp>

namespace etch::kernels {

/// The general form, out of line: what is rarely needed is there once.
[[gnu::noinline]] inline std::int8_t requantize_any(std::int32_t acc, const Int8Scale& scale,
                                                    const Int8Io& io) {
  return requantize_to_int8(acc, scale, io);
}

/// Shifts right by 2 to 31 bits and multipliers of 2^30 and more, as TensorFlow Lite makes them, but for 0.
[[gnu::always_inline]] constexpr bool rounds_twice(const Int8Scale& scale) {
  return static_cast<std::uint32_t>(-2 - scale.shift) <= 29 && scale.multiplier >= 1 << 30;
}

/// Results that are bounded more tightly than int8.
[[gnu::noinline]] inline void limit_bytes(std::int8_t* y, int count, const Int8Io& io) {
  if (io.lowest <= -128 && io.highest >= 127) return;
  for (; count > 0; --count, ++y) {
    if (*y < io.lowest) *y = static_cast<std::int8_t>(io.lowest);
    if (*y > io.highest) *y = static_cast<std::int8_t>(io.highest);
  }
}

}  // namespace etch::kernels

namespace etch::kernels::scalar {

/// Bounds of int8; on Arm one instruction.
[[gnu::always_inline]] inline std::int8_t saturate_to_byte(std::int32_t x) {
#if defined(__thumb2__)
  asm("ssat %0, #8, %0" : "+r"(x));
  return static_cast<std::int8_t>(x);
#else
  return static_cast<std::int8_t>(x < -128 ? -128 : x > 127 ? 127 : x);
#endif
}

/// requantize(acc) + zero point, limited to int8, for many sums of one channel whose scale `rounds_twice`:
/// exact for every sum.
/// - The multiplier is taken twice, so that the first result is the high half of the product. As int32 that
/// is
///   too small by 2^32: the sum itself is added, and the product's bit 31, which rounds.
/// - The second rounding is half up; ties of what is negative go away from zero if it gets 1 less before.
struct ChannelRounding {
  std::int32_t multiplier = 0;
  int shift = 0;            ///< one less than the shift right
  std::int32_t offset = 0;  ///< half a step and the output zero point, in halves

  ChannelRounding() = default;
  [[gnu::always_inline]] ChannelRounding(const Int8Scale& scale, std::int32_t zero_point)
      : multiplier(static_cast<std::int32_t>(static_cast<std::uint32_t>(scale.multiplier) << 1)),
        shift(~scale.shift),
        offset(2 * zero_point + 1) {}

  [[gnu::always_inline]] std::int8_t operator()(std::int32_t acc) const {
    const std::int64_t product = std::int64_t{acc} * multiplier;
    const auto high = static_cast<std::uint32_t>(product >> 32), low = static_cast<std::uint32_t>(product);
    auto rounded = static_cast<std::int32_t>(high + static_cast<std::uint32_t>(acc) + (low >> 31));
    rounded += rounded >> 31;
    return saturate_to_byte(((rounded >> shift) + offset) >> 1);
  }
};

/// For any scale.
struct AnyRounding {
  const Int8Scale& scale;
  const Int8Io& io;
  std::int8_t operator()(std::int32_t acc) const { return requantize_any(acc, scale, io); }
};

}  // namespace etch::kernels::scalar
