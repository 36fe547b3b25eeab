// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <arm_mve.h>

#include <runtime/kernels/portable/int8_pool.hpp>

namespace etch::kernels::mve::inline ETCH_TARGET {

/// Sums of up to eight channels over `rows` of `columns` pixels. 255 pixels of a sum fit 16 bits.
[[gnu::noinline]] inline void sum_eight(const std::int8_t* x, int channels, int step, int rows, int row_step,
                                        int columns, std::int32_t (&sums)[8]) {
  const auto count = static_cast<std::uint32_t>(channels);
  int32x4_t even = vdupq_n_s32(0), odd = even;
  for (; rows > 0; --rows, x += row_step)
    for (int at = 0; at < columns; at += 255) {
      int16x8_t part = vdupq_n_s16(0);
      const std::int8_t* pixel = x + at * step;
      const int pixels = columns - at < 255 ? columns - at : 255;
      asm volatile(
          "vctp.16 %[count]\n\t"
          "dls lr, %[pixels]\n"
          "1:\n\t"
          "vpst\n\t"
          "vldrbt.s16 q0, [%[x]]\n\t"
          "vadd.i16 %q[part], %q[part], q0\n\t"
          "add %[x], %[x], %[step]\n\t"
          "le lr, 1b"
          : [x] "+l"(pixel), [part] "+w"(part)
          : [step] "r"(step), [pixels] "r"(pixels), [count] "r"(count)
          : "lr", "q0", "p0", "cc", "memory");
      even = vaddq_s32(even, vmovlbq_s16(part));
      odd = vaddq_s32(odd, vmovltq_s16(part));
    }
  const int32x4x2_t both{{even, odd}};
  vst2q_s32(sums, both);
}

/// Eight channels of a window at a time; windows of one row of pixels after the other are one row.
[[gnu::noinline]] inline void average_window(const Pool& d, const detail::Window& w, const std::int8_t* x,
                                             const Int8Io& io, const Int8Scale* scale, std::int8_t* y) {
  int rows = w.last_row - w.first_row, columns = w.last_column - w.first_column;
  if (columns == d.width) {
    columns *= rows;
    rows = 1;
  }
  x += (w.first_row * d.width + w.first_column) * d.channels;
  for (int c = 0; c < d.channels; c += 8) {
    const int count = d.channels - c < 8 ? d.channels - c : 8;
    std::int32_t sums[8];
    sum_eight(x + c, count, d.channels, rows, d.width * d.channels, columns, sums);
    for (int i = 0; i < count; ++i) {
      if (scale) {
        *y++ = requantize_to_int8(sums[i] - w.taps() * io.input_zero_point, *scale, io);
        continue;
      }
      const std::int32_t mean = rounded_quotient(sums[i], w.taps());
      *y++ = static_cast<std::int8_t>(mean < io.lowest ? io.lowest : mean > io.highest ? io.highest : mean);
    }
  }
}

/// Averages: the channels of a window are read before they are written, eight at a time.
[[gnu::always_inline]] inline void int8_pool(const Pool& d, const std::int8_t* x, const Int8Io& io,
                                             const Int8Scale* scale, std::int8_t* y) {
  for (int oy = 0; oy < d.out_height; ++oy)
    for (int ox = 0; ox < d.out_width; ++ox, y += d.channels)
      average_window(d, detail::window_at(d, oy, ox), x, io, scale, y);
}

/// The largest of up to 16 channels over `rows` of `columns` pixels.
[[gnu::noinline]] inline int8x16_t largest_sixteen(const std::int8_t* x, int channels, int step, int rows,
                                                   int row_step, int columns) {
  int8x16_t best = vdupq_n_s8(-128);
  for (; rows > 0; --rows, x += row_step) {
    const std::int8_t* pixel = x;
    asm volatile(
        "vctp.8 %[channels]\n\t"
        "dls lr, %[columns]\n"
        "1:\n\t"
        "vpst\n\t"
        "vldrbt.8 q0, [%[x]]\n\t"
        "vmax.s8 %q[best], %q[best], q0\n\t"
        "add %[x], %[x], %[step]\n\t"
        "le lr, 1b"
        : [x] "+r"(pixel), [best] "+w"(best)
        : [step] "r"(step), [columns] "r"(columns), [channels] "r"(channels)
        : "lr", "q0", "p0", "cc", "memory");
  }
  return best;
}

/// Max pooling: 16 channels of a window are read before they are written.
[[gnu::noinline]] inline void int8_max_pool(const Pool& d, const std::int8_t* x, std::int8_t* y) {
  for (int oy = 0; oy < d.out_height; ++oy)
    for (int ox = 0; ox < d.out_width; ++ox) {
      const detail::Window w = detail::window_at(d, oy, ox);
      const std::int8_t* const from = x + (w.first_row * d.width + w.first_column) * d.channels;
      for (int c = 0; c < d.channels; c += 16, y += 16) {
        const int count = d.channels - c < 16 ? d.channels - c : 16;
        const int8x16_t best = largest_sixteen(from + c, count, d.channels, w.last_row - w.first_row,
                                               d.width * d.channels, w.last_column - w.first_column);
        vstrbq_p_s8(y, best, vctp8q(static_cast<std::uint32_t>(count)));
      }
      y += d.channels - (d.channels + 15) / 16 * 16;
    }
}

}  // namespace etch::kernels::mve::inline ETCH_TARGET
