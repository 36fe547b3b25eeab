// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/dsp.hpp>
#include <runtime/kernels/dsp/int8_requantize.hpp>
#include <runtime/kernels/portable/int8_pool.hpp>

namespace etch::kernels::dsp::inline ETCH_TARGET {

/// Sums of four channels over `rows` of `columns` pixels, in pairs of int16: 255 pixels fit.
[[gnu::noinline]] inline void sum_four(const std::int8_t* x, int channels, int rows, int past_row,
                                       int columns, std::int32_t (&sums)[4]) {
  Pair even = 0, odd = 0;
  int room = 255;
  sums[0] = sums[1] = sums[2] = sums[3] = 0;
  const auto flush = [&]() __attribute__((always_inline)) {
    sums[0] += low(even);
    sums[1] += low(odd);
    sums[2] += high(even);
    sums[3] += high(odd);
    even = odd = 0;
    room = 255;
  };
  for (; rows > 0; --rows, x += past_row)
    for (int remaining = columns; remaining > 0;) {
      int n = remaining < room ? remaining : room;
      remaining -= n;
      room -= n;
      for (; n > 0; --n, x += channels) {
        const Pair bytes = load_word(x);
        even = sxtab16(even, bytes);
        odd = sxtab16_high(odd, bytes);
      }
      if (room == 0) flush();
    }
  flush();
}

[[gnu::noinline]] inline std::int32_t sum_one(const std::int8_t* x, int channels, int rows, int past_row,
                                              int columns) {
  std::int32_t sum = 0;
  for (; rows > 0; --rows, x += past_row)
    for (int n = columns; n > 0; --n, x += channels) sum += *x;
  return sum;
}

/// The result of a sum over `taps` pixels. \param scale null without one.
[[gnu::noinline]] inline std::int8_t average(std::int32_t sum, int taps, const Int8Io& io,
                                             const Int8Scale* scale) {
  if (scale) return requantize_any(sum - taps * io.input_zero_point, *scale, io);
  const std::int32_t mean = rounded_quotient(sum, taps);
  return static_cast<std::int8_t>(mean < io.lowest ? io.lowest : mean > io.highest ? io.highest : mean);
}

[[gnu::noinline]] inline void int8_pool(const Pool& d, const std::int8_t* x, const Int8Io& io,
                                        const Int8Scale* scale, std::int8_t* y) {
  const int channels = d.channels;
  for (int oy = 0; oy < d.out_height; ++oy)
    for (int ox = 0; ox < d.out_width; ++ox, y += channels) {
      const etch::kernels::detail::Window w = etch::kernels::detail::window_at(d, oy, ox);
      int rows = w.last_row - w.first_row, columns = w.last_column - w.first_column;
      const int past_row = (d.width - columns) * channels;
      if (past_row == 0) {  // whole rows follow one another
        columns *= rows;
        rows = 1;
      }
      const std::int8_t* const first = x + (w.first_row * d.width + w.first_column) * channels;
      int c = 0;
      for (; c + 4 <= channels; c += 4) {
        std::int32_t sums[4];
        sum_four(first + c, channels, rows, past_row, columns, sums);
        for (int i = 0; i < 4; ++i) y[c + i] = average(sums[i], w.taps(), io, scale);
      }
      for (; c < channels; ++c)
        y[c] = average(sum_one(first + c, channels, rows, past_row, columns), w.taps(), io, scale);
    }
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
