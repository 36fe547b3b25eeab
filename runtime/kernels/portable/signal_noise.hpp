// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <bit>
#include <cstdint>

namespace etch::kernels {

/// Noise is estimated by smoothing the signal of each channel over time, and taken away from it. Factors are
/// in 2^-`subtraction_bits`; channels of odd numbers have factors of their own.
struct SignalSubtraction {
  std::uint32_t alternate_one_minus_smoothing = 0, alternate_smoothing = 0;
  std::int32_t clamping = 0;               ///< 0 or 1: the estimate falls with the signal at once
  std::uint32_t min_signal_remaining = 0;  ///< the part of a signal that is never taken away
  std::uint32_t one_minus_smoothing = 0, smoothing = 0;
  std::int32_t smoothing_bits = 0;  ///< with which an estimate is finer than the signal
  std::int32_t subtraction_bits = 0;
  constexpr bool operator==(const SignalSubtraction&) const = default;
};

namespace detail {

/// One channel: its signal without the noise. \param estimate what is kept from frame to frame.
[[gnu::always_inline]] inline std::uint32_t subtract_noise(const SignalSubtraction& d, bool odd,
                                                           std::uint32_t x, std::uint32_t& estimate) {
  const std::uint64_t smoothing = odd ? d.alternate_smoothing : d.smoothing,
                      rest = odd ? d.alternate_one_minus_smoothing : d.one_minus_smoothing;
  const std::uint32_t fine = x << d.smoothing_bits;
  estimate = static_cast<std::uint32_t>((fine * smoothing + estimate * rest) >> d.subtraction_bits);
  const std::uint32_t noise = estimate < fine ? estimate : fine;
  if (d.clamping) estimate = noise;
  const auto least =
      static_cast<std::uint32_t>((std::uint64_t{x} * d.min_signal_remaining) >> d.subtraction_bits);
  const std::uint32_t signal = (fine - noise) >> d.smoothing_bits;
  return signal > least ? signal : least;
}

/// A function that is given by parabolas between powers of two: three numbers each, four places apart.
[[gnu::always_inline]] inline std::int32_t wide_function(std::uint32_t x, const std::int16_t* table) {
  if (x <= 2) return table[x];
  const int bits = static_cast<int>(std::bit_width(x));
  const std::int16_t* const at = table + 4 * bits - 6;
  const auto part = static_cast<std::int32_t>((bits < 11 ? x << (11 - bits) : x >> (bits - 11)) & 1023);
  const std::int32_t slope = ((at[2] * part) >> 5) + at[1] * 32;
  return static_cast<std::int16_t>(((slope * part + (1 << 14)) >> 15) + at[0]);
}

}  // namespace detail

/// \param estimate [channels], kept from frame to frame. \param noise a copy of it, as it is now.
[[gnu::always_inline]] inline void signal_subtraction(const SignalSubtraction& d, int channels,
                                                      const std::uint32_t* x, std::uint32_t* estimate,
                                                      std::uint32_t* y, std::uint32_t* noise) {
  for (int c = 0; c < channels; ++c) {
    y[c] = detail::subtract_noise(d, (c & 1) != 0, x[c], estimate[c]);
    noise[c] = estimate[c];
  }
}

/// Numbers of a table for `signal_pcan`: of 0, 1 and 2, and the parabolas up to 2^32.
inline constexpr int gain_table_size = 125;

/// Per-channel energy normalization: a gain that follows from the noise, then a curve that is a parabola up
/// to 2 and a line from there. Signals come out in 1/64. `y` may be `x`.
[[gnu::always_inline]] inline void signal_pcan(int channels, int shift, const std::uint32_t* x,
                                               const std::uint32_t* noise, const std::int16_t* gains,
                                               std::uint32_t* y) {
  for (int c = 0; c < channels; ++c) {
    const auto gain = static_cast<std::uint32_t>(detail::wide_function(noise[c], gains));
    const auto ratio = static_cast<std::uint32_t>((std::uint64_t{x[c]} * gain) >> shift);  // in 1/4096
    y[c] = ratio < 2U << 12 ? (ratio * ratio) >> 20 : (ratio >> 6) - (1U << 6);
  }
}

}  // namespace etch::kernels
