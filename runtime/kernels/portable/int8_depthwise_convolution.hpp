// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_convolution.hpp>

namespace etch::kernels {

/// A convolution of each channel by itself, TensorFlow Lite's DEPTHWISE_CONV_2D: channel c makes the results
/// c * multiplier + j. Weights are [height][width][channels * multiplier]. The input zero point is folded
/// into the bias, as in `Int8Convolution`.
struct Int8DepthwiseConvolution {
  Int8Axis y, x;
  int channels = 1, multiplier = 1;
  int per_channel = 1;  ///< a scale a result channel, else one for all
  constexpr bool operator==(const Int8DepthwiseConvolution&) const = default;
  constexpr int filters() const { return channels * multiplier; }
  constexpr int taps() const { return y.kernel * x.kernel; }
};

/// How far the result may reach into the input (see `Overlap`), for kernels that finish one row of results
/// after the other: a row is written only where no later row, nor the row itself, still reads.
constexpr int int8_depthwise_convolution_overlap(const Int8DepthwiseConvolution& d) {
  const int row_in = d.x.in * d.channels, row_out = d.x.out * d.filters();
  int reach = d.y.out * row_out;
  int least = 0;
  for (int oy = 0; oy < d.y.out; ++oy) {
    const int top = oy * d.y.stride - d.y.before;
    const int room = (top > 0 ? top : 0) * row_in - (oy + 1) * row_out;
    if (oy == 0 || room < least) least = room;
  }
  reach += least;
  return reach > 0 ? reach : 0;
}

/// The portable kernel needs no memory of its own.
constexpr int int8_depthwise_convolution_scratch_portable(const Int8DepthwiseConvolution&) { return 0; }

/// Sums are in the order of the taps: rows, then columns.
[[gnu::always_inline]] inline void int8_depthwise_convolution_portable(
    const Int8DepthwiseConvolution& d, const std::int8_t* x, const std::int8_t* w, const std::int32_t* bias,
    const Int8Scale* scale, const Int8Io& io, std::int8_t* y, std::int8_t*) {
  const int filters = d.filters();
  for (int oy = 0; oy < d.y.out; ++oy)
    for (int ox = 0; ox < d.x.out; ++ox)
      for (int f = 0; f < filters; ++f) {
        std::int32_t sum = bias[f];
        const std::int8_t* tap = w + f;
        for (int ky = 0; ky < d.y.kernel; ++ky)
          for (int kx = 0; kx < d.x.kernel; ++kx, tap += filters) {
            const int iy = oy * d.y.stride - d.y.before + ky * d.y.dilation;
            const int ix = ox * d.x.stride - d.x.before + kx * d.x.dilation;
            const bool inside = iy >= 0 && iy < d.y.in && ix >= 0 && ix < d.x.in;
            sum +=
                *tap * (inside ? x[(iy * d.x.in + ix) * d.channels + f / d.multiplier] : io.input_zero_point);
          }
        *y++ = requantize_to_int8(sum, scale[d.per_channel ? f : 0], io);
      }
}

}  // namespace etch::kernels
