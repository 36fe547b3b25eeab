// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/math.hpp>

namespace etch::kernels {

/// Softmax or log-softmax along one axis of `extent` elements that lie `inner` apart, `outer` times a sample.
/// `causal`: row q of `queries` x `extent` scores sees its first q + 1 elements only. `masked`: elements
/// whose mask (`extent` numbers a sample) is 0 are not seen either. What is not seen gets probability 0; a
/// row that sees nothing is 0.
struct Softmax {
  int outer = 1, extent = 0, inner = 1;
  int log = 0, causal = 0, queries = 1, masked = 0;
  constexpr bool operator==(const Softmax&) const = default;

  /// How many elements of a row its query may see.
  constexpr int seen(int row) const {
    const int count = row % queries + 1;
    return causal && count < extent ? count : extent;
  }
};

namespace detail {
template <class T>
inline void softmax_strided(const Softmax& d, int seen, const T* x, const T* mask, T* y) {
  const auto visible = [&](int i) { return i < seen && (!d.masked || mask[i] != T(0)); };
  T top = T(0);
  bool any = false;
  for (int i = 0; i < d.extent; ++i)
    if (visible(i) && (!any || x[i * d.inner] > top)) top = x[i * d.inner], any = true;
  T sum = T(0);
  for (int i = 0; i < d.extent; ++i) {
    const T away = x[i * d.inner] - top, power = visible(i) ? math::exp(away) : T(0);
    sum += power;
    y[i * d.inner] = d.log ? away : power;
  }
  const T total = d.log ? math::log(sum) : any ? T(1) / sum : T(0);
  for (int i = 0; i < d.extent; ++i) y[i * d.inner] = d.log ? y[i * d.inner] - total : y[i * d.inner] * total;
}
}  // namespace detail

/// exp(x - max) / sum, or its logarithm; sums go along the axis in order. `y` may be `x`.
template <class T>
inline void softmax_forward(const Softmax& d, int rows, const T* x, const T* mask, T* y) {
  for (int r = 0; r < rows; ++r, mask += d.masked ? d.extent : 0)
    for (int o = 0; o < d.outer; ++o)
      for (int k = 0; k < d.inner; ++k) {
        const int at = (r * d.outer + o) * d.extent * d.inner + k;
        detail::softmax_strided(d, d.seen(o), x + at, mask, y + at);
      }
}

/// From the results: y (dy - sum of y dy), or dy - exp(y) (sum of dy). `dx` may be `dy`.
template <class T>
inline void softmax_backward(const Softmax& d, int rows, const T* y, const T* dy, T* dx) {
  const int row = d.extent * d.inner;
  for (int first = 0; first < rows * d.outer * row; first += row)
    for (int k = first; k < first + d.inner; ++k) {
      T dot = T(0);
      for (int i = k; i < k + row; i += d.inner) dot = d.log ? dot + dy[i] : multiply_add(y[i], dy[i], dot);
      for (int i = k; i < k + row; i += d.inner)
        dx[i] = d.log ? multiply_subtract(math::exp(y[i]), dot, dy[i]) : y[i] * (dy[i] - dot);
    }
}

}  // namespace etch::kernels
