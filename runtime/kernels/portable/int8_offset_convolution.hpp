// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_convolution.hpp>

/// Convolutions of int8 whose weights have a zero point of their own, as TensorFlow Lite's uint8 scheme has
/// them. sum (w - z)(x - zero point) is sum w x - z sum x + bias, where the input's zero point is folded into
/// the bias as always.
namespace etch::kernels {

namespace detail {

/// The inputs under one window, in the order of a filter's taps; outside stands the zero point. Returns their
/// sum.
[[gnu::noinline]] inline std::int32_t gather_window(const Int8Convolution& d, const std::int8_t* x, int top,
                                                    int left, std::int8_t outside, std::int8_t* to) {
  std::int32_t sum = 0;
  for (int ky = 0; ky < d.y.kernel; ++ky)
    for (int kx = 0; kx < d.x.kernel; ++kx) {
      const int iy = top + ky * d.y.dilation, ix = left + kx * d.x.dilation;
      const bool inside = iy >= 0 && iy < d.y.in && ix >= 0 && ix < d.x.in;
      const std::int8_t* const at = x + (iy * d.x.in + ix) * d.channels;
      for (int c = 0; c < d.channels; ++c) sum += * to++ = inside ? at[c] : outside;
    }
  return sum;
}

}  // namespace detail

/// One window as a convolution of one pixel, which is what each core is fast at.
constexpr Int8Convolution int8_window(const Int8Convolution& d) {
  return {{}, {}, d.taps(), d.filters, d.row, d.per_channel, 0};
}

/// \param multiply(window, biases, y) multiplies one window, a pixel of `int8_window(d)`, with all filters.
/// \param window room for `d.row` numbers. \param biases room for one a filter.
template <class Multiply>
[[gnu::always_inline]] inline void int8_offset_convolution(const Int8Convolution& d, const std::int8_t* x,
                                                           const std::int32_t* bias, std::int32_t offset,
                                                           const Int8Io& io, std::int8_t* y,
                                                           std::int8_t* window, std::int32_t* biases,
                                                           Multiply multiply) {
  const auto outside = static_cast<std::int8_t>(io.input_zero_point);
  for (int i = d.taps(); i < d.row; ++i) window[i] = 0;
  for (int oy = 0; oy < d.y.out; ++oy)
    for (int ox = 0; ox < d.x.out; ++ox, y += d.filters) {
      const std::int32_t sum = detail::gather_window(d, x, oy * d.y.stride - d.y.before,
                                                     ox * d.x.stride - d.x.before, outside, window);
      for (int f = 0; f < d.filters; ++f) biases[f] = bias[f] - offset * sum;
      multiply(window, biases, y);
    }
}

}  // namespace etch::kernels
