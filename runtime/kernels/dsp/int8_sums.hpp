// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/dsp.hpp>
#include <runtime/kernels/dsp/int8_requantize.hpp>

namespace etch::kernels::dsp::inline ETCH_TARGET {

/// `requantize_scaled` of many sums of one channel.
struct ChannelRounding {
  std::int32_t multiplier, step, zero_point;

  /// For scales that `rounds_twice`.
  [[gnu::always_inline]] ChannelRounding(const Int8Scale& scale, const Int8Io& io)
      : multiplier(static_cast<std::int32_t>(static_cast<std::uint32_t>(scale.multiplier) << 1)),
        step(static_cast<std::int32_t>(0x80000000U >> ~scale.shift)),
        zero_point(io.output_zero_point) {}
};

[[gnu::always_inline]] inline std::int8_t requantize_sum(std::int32_t sum, const ChannelRounding& r) {
  const auto less =
      static_cast<std::int32_t>(static_cast<std::uint32_t>(sum) + static_cast<std::uint32_t>(sum >> 31));
  const std::int32_t y = smmlar(smmlar(sum, r.multiplier, less), r.step, r.zero_point);
  return static_cast<std::int8_t>(saturate_to_byte(y));
}

/// Requantization of sums whose double is at hand and does not overflow, for scales that `rounds_fast`.
struct DoubledRounding {
  std::int32_t multiplier = 0;
  std::int32_t offset = 0;  ///< half a step and the output zero point, in steps of 2^-shift
  std::uint32_t shift = 0;

  DoubledRounding(std::int32_t m, std::int32_t o, std::uint32_t s) : multiplier(m), offset(o), shift(s) {}
  [[gnu::always_inline]] DoubledRounding(const Int8Scale& scale, std::int32_t zero_point)
      : multiplier(scale.multiplier),
        offset(static_cast<std::int32_t>(static_cast<std::uint32_t>(2 * zero_point + 1) << ~scale.shift)),
        shift(static_cast<std::uint32_t>(-scale.shift)) {}
};

[[gnu::always_inline]] inline std::int32_t round_doubled(std::int32_t doubled, const DoubledRounding& r) {
  return smmlar(doubled, r.multiplier, r.offset + (doubled >> 31)) >> r.shift;
}

[[gnu::always_inline]] inline std::int8_t requantize_doubled(std::int32_t doubled, const DoubledRounding& r) {
  return static_cast<std::int8_t>(saturate_to_byte(round_doubled(doubled, r)));
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
