// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_convolution.hpp>

namespace etch::kernels {

/// A convolution of each channel by itself, of int8 or int16: TensorFlow Lite's DEPTHWISE_CONV_2D: channel c
/// makes the results c * multiplier + j. Weights are [height][width][channels * multiplier]. The input zero
/// point is folded into the bias, as in `Int8Convolution`.
struct Int8DepthwiseConvolution {
  Int8Axis y, x;
  int channels = 1, multiplier = 1;
  int per_channel = 1;  ///< a scale a result channel, else one for all
  constexpr bool operator==(const Int8DepthwiseConvolution&) const = default;
  constexpr int filters() const { return channels * multiplier; }
  constexpr int taps() const { return y.kernel * x.kernel; }
};

/// Whether the result may begin exactly where the input begins: each channel is finished before the next, and
/// a line of it is copied before any result takes its place.
constexpr bool int8_depthwise_convolution_in_place(const Int8DepthwiseConvolution& d) {
  return d.multiplier == 1 && d.x.out <= d.x.in && d.x.before < d.x.span() && d.y.before < d.y.span();
}

/// How far the result may reach into the input (see `Overlap`) where a channel makes several results: rows of
/// results are finished one after the other, and a row is written only where no later row, nor the row
/// itself, still reads.
constexpr int int8_depthwise_convolution_overlap(const Int8DepthwiseConvolution& d) {
  if (d.multiplier == 1) return 0;
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

namespace portable {
/// Elements the portable kernel scribbles on: the lines of one channel that a window covers, with their
/// padding, and a line of padding alone.
constexpr int int8_depthwise_convolution_scratch(const Int8DepthwiseConvolution& d) {
  return d.multiplier == 1 ? (d.y.span() + 1) * d.x.covered() : 0;
}
}  // namespace portable

/// Channel `c` of a convolution of one result a channel, its sums in the order of the taps: rows, then
/// columns. \param lines the kernel's scratch. \param offset the zero point of the weights, of int8 alone.
template <class T, class Scale>
[[gnu::always_inline]] inline void int8_depthwise_channel(const Int8DepthwiseConvolution& d, int c,
                                                          const T* x, const std::int8_t* w,
                                                          const typename WeightedSum<T>::Bias* bias,
                                                          const Scale* scale, const Int8Io& io, T* y,
                                                          T* lines, std::int32_t offset = 0) {
  const int span = d.y.span(), covered = d.x.covered();
  for (int i = 0; i < (span + 1) * covered; ++i) lines[i] = static_cast<T>(io.input_zero_point);
  x += c;
  y += c;
  int read = 0;
  for (int oy = 0; oy < d.y.out; ++oy) {
    const int top = oy * d.y.stride - d.y.before;
    for (; read < d.y.in && read < top + span; ++read)
      for (int ix = 0; ix < d.x.in; ++ix, x += d.channels)
        if (ix + d.x.before < covered) lines[read % span * covered + ix + d.x.before] = *x;
    for (int ox = 0; ox < d.x.out; ++ox, y += d.channels) {
      typename WeightedSum<T>::Sum sum = bias[c];
      const std::int8_t* tap = w + c;
      for (int ky = 0; ky < d.y.kernel; ++ky) {
        const int iy = top + ky * d.y.dilation;
        const int line = iy >= 0 && iy < d.y.in ? iy % span : span;
        const T* at = lines + line * covered + ox * d.x.stride;
        for (int kx = 0; kx < d.x.kernel; ++kx, tap += d.channels, at += d.x.dilation)
          sum += (*tap - offset) * *at;
      }
      *y = requantize_to<T>(sum, scale[d.per_channel ? c : 0], io);
    }
  }
}

/// Several results a channel, in the order of the results.
template <class T, class Scale>
[[gnu::always_inline]] inline void int8_depthwise_rows(const Int8DepthwiseConvolution& d, const T* x,
                                                       const std::int8_t* w,
                                                       const typename WeightedSum<T>::Bias* bias,
                                                       const Scale* scale, const Int8Io& io, T* y,
                                                       std::int32_t offset = 0) {
  const int filters = d.filters();
  for (int oy = 0; oy < d.y.out; ++oy)
    for (int ox = 0; ox < d.x.out; ++ox)
      for (int f = 0; f < filters; ++f) {
        typename WeightedSum<T>::Sum sum = bias[f];
        const std::int8_t* tap = w + f;
        for (int ky = 0; ky < d.y.kernel; ++ky)
          for (int kx = 0; kx < d.x.kernel; ++kx, tap += filters) {
            const int iy = oy * d.y.stride - d.y.before + ky * d.y.dilation;
            const int ix = ox * d.x.stride - d.x.before + kx * d.x.dilation;
            const bool inside = iy >= 0 && iy < d.y.in && ix >= 0 && ix < d.x.in;
            sum += (*tap - offset) *
                   (inside ? x[(iy * d.x.in + ix) * d.channels + f / d.multiplier] : io.input_zero_point);
          }
        *y++ = requantize_to<T>(sum, scale[d.per_channel ? f : 0], io);
      }
}

namespace portable {
/// \param scratch `int8_depthwise_convolution_scratch` elements, or null where there are none.
template <class T, class Scale>
[[gnu::always_inline]] inline void int8_depthwise_convolution(const Int8DepthwiseConvolution& d, const T* x,
                                                              const std::int8_t* w,
                                                              const typename WeightedSum<T>::Bias* bias,
                                                              const Scale* scale, const Int8Io& io, T* y,
                                                              T* scratch, std::int32_t offset = 0) {
  if (d.multiplier != 1) return int8_depthwise_rows(d, x, w, bias, scale, io, y, offset);
  for (int c = 0; c < d.channels; ++c)
    int8_depthwise_channel(d, c, x, w, bias, scale, io, y, scratch, offset);
}
/// The same of weights that have a zero point of their own, as TensorFlow Lite's uint8 scheme has them.
template <class T, class Scale>
inline void int8_offset_depthwise_convolution(const Int8DepthwiseConvolution& d, const T* x,
                                              const std::int8_t* w, const std::int32_t* bias,
                                              const Scale* scale, const Int8Io& io, T* y, T* scratch,
                                              std::int32_t offset) {
  int8_depthwise_convolution(d, x, w, bias, scale, io, y, scratch, offset);
}
}  // namespace portable

}  // namespace etch::kernels
