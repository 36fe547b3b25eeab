// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_requantize.hpp>
#include <runtime/kernels/dsp/int8_sums.hpp>

namespace etch::kernels::dsp::inline ETCH_TARGET {

/// Where sums of channels side by side become results.
template <class Scale>
struct SmallResults {
  const std::int32_t* bias;
  const Scale* scale;
  int scale_step;  ///< 1, or 0 where all have one scale
  const Int8Io* io;
  std::int8_t* y;
};

[[gnu::always_inline]] inline std::int8_t limited(std::int32_t x, std::int32_t lowest, std::int32_t highest) {
  x = x < lowest ? lowest : x;
  x = x > highest ? highest : x;
  return static_cast<std::int8_t>(x);
}

/// \param sum without the bias. \param count above 0
template <class Scale>
[[gnu::noinline]] inline void put_channels(const SmallResults<Scale>& r, const std::int32_t* sum, int count) {
  const std::int32_t zero_point = r.io->output_zero_point, lowest = r.io->lowest, highest = r.io->highest;
  const std::int32_t* bias = r.bias;
  const Scale* scale = r.scale;
  std::int8_t* y = r.y;
  do {
    const std::int32_t raw = *bias++ + *sum++;
    *y++ = limited(rounds_twice(*scale) ? requantize_scaled(raw, *scale, zero_point)
                                        : std::int32_t{requantize_any(raw, *scale, *r.io)},
                   lowest, highest);
    scale += r.scale_step;
  } while (--count > 0);
}

/// One channel of four pixels, `step` bytes apart.
[[gnu::always_inline]] inline void put_pixels(const std::int32_t (&sum)[4], std::int32_t bias,
                                              const Int8Scale& scale, const Int8Io& io, std::int8_t* y,
                                              int step) {
  const bool fast = rounds_twice(scale);
  const ChannelRounding rounding(scale, io);
  const std::int32_t lowest = io.lowest, highest = io.highest;
  for (const std::int32_t s : sum) {
    const std::int32_t raw = s + bias;
    *y = limited(fast ? requantize_sum(raw, rounding) : requantize_any(raw, scale, io), lowest, highest);
    y += step;
  }
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
