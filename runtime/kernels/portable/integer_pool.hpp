// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <runtime/kernels/portable/pooling.hpp>

/// Pooling of int8 as integer training has it. Sums of windows that overlap add up, so errors are int32.
namespace etch::kernels {

/// A mean is a sum times this over 2^15.
inline constexpr std::int32_t integer_mean_bits = 15;
constexpr std::int32_t integer_part(int taps) { return ((1 << integer_mean_bits) + taps / 2) / taps; }

/// The largest of each window.
inline void integer_max_forward(const Pool& d, const std::int8_t* x, std::int8_t* y) {
  detail::for_each_window(d, 1, [&](const detail::Window& w, int in, int out, int n) {
    detail::largest(d, w, x + in, n, y + out);
  });
}

/// sums[input] = the errors of windows of which it is the first largest.
inline void integer_max_gradient(const Pool& d, const std::int8_t* x, const std::int8_t* e,
                                 std::int32_t* sums) {
  for (int i = 0; i < d.height * d.width * d.channels; ++i) sums[i] = 0;
  detail::for_each_window(d, 1, [&](const detail::Window& w, int in, int out, int n) {
    std::int8_t best[detail::pool_tile];
    int tap[detail::pool_tile];
    detail::largest(d, w, x + in, n, best, tap);
    const int columns = w.last_column - w.first_column;
    for (int k = 0; k < n; ++k) {
      const int row = w.first_row + tap[k] / columns, column = w.first_column + tap[k] % columns;
      sums[in + k + (row * d.width + column) * d.channels] += e[out + k];
    }
  });
}

/// The mean of each window, in units of 2^-15 of those of x.
inline void integer_average_forward(const Pool& d, const std::int8_t* x, std::int32_t* sums) {
  detail::for_each_window(d, 1, [&](const detail::Window& w, int in, int out, int n) {
    const std::int32_t part = integer_part(w.taps());
    for (int k = 0; k < n; ++k) {
      std::int32_t sum = 0;
      for (int iy = w.first_row; iy < w.last_row; ++iy)
        for (int ix = w.first_column; ix < w.last_column; ++ix)
          sum += x[in + k + (iy * d.width + ix) * d.channels];
      sums[out + k] = sum * part;
    }
  });
}

/// sums[input] = its part of the errors of the windows that read it, in units of 2^-15 of those of e.
inline void integer_average_gradient(const Pool& d, const std::int8_t* e, std::int32_t* sums) {
  for (int i = 0; i < d.height * d.width * d.channels; ++i) sums[i] = 0;
  detail::for_each_window(d, 1, [&](const detail::Window& w, int in, int out, int n) {
    const std::int32_t part = integer_part(w.taps());
    for (int iy = w.first_row; iy < w.last_row; ++iy)
      for (int ix = w.first_column; ix < w.last_column; ++ix)
        for (int k = 0; k < n; ++k) sums[in + k + (iy * d.width + ix) * d.channels] += e[out + k] * part;
  });
}

}  // namespace etch::kernels
