// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/lanes/int8_image.hpp>
#include <runtime/kernels/portable/int8_convolution.hpp>

/// Convolutions of few pixels, as fully connected steps are: weights are read once, so they stay as they lie,
/// and lanes hold parts of one sum. Whole numbers may be added in any order.
namespace etch::kernels::lanes::inline ETCH_TARGET {

/// The taps of one window as int16, filled up with zeros to `d.row`.
template <class T>
[[gnu::always_inline]] inline void widen_window(const Int8Convolution& d, const T* x, int top, int column,
                                                std::int32_t outside, std::int16_t* to) {
  int taps = 0;
  for (int ky = 0; ky < d.y.kernel; ++ky)
    for (int kx = 0; kx < d.x.kernel; ++kx, taps += d.channels) {
      const int iy = top + ky * d.y.dilation, ix = column + kx * d.x.dilation;
      if (iy >= 0 && iy < d.y.in && ix >= 0 && ix < d.x.in)
        widen(x + (iy * d.x.in + ix) * d.channels, d.channels, to + taps);
      else
        fill(to + taps, d.channels, static_cast<std::int16_t>(outside));
    }
  fill(to + taps, d.row - taps, 0);
}

/// The sums of all lanes of four vectors, side by side.
template <int n>
[[gnu::always_inline]] inline void add_lanes(const Words<n> (&v)[4], Words<4>& sums) {
  if constexpr (n > 4) {
    Words<n / 2> half[4];
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      Words<n / 2> high;
      split(v[k], half[k], high);
      half[k] += high;
    }
    add_lanes<n / 2>(half, sums);
  } else {
    const Words<4> two =
        __builtin_shufflevector(v[0], v[1], 0, 4, 1, 5) + __builtin_shufflevector(v[0], v[1], 2, 6, 3, 7);
    const Words<4> more =
        __builtin_shufflevector(v[2], v[3], 0, 4, 1, 5) + __builtin_shufflevector(v[2], v[3], 2, 6, 3, 7);
    sums = __builtin_shufflevector(two, more, 0, 1, 4, 5) + __builtin_shufflevector(two, more, 2, 3, 6, 7);
  }
}

/// Sums of a window and four filters, `row` at least 2 n taps. \param tail the last 2 n taps, those that
/// vectors before it have as zeros.
template <int n, class Sum>
[[gnu::always_inline]] inline void multiply_four(const std::int16_t* x, const std::int16_t* tail, int row,
                                                 const std::int8_t* const (&w)[4], Sum (&sums)[4]) {
  constexpr int step = 2 * n;
  // Products of int16 and int8 fill 32 bits after 255 pairs; of int8 only sums that are too large anyway.
  constexpr int most_steps = sizeof(Sum) == 8 ? 255 / n - 1 : INT32_MAX;
  const auto add = [&](const std::int16_t* of_x, int at, Words<n>(&sum)[4]) __attribute__((always_inline)) {
    Halves<step> taps;
    load(taps, of_x);
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      Bytes<step> bytes;
      load(bytes, w[k] + at);
      add_pairs<n>(sum[k], taps, __builtin_convertvector(bytes, Halves<step>));
    }
  };
  int at = 0;
  for (int k = 0; k < 4; ++k) sums[k] = 0;
  for (bool more = true; more;) {
    Words<n> sum[4] = {};
    int steps = (row - at) / step;
    if (steps > most_steps) steps = most_steps;
    more = steps == most_steps;
    for (; steps > 0; --steps, at += step) add(x + at, at, sum);
    if (!more && at < row) add(tail, row - step, sum);
    Words<4> all;
    add_lanes<n>(sum, all);
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) sums[k] += all[k];
  }
}

/// Results of one window.
template <int n, class T>
[[gnu::noinline]] inline void multiply_window(const Int8Convolution& d, const std::int16_t* x,
                                              const std::int8_t* w, const typename WeightedSum<T>::Bias* bias,
                                              const Int8Scale* scale, const Int8Io& io, T* y) {
  using Sum = typename WeightedSum<T>::Sum;
  const std::int16_t* const tail = x + d.row;
  for (int f = 0; f < d.filters; f += 4) {
    const int count = d.filters - f < 4 ? d.filters - f : 4;
    const std::int8_t* rows[4];
    for (int k = 0; k < 4; ++k) rows[k] = w + (f + (k < count ? k : 0)) * d.row;
    Sum sums[4];
    multiply_four<n>(x, tail, d.row, rows, sums);
    for (int k = 0; k < count; ++k)
      y[f + k] =
          requantize_to<T>(static_cast<Sum>(sums[k] + bias[f + k]), scale[d.per_channel ? f + k : 0], io);
  }
}

/// A row of four taps.
template <class T>
[[gnu::noinline]] inline void multiply_four_taps(const Int8Convolution& d, const std::int16_t* x,
                                                 const std::int8_t* w,
                                                 const typename WeightedSum<T>::Bias* bias,
                                                 const Int8Scale* scale, const Int8Io& io, T* y) {
  for (int f = 0; f < d.filters; ++f, w += 4) {
    typename WeightedSum<T>::Sum sum = bias[f];
    for (int i = 0; i < 4; ++i) sum += w[i] * x[i];
    y[f] = requantize_to<T>(sum, scale[d.per_channel ? f : 0], io);
  }
}

/// The widest vectors that a row fills.
template <int n, class T>
[[gnu::always_inline]] inline void few_pixels(const Int8Convolution& d, const T* x, const std::int8_t* w,
                                              const typename WeightedSum<T>::Bias* bias,
                                              const Int8Scale* scale, const Int8Io& io, T* y,
                                              std::int16_t* window) {
  if constexpr (n > 4)
    if (d.row < 2 * n) return few_pixels<n / 2>(d, x, w, bias, scale, io, y, window);
  for (int oy = 0; oy < d.y.out; ++oy)
    for (int ox = 0; ox < d.x.out; ++ox, y += d.filters) {
      widen_window(d, x, oy * d.y.stride - d.y.before, ox * d.x.stride - d.x.before, io.input_zero_point,
                   window);
      if (d.row < 8) {
        multiply_four_taps(d, window, w, bias, scale, io, y);
        continue;
      }
      const int rest = d.row % (2 * n);
      for (int i = 0; i < 2 * n; ++i)
        window[d.row + i] = i < 2 * n - rest ? std::int16_t{0} : window[d.row - 2 * n + i];
      multiply_window<n>(d, window, w, bias, scale, io, y);
    }
}

}  // namespace etch::kernels::lanes::inline ETCH_TARGET
