// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/requantize.hpp>

namespace etch::kernels {

/// How a window walks along one axis.
struct Int8Axis {
  int in = 1, out = 1, kernel = 1, stride = 1, dilation = 1;
  int before = 0;  ///< taps of the first window that lie before the data
  constexpr bool operator==(const Int8Axis&) const = default;
  [[gnu::always_inline]] constexpr int span() const {
    return (kernel - 1) * dilation + 1;
  }  ///< what one window covers
  [[gnu::always_inline]] constexpr int covered() const {
    return (out - 1) * stride + span();
  }  ///< what all windows cover
};

/// A convolution by int8 weights, of int8 into int8 or of int16 into int16 with sums of 64 bits: TensorFlow
/// Lite's CONV_2D; FULLY_CONNECTED is one of 1x1. Weights are [filters][height][width][channels], each
/// filter's row filled up with zeros to `row` bytes. The input zero point is folded into the bias (bias -
/// zero point * sum of weights), so padded taps read the zero point.
struct Int8Convolution {
  Int8Axis y, x;
  int channels = 1, filters = 1;
  int row = 4;          ///< bytes from filter to filter: kernel * channels, rounded up to 4
  int per_channel = 1;  ///< a scale a filter, else one for all
  int paired = 0;       ///< filters lie two by two: `int8_is_paired`
  constexpr bool operator==(const Int8Convolution&) const = default;
  [[gnu::always_inline]] constexpr int taps() const { return y.kernel * x.kernel * channels; }
  [[gnu::always_inline]] constexpr bool pointwise() const {
    return y.kernel * x.kernel == 1 && y.stride * x.stride == 1;
  }
};

constexpr int int8_row_bytes(int taps) { return (taps + 3) / 4 * 4; }

/// Of filters that are paired: two of them fill the place of two rows. For each four taps there is a word
/// with taps 0 and 2 and one with taps 1 and 3, and a tap is one number of 16 bits, 256 second + first:
/// products with it are those of both filters, from which those of the first, its low byte, are taken away in
/// the end. What is left is 256 times a sum that fits 24 bits. An odd filter at the end has a row of its own.
constexpr bool int8_is_paired(const Int8Convolution& d, int filter) {
  return d.paired != 0 && (filter % 2 != 0 || filter + 1 < d.filters);
}
/// Where the number of 16 bits of a filter that is paired lies.
constexpr int int8_pair_at(const Int8Convolution& d, int filter, int tap) {
  return filter / 2 * 2 * d.row + tap / 4 * 8 + tap % 2 * 4 + tap % 4 / 2 * 2;
}
/// A weight; of the second of two -128 to 128.
constexpr int int8_weight(const Int8Convolution& d, const std::int8_t* w, int filter, int tap) {
  if (!int8_is_paired(d, filter)) return w[filter * d.row + tap];
  const int at = int8_pair_at(d, filter, tap), first = w[at];
  return filter % 2 == 0 ? first : w[at + 1] + (first < 0 ? 1 : 0);
}
/// What a sum of the second filter's weights, without their signs, may be at most.
inline constexpr int most_second_weights = 65535;

/// How far the result may reach into the input (see `Overlap`). Pointwise convolutions read a pixel whole
/// before they write it. Others write the results of a window where neither it nor a later one reads: the
/// first element that is still read is that of this window or the leftmost of the next row, and how far it
/// lies before the end of this window's results is least at the last window that begins at or before the left
/// edge, at the one behind it, which may begin within a stride of the edge, or at the end of a row.
constexpr int int8_convolution_overlap(const Int8Convolution& d) {
  const int pixels = d.y.out * d.x.out, results = pixels * d.filters;
  if (d.pointwise()) return d.filters <= d.channels ? results + d.channels - d.filters : pixels * d.channels;
  const auto start = [](const Int8Axis& a, int i) {
    const int at = i * a.stride - a.before;
    return at > 0 ? at : 0;
  };
  const int row = d.x.in * d.channels, last = d.x.out - 1, edge = d.x.before / d.x.stride;
  const int candidates[] = {edge < last ? edge : last, edge + 1 < last ? edge + 1 : last, last};
  int reach = results + d.y.in * row;
  for (int oy = 0; oy < d.y.out; ++oy)
    for (const int ox : candidates) {
      int read = start(d.y, oy) * row + start(d.x, ox) * d.channels;
      if (oy + 1 < d.y.out && start(d.y, oy + 1) * row < read) read = start(d.y, oy + 1) * row;
      const int remaining = results - (oy * d.x.out + ox + 1) * d.filters;
      if (read + remaining < reach) reach = read + remaining;
    }
  return reach > 0 ? reach : 0;
}

namespace portable {
/// Elements the portable kernel scribbles on: a pixel's inputs, where the result may overwrite them.
constexpr int int8_convolution_scratch(const Int8Convolution& d) {
  return d.pointwise() ? int8_row_bytes(d.channels) : 0;
}
}  // namespace portable

/// Calls f(number) for each tap of a window, the zero point for one that lies outside.
template <class T, class F>
[[gnu::always_inline]] inline void read_window(const Int8Convolution& d, const T* x, int top, int left,
                                               std::int32_t outside, F f) {
  for (int ky = 0; ky < d.y.kernel; ++ky)
    for (int kx = 0; kx < d.x.kernel; ++kx) {
      const int iy = top + ky * d.y.dilation, ix = left + kx * d.x.dilation;
      const bool inside = iy >= 0 && iy < d.y.in && ix >= 0 && ix < d.x.in;
      const T* const at = x + (iy * d.x.in + ix) * d.channels;
      for (int c = 0; c < d.channels; ++c) f(inside ? std::int32_t{at[c]} : outside);
    }
}

/// One sum of products with bias. \param next_weight() in the order of taps
template <class T, class Weights>
[[gnu::always_inline]] inline typename WeightedSum<T>::Sum int8_window_sum(const Int8Convolution& d,
                                                                           const T* x, Weights next_weight,
                                                                           typename WeightedSum<T>::Sum sum,
                                                                           int top, int left,
                                                                           std::int32_t outside) {
  read_window(
      d, x, top, left,
      outside, [&](std::int32_t number) __attribute__((always_inline)) { sum += next_weight() * number; });
  return sum;
}

namespace portable {
/// Calls f(x, top, left) for each window, where it begins in x. A result of a pointwise convolution may
/// overwrite its pixel: f gets a copy. \param scratch `int8_convolution_scratch` elements, or null where
/// there are none
template <class T, class F>
[[gnu::always_inline]] inline void for_windows(const Int8Convolution& d, const T* x, T* scratch, F f) {
  for (int oy = 0; oy < d.y.out; ++oy)
    for (int ox = 0; ox < d.x.out; ++ox) {
      if (!d.pointwise()) {
        f(x, oy * d.y.stride - d.y.before, ox * d.x.stride - d.x.before);
        continue;
      }
      for (int c = 0; c < d.channels; ++c) scratch[c] = x[(oy * d.x.in + ox) * d.channels + c];
      f(static_cast<const T*>(scratch), 0, 0);
    }
}

/// \param weights(filter), what gives its weights in the order of taps.
/// \param scratch as `for_windows`
template <class T, class Weights, class Scale>
[[gnu::always_inline]] inline void int8_convolution_of(const Int8Convolution& d, const T* x, Weights weights,
                                                       const typename WeightedSum<T>::Bias* bias,
                                                       const Scale* scale, const Int8Io& io, T* y,
                                                       T* scratch) {
  for_windows(
      d, x, scratch, [&](const T* from, int top, int left) __attribute__((always_inline)) {
        for (int f = 0; f < d.filters; ++f) {
          const auto sum = int8_window_sum<T>(d, from, weights(f), bias[f], top, left, io.input_zero_point);
          *y++ = requantize_to<T>(sum, scale[d.per_channel ? f : 0], io);
        }
      });
}

struct Int8Row {
  const std::int8_t* at;
  [[gnu::always_inline]] std::int32_t operator()() { return *at++; }
};
template <class T, class Scale>
[[gnu::always_inline]] inline void int8_convolution(const Int8Convolution& d, const T* x,
                                                    const std::int8_t* w,
                                                    const typename WeightedSum<T>::Bias* bias,
                                                    const Scale* scale, const Int8Io& io, T* y, T* scratch) {
  const auto rows = [&](int f) __attribute__((always_inline)) { return Int8Row{w + f * d.row}; };
  int8_convolution_of(d, x, rows, bias, scale, io, y, scratch);
}

/// The same of filters that are paired.
struct Int8OfPair {
  const Int8Convolution& d;
  const std::int8_t* w;
  int filter, tap;
  [[gnu::always_inline]] std::int32_t operator()() { return int8_weight(d, w, filter, tap++); }
};
template <class T, class Scale>
[[gnu::always_inline]] inline void int8_paired_convolution(const Int8Convolution& d, const T* x,
                                                           const std::int8_t* w,
                                                           const typename WeightedSum<T>::Bias* bias,
                                                           const Scale* scale, const Int8Io& io, T* y,
                                                           T* scratch) {
  const auto pairs = [&](int f) __attribute__((always_inline)) { return Int8OfPair{d, w, f, 0}; };
  int8_convolution_of(d, x, pairs, bias, scale, io, y, scratch);
}
}  // namespace portable

}  // namespace etch::kernels
