// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_patch.hpp>

namespace etch::kernels::dsp::inline ETCH_TARGET {

/// The bytes of a window, tap by tap.
[[gnu::always_inline]] inline void copy_taps(const Int8Convolution& d, const std::int8_t* x, int top,
                                             int left, std::int32_t outside, std::int8_t* to) {
  for (int ky = 0; ky < d.y.kernel; ++ky)
    for (int kx = 0; kx < d.x.kernel; ++kx) {
      const int iy = top + ky * d.y.dilation, ix = left + kx * d.x.dilation;
      const bool inside = iy >= 0 && iy < d.y.in && ix >= 0 && ix < d.x.in;
      const std::int8_t* from = x + (iy * d.x.in + ix) * d.channels;
      for (int c = d.channels; c > 0; --c, ++from) *to++ = static_cast<std::int8_t>(inside ? *from : outside);
    }
}

/// Pixels are read whole before their results are written; windows by way of their bytes.
/// \param four_by_all(y), one_by_all(y) multiply pixels that are widened
template <class Four, class One>
[[gnu::always_inline]] inline void each_pixel(const Int8Convolution& d, const std::int8_t* x,
                                              const Int8Io& io, std::int8_t* y, std::int8_t* scratch,
                                              Four four_by_all, One one_by_all) {
  std::int32_t* const patch = reinterpret_cast<std::int32_t*>(scratch);
  std::int8_t* const window = scratch + (d.y.out * d.x.out >= 4 ? 8 : 2) * d.row;
  int remaining = d.y.out * d.x.out, oy = 0, ox = 0;
  while (remaining > 0) {
    const int pixels = remaining >= 4 ? 4 : 1;
    for (int i = 0; i < pixels; ++i) {
      const std::int8_t* from = window;
      if (d.pointwise()) {
        from = x;
        x += d.channels;
      } else {
        copy_taps(d, x, oy * d.y.stride - d.y.before, ox * d.x.stride - d.x.before, io.input_zero_point,
                  window);
        if (++ox == d.x.out) {
          ox = 0;
          ++oy;
        }
      }
      widen(from, d.taps(), patch + 2 * i, 2 * pixels);
    }
    if (pixels == 4)
      four_by_all(y);
    else
      one_by_all(y);
    y += pixels * d.filters;
    remaining -= pixels;
  }
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
