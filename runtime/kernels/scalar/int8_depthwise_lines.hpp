// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_depthwise_convolution.hpp>

namespace etch::kernels::scalar {

/// How the kernel walks one channel: lines along the longer axis, each word of which holds two pixels that
/// neighbouring results meet with the same weight, with their padding; as many lines of results at once as a
/// few hundred bytes hold.
struct DepthwiseLines {
  bool along_y;  ///< a line is a column
  const Int8Axis &inner, &outer;
  int words = 1;  ///< of a line that results read
  int strip = 1;  ///< lines of results at once
  int slots = 1;  ///< lines of inputs that they read
  /// Words from line to line: pixels that lie just before or behind come in too.
  [[gnu::always_inline]] constexpr int pitch() const { return words + 2 * inner.stride; }
  [[gnu::always_inline]] constexpr int line_words() const { return slots * pitch(); }
  constexpr int bytes() const { return 4 * line_words() + int8_row_bytes(inner.kernel * outer.kernel); }
};

inline constexpr int depthwise_strip_bytes = 2160;  // of lines: 12x12 whole

/// Columns are lines only where a column of results is one of inputs: the result may replace the input.
/// \param d outlives the lines
[[gnu::always_inline]] constexpr DepthwiseLines depthwise_lines(const Int8DepthwiseConvolution& d) {
  const bool along_y = d.x.in == d.x.out && (d.y.out > d.x.out || d.x.kernel == 1);
  DepthwiseLines l{along_y, along_y ? d.y : d.x, along_y ? d.x : d.y};
  const int fours = (l.inner.out + 3) / 4 * 4;  // results come in fours, which are two words
  l.words = (fours - 2) * l.inner.stride + l.inner.span();
  const int fit = (depthwise_strip_bytes / (4 * l.pitch()) - l.outer.span()) / l.outer.stride + 1;
  l.strip = fit < 1 ? 1 : fit < l.outer.out ? fit : l.outer.out;
  l.slots = (l.strip - 1) * l.outer.stride + l.outer.span();
  return l;
}

/// Channels that make several results, or hardly any, take the portable form.
[[gnu::always_inline]] constexpr bool depthwise_by_lines(const Int8DepthwiseConvolution& d) {
  return d.multiplier == 1 && d.y.out * d.x.out > 2;
}

constexpr int int8_depthwise_convolution_scratch(const Int8DepthwiseConvolution& d) {
  return depthwise_by_lines(d) ? depthwise_lines(d).bytes() : 0;
}

}  // namespace etch::kernels::scalar
