// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/mve/int8_filters.hpp>
#include <runtime/kernels/mve/int8_patch.hpp>
#include <runtime/kernels/mve/int8_scratch.hpp>

namespace etch::kernels::mve::inline ETCH_TARGET {

/// Pixels two at a time. Both are read before either is written: the result may overwrite them.
[[gnu::noinline]] inline void convolve_pointwise(const Int8Convolution& d, const std::int8_t* x,
                                                 const std::int8_t* w, const std::int32_t* bias,
                                                 const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                                 std::int8_t* scratch) {
  Filters f;
  set_filters(f, d, w, bias, scale, io, scratch);
  const int channels = d.channels;
  int pixels = d.y.out * d.x.out;
  if (f.pairs)
    for (; pixels >= 2; pixels -= 2, x += 2 * channels, y += 2 * f.count) {
      interleave(x, x + channels, f.taps(), scratch);
      two_pixels(f, y);
    }
  for (; pixels > 0; --pixels, x += channels, y += f.count) {
    pad_to_vectors(x, f.taps(), scratch);
    one_pixel(f, y);
  }
}

/// Windows are cut out by code of their own for each layer: two at a time, of channels that fill vectors:
/// they are laid out by turns at once.
[[gnu::always_inline]] inline void convolve_vectors(const Int8Convolution& d, Filters& f,
                                                    const std::int8_t* x, std::int8_t* y,
                                                    std::int8_t* scratch) {
  for (int oy = 0; oy < d.y.out; ++oy) {
    const int top = oy * d.y.stride - d.y.before;
    int ox = 0;
    if (f.pairs)
      for (; ox + 2 <= d.x.out; ox += 2, y += 2 * d.filters) {
        for (int i = 0; i < 2; ++i)
          gather_window<32>(d, x, top, (ox + i) * d.x.stride - d.x.before, f.io->input_zero_point,
                            scratch + 16 * i);
        two_pixels(f, y);
      }
    for (; ox < d.x.out; ++ox, y += d.filters) {
      gather_window<16>(d, x, top, ox * d.x.stride - d.x.before, f.io->input_zero_point, scratch);
      one_pixel(f, y);
    }
  }
}

/// Windows of any number of channels: laid out one by one, then by turns.
[[gnu::always_inline]] inline void convolve_windows(const Int8Convolution& d, Filters& f,
                                                    const std::int8_t* x, std::int8_t* y,
                                                    std::int8_t* scratch) {
  const int patch = vectors_of_16(d.taps());
  const bool pairs = f.pairs && d.y.out * d.x.out > 1;
  std::int8_t* const window = scratch + (pairs ? 2 : 1) * patch;
  int waiting = 0;
  for (int oy = 0; oy < d.y.out; ++oy)
    for (int ox = 0; ox < d.x.out; ++ox) {
      gather_window<16>(d, x, oy * d.y.stride - d.y.before, ox * d.x.stride - d.x.before,
                        f.io->input_zero_point, window + waiting * patch);
      if (pairs && waiting == 0) {
        waiting = 1;
      } else if (pairs) {
        interleave(window, window + patch, f.taps(), scratch);
        two_pixels(f, y);
        y += 2 * d.filters;
        waiting = 0;
      } else {
        pad_to_vectors(window, f.taps(), scratch);
        one_pixel(f, y);
        y += d.filters;
      }
    }
  if (waiting == 0) return;
  pad_to_vectors(window, f.taps(), scratch);
  one_pixel(f, y);
}

/// \param scratch `int8_convolution_scratch` bytes.
[[gnu::always_inline]] inline void int8_convolution(const Int8Convolution& d, const std::int8_t* x,
                                                    const std::int8_t* w, const std::int32_t* bias,
                                                    const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                                    std::int8_t* scratch) {
  if (d.pointwise()) return convolve_pointwise(d, x, w, bias, scale, io, y, scratch);
  Filters f;
  set_filters(f, d, w, bias, scale, io, scratch);
  if (d.channels % 16 == 0)
    convolve_vectors(d, f, x, y, scratch);
  else
    convolve_windows(d, f, x, y, scratch);
}

}  // namespace etch::kernels::mve::inline ETCH_TARGET
