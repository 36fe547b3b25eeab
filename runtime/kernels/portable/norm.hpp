// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/math.hpp>

namespace etch::kernels {

/// A Euclidean norm whose square may be out of range: `scale` times the root of `squares`. The scale is a
/// power of two, and 1 wherever plain squares keep their digits.
template <class T>
struct Norm {
  T scale = 1;
  T squares = 0;

  T value() const { return separately(scale * math::sqrt(squares)); }
};

/// The sum of (g times `factor`)^2 over every `stride`-th of elements, from the first to the last.
template <class T>
[[gnu::always_inline]] inline T square_sum(const T* g, int n, int stride = 1, T factor = T(1)) {
  T sum = 0;
  for (int i = 0; i < n; ++i) {
    const T x = g[i * stride] * factor;
    sum = multiply_add(x, x, sum);
  }
  return sum;
}

/// Scales as in Blue 1978, "A portable Fortran program to find the Euclidean norm of a vector": one for
/// squares that overflow, one for such that lose digits. A norm that is infinite or not a number stays so.
template <class T>
[[gnu::always_inline]] inline Norm<T> norm_of(const T* g, int n, int stride = 1) {
  constexpr T large = T(0x1p80f), small = T(0x1p-100f);
  const T plain = square_sum(g, n, stride);
  if (plain >= small && plain - plain == T(0)) return {T(1), plain};
  if (plain < small) return {small, square_sum(g, n, stride, T(1) / small)};
  return {large, square_sum(g, n, stride, T(1) / large)};
}

/// The norm of two vectors together, in the larger scale: what is out of its range does not count beside it.
template <class T>
[[gnu::always_inline]] inline Norm<T> joined(const Norm<T>& a, const Norm<T>& b) {
  if (!(a.squares != T(0))) return b;
  if (!(b.squares != T(0))) return a;
  const Norm<T>&high = a.scale > b.scale ? a : b, &low = a.scale > b.scale ? b : a;
  const T ratio = low.scale / high.scale;
  return {high.scale, a.scale == b.scale ? a.squares + b.squares
                                         : multiply_add(low.squares * ratio, ratio, high.squares)};
}

}  // namespace etch::kernels
