// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/activation_kind.hpp>
#include <runtime/kernels/portable/math.hpp>

namespace etch::kernels {

/// Softmax over the last axis: exp(x - max) / sum. `y` may be `x`.
template <class T>
inline void softmax_row(const T* x, T* y, int n) {
  T top = x[0];
  for (int i = 1; i < n; ++i) top = x[i] > top ? x[i] : top;
  T sum = 0;
  for (int i = 0; i < n; ++i) sum += y[i] = math::exp(x[i] - top);
  const T scale = T(1) / sum;
  for (int i = 0; i < n; ++i) y[i] *= scale;
}

/// y = f(x) over `outer` groups of `inner` elements. `y` may be `x`.
template <class T>
[[gnu::always_inline]] inline void activate(ActivationKind kind, const T* x, T* y, int outer, int inner) {
  const int n = outer * inner;
  switch (kind) {
    case ActivationKind::linear:
      if (x != y)
        for (int i = 0; i < n; ++i) y[i] = x[i];
      break;
    case ActivationKind::relu:
      for (int i = 0; i < n; ++i) y[i] = x[i] <= T(0) ? T(0) : x[i];  // so that a NaN stays one
      break;
    case ActivationKind::sigmoid:
      for (int i = 0; i < n; ++i) y[i] = math::sigmoid(x[i]);
      break;
    case ActivationKind::tanh:
      for (int i = 0; i < n; ++i) y[i] = math::tanh(x[i]);
      break;
    case ActivationKind::softmax:
      for (int g = 0; g < outer; ++g) softmax_row(x + g * inner, y + g * inner, inner);
      break;
  }
}

/// df/dx from y = f(x), for the element-wise functions.
template <class T>
[[gnu::always_inline]] inline T derivative(ActivationKind kind, T y) {
  switch (kind) {
    case ActivationKind::relu:
      return y > T(0) ? T(1) : T(0);
    case ActivationKind::sigmoid:
      return y * (T(1) - y);
    case ActivationKind::tanh:
      return T(1) - y * y;
    case ActivationKind::linear:
    case ActivationKind::softmax:
      break;
  }
  return T(1);
}

/// dx = df/dx * dy from y = f(x). `dx` may be `dy`.
template <class T>
[[gnu::always_inline]] inline void activate_backward(ActivationKind kind, const T* y, const T* dy, T* dx,
                                                     int outer, int inner) {
  if (kind != ActivationKind::softmax) {
    for (int i = 0; i < outer * inner; ++i) dx[i] = dy[i] * derivative(kind, y[i]);
    return;
  }
  for (int g = 0; g < outer; ++g) {
    const int at = g * inner;
    T dot = 0;
    for (int i = 0; i < inner; ++i) dot += y[at + i] * dy[at + i];
    for (int i = 0; i < inner; ++i) dx[at + i] = y[at + i] * (dy[at + i] - dot);
  }
}

}  // namespace etch::kernels
