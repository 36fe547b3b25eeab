// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_depthwise_convolution.hpp>

namespace etch::kernels::dsp {

/// How the Cortex-M kernel walks one channel: lines along the longer axis, widened to int16, with their
/// padding; as many lines of results at once as a few hundred bytes hold.
struct Int8DepthwiseLines {
  bool along_y = false;  ///< a line is a column
  Int8Axis inner, outer;
  int strip = 1;       ///< lines of results at once
  int slots = 1;       ///< lines of inputs that they read
  int pitch = 2;       ///< int16 from line to line, in whole blocks of `move_words`
  bool fixed = false;  ///< 3x3, whose weights stay in registers
  int words = 2;       ///< words of weights a line of taps, for the even results
  constexpr int line_bytes() const { return slots * pitch * 2; }
  constexpr int weight_bytes() const { return fixed ? 0 : outer.kernel * words * 2 * 4; }
  constexpr int sum_bytes() const { return (strip * inner.out + 1) * 4; }
  constexpr int bytes() const { return line_bytes() + weight_bytes() + sum_bytes(); }
};

inline constexpr int int8_depthwise_strip_bytes = 2432;  // of lines and sums: 12x12 whole

/// Bytes from line to line where they are fixed, for kernels of 3x3 with strides of at most 2; else 0.
[[gnu::always_inline]] constexpr int int8_depthwise_fixed_pitch(const Int8DepthwiseConvolution& d,
                                                                const Int8Axis& inner) {
  if (d.x.kernel != 3 || d.y.kernel != 3 || d.x.stride > 2 || d.y.stride > 2 || d.x.before > 2 ||
      d.y.before > 2)
    return 0;
  const int even = (inner.out + 1) / 2 * 2;  // results come in twos
  const int bytes = 2 * (inner.stride * (even - 1) + 4);
  return bytes <= 128 ? 128 : bytes <= 496 ? 496 : 0;
}

[[gnu::always_inline]] constexpr bool int8_depthwise_along_y(const Int8DepthwiseConvolution& d) {
  return d.x.in == d.x.out && d.y.out > d.x.out;
}

/// Lines of results at once, with lines of inputs `pitch` int16 apart.
[[gnu::always_inline]] constexpr int int8_depthwise_strip(int pitch, const Int8Axis& inner,
                                                          const Int8Axis& outer) {
  const int fit = (int8_depthwise_strip_bytes - 4 - 2 * pitch * (outer.kernel - outer.stride)) /
                  (2 * pitch * outer.stride + 4 * inner.out);
  return fit < 1 ? 1 : fit < outer.out ? fit : outer.out;
}

/// Columns are lines only where a column of results is one of inputs: the result may replace the input.
[[gnu::always_inline]] constexpr Int8DepthwiseLines int8_depthwise_lines(const Int8DepthwiseConvolution& d) {
  const bool along_y = int8_depthwise_along_y(d);
  const Int8Axis &inner = along_y ? d.y : d.x, &outer = along_y ? d.x : d.y;
  // Two results at a time where neighbours share words: the second sees the words one tap later.
  const int words = inner.kernel / 2 + 1;
  const int last = inner.stride == 1 ? (inner.out - 1) / 2 * 2 : (inner.out - 1) * inner.stride;
  const int fixed = int8_depthwise_fixed_pitch(d, inner);
  const int pitch = fixed > 0 ? fixed / 2 : (last + 2 * words + 7) / 8 * 8;
  const int strip = int8_depthwise_strip(pitch, inner, outer);
  return {along_y, inner, outer, strip, (strip - 1) * outer.stride + outer.kernel, pitch, fixed > 0, words};
}

/// How the Cortex-M kernel does it.
enum class Int8DepthwiseForm {
  portable,
  column,     ///< a single column of pixels, without padding
  lines,      ///< any kernel without dilation
  lines_128,  ///< 3x3, `int8_depthwise_fixed_pitch`
  lines_496
};

[[gnu::always_inline]] constexpr Int8DepthwiseForm int8_depthwise_form(const Int8DepthwiseConvolution& d) {
  if (d.multiplier != 1 || d.x.dilation != 1 || d.y.dilation != 1) return Int8DepthwiseForm::portable;
  if (d.x.in == 1 && d.x.kernel == 1 && d.x.out == 1 && d.y.before == 0 && d.y.covered() <= d.y.in)
    return Int8DepthwiseForm::column;
  const int pitch = int8_depthwise_fixed_pitch(d, int8_depthwise_along_y(d) ? d.y : d.x);
  return pitch == 128   ? Int8DepthwiseForm::lines_128
         : pitch == 496 ? Int8DepthwiseForm::lines_496
                        : Int8DepthwiseForm::lines;
}

constexpr int int8_depthwise_convolution_scratch(const Int8DepthwiseConvolution& d) {
  switch (int8_depthwise_form(d)) {
    case Int8DepthwiseForm::portable:
      return portable::int8_depthwise_convolution_scratch(d);
    case Int8DepthwiseForm::column:
      return d.y.kernel * 8;
    default:
      return int8_depthwise_lines(d).bytes();
  }
}

}  // namespace etch::kernels::dsp
