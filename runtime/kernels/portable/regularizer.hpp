// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/weight_rules.hpp>

namespace etch::kernels {

/// l1 * sum |w| + l2 * sum w^2. Each sum runs from the first element to the last.
template <class T>
[[gnu::always_inline]] inline T penalty(float l1, float l2, const T* w, int n) {
  T sizes = 0, squares = 0;
  for (int i = 0; i < n; ++i) {
    sizes += w[i] < 0 ? -w[i] : w[i];
    squares = multiply_add(w[i], w[i], squares);
  }
  return multiply_add(T(l2), squares, T(l1) * sizes);
}

/// Adds the penalty's slope to the gradient: g += l1 * sign(w) + 2 * l2 * w, with sign(0) = 0.
template <class T>
[[gnu::always_inline]] inline void regularize(float l1, float l2, const T* w, T* g, int n) {
  const T size = T(l1), square = T(2) * T(l2);
  for (int i = 0; i < n; ++i) {
    const T sign = w[i] > 0 ? T(1) : w[i] < 0 ? T(-1) : T(0);
    g[i] += multiply_add(square, w[i], size * sign);
  }
}

}  // namespace etch::kernels
