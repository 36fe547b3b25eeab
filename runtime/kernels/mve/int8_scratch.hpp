// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_depthwise_convolution.hpp>

/// What Helium's kernels scribble on, for plans that serve all targets: this header is read on each.
namespace etch::kernels::mve {

constexpr int vectors_of_16(int bytes) { return (bytes + 15) / 16 * 16; }

/// The taps of a pixel, or by turns those of two; windows that do not fall into vectors are first laid out
/// one by one.
constexpr int int8_convolution_scratch(const Int8Convolution& d) {
  const int patch = vectors_of_16(d.taps());
  const int turns = d.y.out * d.x.out > 1 ? 2 * patch : patch;
  return d.pointwise() || d.channels % 16 == 0 ? turns : 2 * turns;
}

inline constexpr int int8_eight_channels_bytes = 140;  // of `EightChannels`

/// How Helium's depthwise convolution walks eight channels: lines along one axis, those that a line of
/// results reads kept with their padding, eight bytes a pixel; after them the weights, then `EightChannels`.
struct Int8ChannelLines {
  const Int8Axis &inner, &outer;       ///< of the convolution
  int inner_step = 1, outer_step = 1;  ///< pixels of the input from pixel to pixel, from line to line
  int y_inner = 1, y_outer = 1;        ///< the same of the result
  int w_inner = 1, w_outer = 1;        ///< taps
  int slots = 1;                       ///< lines kept
  int pixels = 1;                      ///< of a line
  constexpr int line_bytes() const { return 8 * pixels; }
  constexpr int weights() const { return slots * line_bytes(); }  ///< where they lie
  constexpr int channels() const { return weights() + 8 * inner.kernel * outer.kernel; }
  constexpr int bytes() const { return channels() + int8_eight_channels_bytes; }
};

/// Columns are lines only where a column of results is one of inputs, so that it may replace it.
constexpr Int8ChannelLines int8_channel_lines(const Int8DepthwiseConvolution& d) {
  const bool columns = d.x.in == d.x.out && (d.y.out > d.x.out || d.x.kernel == 1);
  Int8ChannelLines l{columns ? d.y : d.x, columns ? d.x : d.y};
  (columns ? l.outer_step : l.inner_step) = 1;
  (columns ? l.inner_step : l.outer_step) = d.x.in;
  (columns ? l.y_inner : l.y_outer) = d.x.out;
  (columns ? l.w_inner : l.w_outer) = d.x.kernel;
  l.slots = (l.outer.kernel - 1) * l.outer.dilation + 1;
  const int pairs = (l.inner.out + 1) / 2 * 2;  // results come in twos
  const int windows = (pairs - 1) * l.inner.stride + (l.inner.kernel - 1) * l.inner.dilation + 1;
  const int inside = l.inner.before + l.inner.in;
  l.pixels = windows > inside ? windows : inside;
  return l;
}

constexpr int int8_depthwise_convolution_scratch(const Int8DepthwiseConvolution& d) {
  return d.multiplier == 1 ? int8_channel_lines(d).bytes() : 0;
}

}  // namespace etch::kernels::mve
