// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <arm_mve.h>

#include <runtime/kernels/portable/int8_pool.hpp>

namespace etch::kernels::helium {

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
          : "lr", "q0", "cc", "memory");
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

}  // namespace etch::kernels::helium
