// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/math.hpp>

namespace etch::kernels {

/// Vectors along the middle axis of [outer, length, inner], each divided by its Euclidean length.
struct UnitNorm {
  int outer = 1, length = 1, inner = 1;
  constexpr bool operator==(const UnitNorm&) const = default;
};

/// The factor of Keras's ops.normalize: 1 / length, and at most 1e7, which keeps zero vectors finite.
template <class T>
[[gnu::always_inline]] inline T unit_factor(const UnitNorm& d, const T* x) {
  T square = 0;
  for (int i = 0; i < d.length; ++i) square = multiply_add(x[i * d.inner], x[i * d.inner], square);
  const T length = math::sqrt(square);
  return length > T(1e-7f) ? T(1) / length : T(1e7f);
}

/// y = x * factor, the squares added in order. `y` may be `x`.
template <class T>
[[gnu::always_inline]] inline void unit_norm(const UnitNorm& d, int rows, const T* x, T* y) {
  for (int o = 0; o < rows * d.outer; ++o)
    for (int k = 0; k < d.inner; ++k) {
      const int first = o * d.length * d.inner + k;
      const T factor = unit_factor(d, x + first);
      for (int i = 0; i < d.length; ++i) y[first + i * d.inner] = x[first + i * d.inner] * factor;
    }
}

/// dx = factor * (dy - y * sum of dy y, in order), without the sum where the factor is held at its largest.
/// `dx` may be `dy` or `x`.
template <class T>
[[gnu::always_inline]] inline void unit_norm_backward(const UnitNorm& d, int rows, const T* dy, const T* x,
                                                      T* dx) {
  for (int o = 0; o < rows * d.outer; ++o)
    for (int k = 0; k < d.inner; ++k) {
      const int first = o * d.length * d.inner + k;
      const T factor = unit_factor(d, x + first);
      T along = 0;
      for (int i = 0; i < d.length; ++i) {
        const int at = first + i * d.inner;
        along = multiply_add(dy[at], x[at] * factor, along);
      }
      if (factor >= T(1e7f)) along = 0;
      for (int i = 0; i < d.length; ++i) {
        const int at = first + i * d.inner;
        dx[at] = factor * multiply_subtract(x[at] * factor, along, dy[at]);
      }
    }
}

}  // namespace etch::kernels
