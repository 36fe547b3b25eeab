// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/requantize.hpp>
#include <runtime/kernels/scalar/arithmetic.hpp>

namespace etch::kernels::inline ETCH_TARGET {

/// The general form, out of line: what is rarely needed is there once.
[[gnu::noinline]] inline std::int8_t requantize_any(std::int32_t acc, const Int8Scale& scale,
                                                    const Int8Io& io) {
  return requantize_to_int8(acc, scale, io);
}

/// Shifts right by 2 to 31 bits and multipliers of 2^30 and more, as TensorFlow Lite makes them, but for 0.
[[gnu::always_inline]] constexpr bool rounds_twice(const Int8Scale& scale) {
  return static_cast<std::uint32_t>(-2 - scale.shift) <= 29 && scale.multiplier >= 1 << 30;
}

/// Shifts right by 1 to 21 bits, for sums whose double is at hand: from 22 on, doubled sums that saturated
/// need not saturate in the result. Multipliers are 2^30 or more, or 0, as TensorFlow Lite makes them.
constexpr bool rounds_fast(const Int8Scale& scale) { return static_cast<std::uint32_t>(~scale.shift) <= 20; }

/// Results that are bounded more tightly than int8.
[[gnu::noinline]] inline void limit_bytes(std::int8_t* y, int count, const Int8Io& io) {
  if (io.lowest <= -128 && io.highest >= 127) return;
  for (; count > 0; --count, ++y) {
    if (*y < io.lowest) *y = static_cast<std::int8_t>(io.lowest);
    if (*y > io.highest) *y = static_cast<std::int8_t>(io.highest);
  }
}

}  // namespace etch::kernels::inline ETCH_TARGET

namespace etch::kernels::scalar::inline ETCH_TARGET {

/// Biases that are smaller than this, and sums of products that are, leave room for what `ChannelRounding`
/// does with them.
inline constexpr std::int32_t fast_bias = ETCH_ASSEMBLY ? 1 << 29 : 1 << 28;

/// Whether `ChannelRounding` covers all sums of a channel.
[[gnu::always_inline]] constexpr bool rounds_fast(const Int8Scale& scale, std::int32_t bias, int taps) {
  return etch::kernels::rounds_fast(scale) && taps < fast_bias >> 14 &&  // products are at most 2^14
         bias > -fast_bias && bias < fast_bias;
}

#if ETCH_ASSEMBLY
/// requantize(acc) + zero point, limited to int8, for many sums of one channel that `rounds_fast`. The
/// product of the doubled sum has the first result in its high half, to which comes what rounds the second:
/// half a step and the zero point. Ties of what is negative go away from zero if it gets 1 less before; where
/// the first result is 0 that changes nothing.
struct ChannelRounding {
  std::int32_t multiplier = 0;
  std::int32_t offset = 0;  ///< half a step and the output zero point, in steps of 2^-shift
  int shift = 0;

  ChannelRounding() = default;
  [[gnu::always_inline]] ChannelRounding(const Int8Scale& scale, std::int32_t zero_point)
      : multiplier(scale.multiplier),
        offset(static_cast<std::int32_t>(static_cast<std::uint32_t>(2 * zero_point + 1) << ~scale.shift)),
        shift(-scale.shift) {}

  [[gnu::always_inline]] std::int8_t operator()(std::int32_t acc) const {
    const std::int32_t rounded = add_high_product(2 * acc, multiplier, offset + (acc >> 31));
    return static_cast<std::int8_t>(saturate_to_byte(rounded >> shift));
  }
};
#else
/// requantize(acc) + zero point, limited to int8, for many sums of one channel that `rounds_fast`. Four times
/// the sum times the multiplier has twice the first result in its high half, but for a half that is rounded
/// up: with 1 it is halved and shifted at once, after half a step and the zero point have come to it. Ties of
/// what is negative go away from zero if the first result gets 1 less before; where it is 0 that changes
/// nothing.
class ChannelRounding {
 public:
  ChannelRounding() = default;
  [[gnu::always_inline]] ChannelRounding(const Int8Scale& scale, std::int32_t zero_point)
      : product_(scale.multiplier),
        offset_(static_cast<std::int32_t>(
            (static_cast<std::uint32_t>(2 * (zero_point + 128) + 1) << -scale.shift) + 1)),
        shift_(1 - scale.shift) {}

  [[gnu::always_inline]] std::int8_t operator()(std::int32_t acc) const {
    const std::int32_t rounded = rounded_twice(acc) + 2 * (acc >> 31);
    return static_cast<std::int8_t>(limited_to_byte<true>(shifted(rounded)) ^ 0x80);
  }

 protected:
  [[gnu::always_inline]] std::int32_t rounded_twice(std::int32_t acc) const {
    return product_(acc) + offset_;
  }
  [[gnu::always_inline]] std::int32_t shifted(std::int32_t rounded) const { return rounded >> shift_; }

 private:
  QuarterProduct product_;
  std::int32_t offset_ = 0;  ///< half a step and the output zero point, in steps of 2^-shift, from -128 on
  int shift_ = 0;
};

/// Where the output zero point is -128, as after a ReLU: what is negative becomes that, however it is
/// rounded.
struct RectifiedRounding : ChannelRounding {
  using ChannelRounding::ChannelRounding;
  [[gnu::always_inline]] explicit RectifiedRounding(const ChannelRounding& same) : ChannelRounding(same) {}
  static constexpr std::int32_t zero_point = -128;

  [[gnu::always_inline]] std::int8_t operator()(std::int32_t acc) const {
    const std::int32_t result = shifted(rounded_twice(not_negative(acc)));
    return static_cast<std::int8_t>(limited_to_byte<false>(result) ^ 0x80);
  }
};
#endif

/// For any scale.
struct AnyRounding {
  const Int8Scale* scale;
  const Int8Io* io;
  std::int8_t operator()(std::int32_t acc) const { return requantize_any(acc, *scale, *io); }
};

}  // namespace etch::kernels::scalar::inline ETCH_TARGET
