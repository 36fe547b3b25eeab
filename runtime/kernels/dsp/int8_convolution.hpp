// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_paired_call.hpp>
#include <runtime/kernels/dsp/int8_pointwise_eight.hpp>

namespace etch::kernels::dsp::inline ETCH_TARGET {

/// A single pixel: fully connected.
template <bool paired, class Scale>
[[gnu::noinline]] inline void one_pixel(const Int8Convolution& d, const std::int8_t* x, const std::int8_t* w,
                                        const std::int32_t* bias, const Scale* scale, const Int8Io& io,
                                        std::int8_t* y, std::int32_t* patch) {
  const Int8Call<Scale> f = int8_call(d, w, bias, scale, io);
  widen(x, d.channels, patch, alone);
  multiply_pixel<paired>(f, patch, y);
  limit_bytes(y, f.filters, io);
}

/// 1x1: four pixels at a time, read whole before any of their results is written.
template <Int8Layout layout, class Scale>
[[gnu::noinline]] inline void pointwise(const Int8Convolution& d, const std::int8_t* x, const std::int8_t* w,
                                        const std::int32_t* bias, const Scale* scale, const Int8Io& io,
                                        std::int8_t* y, std::int32_t* patch) {
  const Int8Call<Scale> f = int8_call(d, w, bias, scale, io);
  const int channels = d.channels;
  int pixels = d.y.out * d.x.out;
  std::int8_t* const results = y;
  const int safe = channels % 4 == 0 ? 4 : 5;  // what is read beyond a pixel is the next one
  for (; f.fours && pixels >= safe; pixels -= 4, x += 4 * channels, y += 4 * f.filters) {
    widen_four(x, channels, f.words, patch);
    multiply_pixels<layout>(f, patch, y);
  }
  if (f.fours && pixels == 4) {
    for (int i = 0; i < 4; ++i) widen(x + i * channels, channels, patch + 2 * i, among_four);
    multiply_pixels<layout>(f, patch, y);
    y += 4 * f.filters;
    pixels = 0;
  }
  for (; pixels > 0; --pixels, x += channels, y += f.filters) {
    widen(x, channels, patch, alone);
    multiply_pixel<layout != Int8Layout::rows>(f, patch, y);
  }
  limit_bytes(results, static_cast<int>(y - results), io);
}

/// k x k over gathered windows, in the order of results. Where the description is known and channels are no
/// whole words, rows of windows are put together in place; else windows are copied as bytes first.
template <bool known, Int8Layout layout, class Scale>
[[gnu::always_inline]] inline void windows(const Int8Convolution& d, const std::int8_t* x,
                                           const std::int8_t* w, const std::int32_t* bias, const Scale* scale,
                                           const Int8Io& io, std::int8_t* y, std::int32_t* patch) {
  const Int8Call<Scale> f = int8_call(d, w, bias, scale, io);
  const int width = d.x.kernel * d.channels, zero_point = io.input_zero_point;
  std::int8_t* const bytes = reinterpret_cast<std::int8_t*>(patch) + widened_bytes(d);
  std::int8_t* const results = y;
  int top = -d.y.before, left = -d.x.before, ox = 0;
  const auto within = [&](int pixels) __attribute__((always_inline)) {
    return d.x.dilation == 1 && top >= 0 && left >= 0 && top + (d.y.kernel - 1) * d.y.dilation < d.y.in &&
           left + (pixels - 1) * d.x.stride + d.x.kernel <= d.x.in;
  };
  const auto advance = [&](int pixels) __attribute__((always_inline)) {
    ox += pixels;
    left += pixels * d.x.stride;
    if (ox < d.x.out) return;
    ox = 0;
    left = -d.x.before;
    top += d.y.stride;
  };
  const auto from = [&]() __attribute__((always_inline)) { return x + (top * d.x.in + left) * d.channels; };
  const int step = d.x.stride * d.channels;
  int pixels = d.y.out * d.x.out;
  for (; f.fours && pixels >= 4; pixels -= 4, y += 4 * f.filters) {
    const bool inside = ox + 4 <= d.x.out && within(4);
    if (inside && width % 4 == 0) {
      std::int32_t* to = patch;
      const std::int8_t* row = from();
      for (int ky = 0; ky < d.y.kernel; ++ky, row += d.y.dilation * d.x.in * d.channels)
        to = widen_four(row, step, width / 4, to);
      advance(4);
    } else {
      for (int i = 0; i < 4; ++i, advance(1)) {
        const bool inner = (inside || within(1)) && width >= 4;
        if (known && d.channels % 4 != 0 && inner) {
          widen_rows(d, from(), patch + 2 * i);
        } else if (d.channels % 4 == 0 || (inner && width % 4 == 0)) {
          widen_window(d, x, top, left, zero_point, patch + 2 * i);
        } else {
          copy_window(d, x, top, left, zero_point, bytes);
          widen(bytes, d.row, patch + 2 * i, among_four);
        }
      }
    }
    multiply_pixels<layout>(f, patch, y);
  }
  for (; pixels > 0; --pixels, y += f.filters, advance(1)) {
    copy_window(d, x, top, left, zero_point, bytes);
    widen(bytes, d.row, patch, alone);
    multiply_pixel<layout != Int8Layout::rows>(f, patch, y);
  }
  limit_bytes(results, static_cast<int>(y - results), io);
}

template <Int8Layout layout, class Scale>
[[gnu::noinline]] inline void windows_shared(const Int8Convolution& d, const std::int8_t* x,
                                             const std::int8_t* w, const std::int32_t* bias,
                                             const Scale* scale, const Int8Io& io, std::int8_t* y,
                                             std::int32_t* patch) {
  windows<false, layout>(d, x, w, bias, scale, io, y, patch);
}

template <Int8Layout layout, class Scale>
[[gnu::always_inline]] inline void convolution_of(const Int8Convolution& d, const std::int8_t* x,
                                                  const std::int8_t* w, const std::int32_t* bias,
                                                  const Scale* scale, const Int8Io& io, std::int8_t* y,
                                                  std::int8_t* scratch) {
  std::int32_t* const patch = reinterpret_cast<std::int32_t*>(scratch);
  if (d.pointwise() && d.y.out * d.x.out == 1)
    one_pixel<layout != Int8Layout::rows>(d, x, w, bias, scale, io, y, patch);
  else if (layout == Int8Layout::rows && of_eight(d))
    pointwise_eight(d, x, w, bias, scale, io, y, patch);
  else if (d.pointwise())
    pointwise<layout>(d, x, w, bias, scale, io, y, patch);
  else if (d.channels % 4 == 0)
    windows_shared<layout>(d, x, w, bias, scale, io, y, patch);
  else
    windows<true, layout>(d, x, w, bias, scale, io, y, patch);
}

template <class Scale>
[[gnu::always_inline]] inline void int8_convolution(const Int8Convolution& d, const std::int8_t* x,
                                                    const std::int8_t* w, const std::int32_t* bias,
                                                    const Scale* scale, const Int8Io& io, std::int8_t* y,
                                                    std::int8_t* scratch) {
  convolution_of<Int8Layout::rows>(d, x, w, bias, scale, io, y, scratch);
}

template <class Scale>
[[gnu::always_inline]] inline void int8_paired_convolution(const Int8Convolution& d, const std::int8_t* x,
                                                           const std::int8_t* w, const std::int32_t* bias,
                                                           const Scale* scale, const Int8Io& io,
                                                           std::int8_t* y, std::int8_t* scratch) {
  if (d.filters % 2 == 0)
    convolution_of<Int8Layout::pairs>(d, x, w, bias, scale, io, y, scratch);
  else
    convolution_of<Int8Layout::pairs_and_row>(d, x, w, bias, scale, io, y, scratch);
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
