// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/cortex_m/int8_multiply.hpp>
#include <runtime/kernels/cortex_m/int8_patch.hpp>

namespace etch::kernels::cortex_m {

/// Results that are bounded more tightly than int8.
[[gnu::noinline]] inline void limit(std::int8_t* y, int count, const Int8Io& io) {
  for (; count > 0; --count, ++y) {
    if (*y < io.lowest) *y = static_cast<std::int8_t>(io.lowest);
    if (*y > io.highest) *y = static_cast<std::int8_t>(io.highest);
  }
}

/// 1x1: four pixels at a time, read whole before any of their results is written.
[[gnu::noinline]] inline void pointwise(const Int8Filters& f, int pixels, int channels, const std::int8_t* x,
                                        std::int8_t* y, std::int32_t* patch) {
  for (; pixels >= 4; pixels -= 4, x += 4 * channels, y += 4 * f.filters) {
    if (channels % 4 == 0 || pixels > 4)
      widen_four(x, channels, f.words, patch);
    else
      for (int i = 0; i < 4; ++i) widen(x + i * channels, channels, patch + 2 * i, 8);
    multiply_four(f, patch, y);
  }
  for (; pixels > 0; --pixels, x += channels, y += f.filters) {
    widen(x, channels, patch, 2);
    multiply_one(f, patch, y);
  }
}

/// The window at (top, left), widened. Rows of whole words need no copy as bytes.
[[gnu::always_inline]] inline void widen_window(const Int8Convolution& d, const std::int8_t* x, int top,
                                                int left, std::int32_t outside, std::int8_t* bytes,
                                                std::int32_t* to, int step) {
  const int width = d.x.kernel * d.channels;
  if (width % 4 == 0 && d.x.dilation == 1 && top >= 0 && left >= 0 &&
      top + (d.y.kernel - 1) * d.y.dilation < d.y.in && left + d.x.kernel <= d.x.in) {
    const std::int8_t* from = x + (top * d.x.in + left) * d.channels;
    for (int ky = 0; ky < d.y.kernel; ++ky, from += d.y.dilation * d.x.in * d.channels)
      to = widen_words(from, width / 4, to, step);
    return;
  }
  gather(d, x, top, left, outside, bytes);
  widen_words(bytes, d.row / 4, to, step);
}

/// One filter after the other over patches, in the order of results.
[[gnu::always_inline]] inline void windows(const Int8Convolution& d, const Int8Filters& f,
                                           const std::int8_t* x, std::int8_t* y, std::int32_t* patch) {
  std::int8_t* const bytes = reinterpret_cast<std::int8_t*>(patch) + widened_bytes(d);
  int oy = 0, ox = 0;
  for (int pixels = d.y.out * d.x.out; pixels > 0;) {
    const int count = pixels >= 4 ? 4 : 1;
    for (int i = 0; i < count; ++i) {
      widen_window(d, x, oy * d.y.stride - d.y.before, ox * d.x.stride - d.x.before, f.io.input_zero_point,
                   bytes, patch + 2 * i, 2 * count);
      if (++ox == d.x.out) ox = 0, ++oy;
    }
    if (count == 4)
      multiply_four(f, patch, y);
    else
      multiply_one(f, patch, y);
    y += count * f.filters;
    pixels -= count;
  }
}

[[gnu::always_inline]] inline void int8_convolution(const Int8Convolution& d, const std::int8_t* x,
                                                    const std::int8_t* w, const std::int32_t* bias,
                                                    const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                                    std::int8_t* scratch) {
  const Int8Filters f{w, bias, scale, d.row / 4, d.filters, d.per_channel, io};
  std::int32_t* const patch = reinterpret_cast<std::int32_t*>(scratch);
  if (d.pointwise())
    pointwise(f, d.y.out * d.x.out, d.channels, x, y, patch);
  else
    windows(d, f, x, y, patch);
  if (io.lowest > -128 || io.highest < 127) limit(y, d.y.out * d.x.out * d.filters, io);
}

}  // namespace etch::kernels::cortex_m
