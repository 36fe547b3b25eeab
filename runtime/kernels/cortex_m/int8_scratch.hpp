// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_convolution.hpp>

/// What Cortex-M's kernels scribble on, for plans that serve all targets: this header is read on each.
namespace etch::kernels::cortex_m {

/// Pointwise convolutions of eight channels have so few products that filters stay in registers.
[[gnu::always_inline]] constexpr bool of_eight(const Int8Convolution& d) {
  return d.pointwise() && d.channels == 8;
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

}  // namespace etch::kernels::cortex_m
