// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_depthwise_convolution.hpp>

/// What Cortex-M's kernels scribble on, for plans that serve all targets: this header is read on each.
namespace etch::kernels::dsp {

/// Pointwise convolutions of eight channels have so few products that filters, as rows, stay in registers.
[[gnu::always_inline]] constexpr bool of_eight(const Int8Convolution& d) {
  return d.pointwise() && d.channels == 8 && d.paired == 0;
}

/// Pixels that are widened at a time.
[[gnu::always_inline]] constexpr int pixels_at_once(const Int8Convolution& d) {
  const int pixels = d.y.out * d.x.out, most = of_eight(d) ? 32 : 4;
  return pixels >= most ? most : pixels >= 4 ? pixels / 4 * 4 : 1;
}

[[gnu::always_inline]] constexpr int widened_bytes(const Int8Convolution& d) {
  return pixels_at_once(d) * 2 * d.row;
}

/// Widened pixels, and the bytes of a window.
constexpr int int8_convolution_scratch(const Int8Convolution& d) {
  return widened_bytes(d) + (d.pointwise() ? 0 : d.row);
}

/// The same by weights of 4 bits, and by all in the size mode.
constexpr int int4_convolution_scratch(const Int8Convolution& d) {
  return (d.y.out * d.x.out >= 4 ? 8 : 2) * d.row + (d.pointwise() ? 0 : d.row);
}

/// Elements of the convolution of int16: a window.
constexpr int int16_convolution_scratch(const Int8Convolution& d) { return d.row; }

/// The size mode's depthwise convolution: words of four channels, the lines of a window and their taps.
constexpr int int8_small_depthwise_scratch(const Int8DepthwiseConvolution& d) {
  return d.multiplier == 1 ? 4 * (d.y.span() * d.x.covered() + d.taps()) : 0;
}

}  // namespace etch::kernels::dsp
