// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_depthwise_convolution.hpp>

/// What kernels of wide vectors scribble on, for plans that serve all targets: this header is read on each.
namespace etch::kernels::lanes {

inline constexpr int panel_filters = 16;  ///< whose weights lie side by side
inline constexpr int fewest_pixels = 4;   ///< for which laying out weights in panels is worth its while

/// Larger scratch than this nobody asks for: the portable kernel takes it.
inline constexpr std::int64_t most_scratch = 1 << 28;  // elements

/// The taps of a window that lie one behind the other in the data: a whole row of it, or a pixel where
/// columns are dilated. Taps are taken in pairs; a run of an odd number has one of weight 0 behind it.
struct WindowRuns {
  int down = 1, across = 1;  ///< runs
  int taps = 1;              ///< of a run
  constexpr int pairs() const { return taps / 2 + taps % 2; }
  constexpr std::int64_t all_pairs() const { return std::int64_t{down} * across * pairs(); }
};
constexpr WindowRuns window_runs(const Int8Convolution& d) {
  const bool whole_rows = d.x.dilation == 1;
  return {d.y.kernel, whole_rows ? 1 : d.x.kernel, (whole_rows ? d.x.kernel : 1) * d.channels};
}

/// Pixels that all windows together cover, with their padding.
constexpr std::int64_t covered_pixels(const Int8Axis& y, const Int8Axis& x) {
  const auto covered = [](const Int8Axis& a) {
    return (a.out - std::int64_t{1}) * a.stride + (a.kernel - std::int64_t{1}) * a.dilation + 1;
  };
  const std::int64_t rows = covered(y), columns = covered(x);
  return rows > most_scratch || columns > most_scratch ? most_scratch : rows * columns;
}

constexpr bool has_few_pixels(const Int8Convolution& d) { return d.y.out * d.x.out < fewest_pixels; }

/// Elements of int16: the covered data with their padding and one more, then the weights of a panel; or, of
/// few pixels, a window and its last vector once more.
constexpr std::int64_t image_elements(const Int8Convolution& d) {
  return covered_pixels(d.y, d.x) * d.channels + 2;
}
constexpr std::int64_t convolution_elements(const Int8Convolution& d) {
  if (has_few_pixels(d)) return std::int64_t{d.row} + 32;
  return image_elements(d) + 2 * panel_filters * window_runs(d).all_pairs();
}
constexpr bool has_panels(const Int8Convolution& d) { return convolution_elements(d) < most_scratch; }

/// Bytes; of few pixels and paired filters those of the portable kernel are enough.
constexpr int int8_convolution_scratch(const Int8Convolution& d) {
  const int portable = portable::int8_convolution_scratch(d);
  if (!has_panels(d) || (has_few_pixels(d) && d.paired != 0)) return portable;
  const int own = static_cast<int>(2 * convolution_elements(d));
  return own > portable ? own : portable;
}
/// Elements of int16.
constexpr int int16_convolution_scratch(const Int8Convolution& d) {
  return has_panels(d) ? static_cast<int>(convolution_elements(d)) : portable::int8_convolution_scratch(d);
}

/// Channels of a depthwise convolution with those that fill up the last vector of any width.
constexpr int filled_channels(int channels) { return (channels + 31) / 32 * 32; }

/// Elements of int16: the covered data with their padding, pairs of taps, and four words a channel to
/// requantize with.
constexpr std::int64_t depthwise_elements(const Int8DepthwiseConvolution& d) {
  const std::int64_t channels = filled_channels(d.channels);
  return channels * (covered_pixels(d.y, d.x) + (d.taps() + 1) / 2 * 2 + 8);
}
constexpr bool has_lines(const Int8DepthwiseConvolution& d) {
  return d.multiplier == 1 && depthwise_elements(d) < most_scratch;
}
/// Bytes.
constexpr int int8_depthwise_convolution_scratch(const Int8DepthwiseConvolution& d) {
  return has_lines(d) ? static_cast<int>(2 * depthwise_elements(d))
                      : portable::int8_depthwise_convolution_scratch(d);
}
/// Elements of int16.
constexpr int int16_depthwise_convolution_scratch(const Int8DepthwiseConvolution& d) {
  return has_lines(d) ? static_cast<int>(depthwise_elements(d))
                      : portable::int8_depthwise_convolution_scratch(d);
}

}  // namespace etch::kernels::lanes
