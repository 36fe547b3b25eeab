// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/activation_functions.hpp>
#include <runtime/kernels/portable/activation_kind.hpp>

namespace etch::kernels {

/// Softmax over `n` elements: exp(x - max) / sum, summed in order. `y` may be `x`.
template <class T>
inline void softmax_row(const T* x, T* y, int n) {
  T top = x[0];
  for (int i = 1; i < n; ++i) top = x[i] > top ? x[i] : top;
  T sum = 0;
  for (int i = 0; i < n; ++i) sum += y[i] = math::exp_of_difference(x[i] - top);
  const T scale = T(1) / sum;
  for (int i = 0; i < n; ++i) y[i] *= scale;
}

/// Log-softmax over `n` elements: (x - max) - log(sum of exp(x - max)), summed in order. `y` may be `x`.
template <class T>
inline void log_softmax_row(const T* x, T* y, int n) {
  T top = x[0];
  for (int i = 1; i < n; ++i) top = x[i] > top ? x[i] : top;
  T sum = 0;
  for (int i = 0; i < n; ++i) sum += math::exp_of_difference(x[i] - top);
  const T total = math::log(sum);
  for (int i = 0; i < n; ++i) y[i] = (x[i] - top) - total;
}

namespace detail {
// Not inlined into every caller: a firmware keeps one loop for each function that it uses.
template <class T, class F>
inline void each(const T* x, T* y, int n, F f) {
  for (int i = 0; i < n; ++i) y[i] = f(x[i]);
}
}  // namespace detail

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
#pragma GCC unroll 4
      for (int i = 0; i < n; ++i) y[i] = x[i] <= T(0) ? T(0) : x[i];  // so that a NaN stays one
      break;
    case ActivationKind::sigmoid:
      return detail::each(x, y, n, [](T v) { return math::sigmoid(v); });
    case ActivationKind::tanh:
      return detail::each(x, y, n, [](T v) { return math::tanh(v); });
    case ActivationKind::softmax:
      for (int g = 0; g < outer; ++g) softmax_row(x + g * inner, y + g * inner, inner);
      break;
    case ActivationKind::relu6:
      return detail::each(x, y, n, [](T v) { return relu6(v); });
    case ActivationKind::leaky_relu:
      return detail::each(x, y, n, [](T v) { return v <= T(0) ? T(leaky_relu_slope) * v : v; });
    case ActivationKind::elu:
      return detail::each(x, y, n, [](T v) { return elu(v, T(1)); });
    case ActivationKind::selu:
      return detail::each(x, y, n, [](T v) { return T(selu_scale) * elu(v, T(selu_alpha)); });
    case ActivationKind::gelu:
      return detail::each(x, y, n, [](T v) { return v * normal_cdf(v); });
    case ActivationKind::gelu_tanh:
      return detail::each(x, y, n, [](T v) { return v * normal_cdf_tanh(v); });
    case ActivationKind::silu:
      return detail::each(x, y, n, [](T v) { return v * math::sigmoid(v); });
    case ActivationKind::softplus:
      return detail::each(x, y, n, [](T v) { return softplus(v); });
    case ActivationKind::softsign:
      return detail::each(x, y, n, [](T v) { return v / (T(1) + absolute(v)); });
    case ActivationKind::hard_sigmoid:
      return detail::each(x, y, n, [](T v) { return hard_sigmoid(v); });
    case ActivationKind::hard_sigmoid_keras2:
      return detail::each(x, y, n, [](T v) { return clip(multiply_add(T(0.2), v, T(0.5)), T(0), T(1)); });
    case ActivationKind::hard_silu:
      return detail::each(x, y, n, [](T v) { return v * hard_sigmoid(v); });
    case ActivationKind::mish:
      return detail::each(x, y, n, [](T v) { return mish(v); });
    case ActivationKind::exponential:
      return detail::each(x, y, n, [](T v) { return math::exp(v); });
    case ActivationKind::log_softmax:
      for (int g = 0; g < outer; ++g) log_softmax_row(x + g * inner, y + g * inner, inner);
      break;
  }
}

/// df/dx from y = f(x), for the element-wise functions with `derivative_from_result`.
template <class T>
[[gnu::always_inline]] inline T derivative(ActivationKind kind, T y) {
  switch (kind) {
    case ActivationKind::relu:
      return y > T(0) ? T(1) : T(0);
    case ActivationKind::sigmoid:
      return y * (T(1) - y);
    case ActivationKind::tanh:
      return multiply_subtract(y, y, T(1));
    case ActivationKind::relu6:
      return y > T(0) && y < T(6) ? T(1) : T(0);
    case ActivationKind::leaky_relu:
      return y > T(0) ? T(1) : T(leaky_relu_slope);
    case ActivationKind::elu:
      return y > T(0) ? T(1) : y + T(1);
    case ActivationKind::selu:
      return y > T(0) ? T(selu_scale) : y + T(selu_scale) * T(selu_alpha);
    case ActivationKind::softplus:
      return -math::expm1(-y);  // sigmoid(x) = 1 - e^-y
    case ActivationKind::softsign: {
      const T rest = T(1) - absolute(y);
      return rest * rest;
    }
    case ActivationKind::hard_sigmoid:
      return y > T(0) && y < T(1) ? T(1) / T(6) : T(0);
    case ActivationKind::hard_sigmoid_keras2:
      return y > T(0) && y < T(1) ? T(0.2) : T(0);
    case ActivationKind::exponential:
      return y;
    default:
      return T(1);
  }
}

/// df/dx from x, for the functions that `derivative` does not know.
template <class T>
[[gnu::always_inline]] inline T derivative_at(ActivationKind kind, T x) {
  switch (kind) {
    case ActivationKind::gelu:
      return gelu_slope(x);
    case ActivationKind::gelu_tanh:
      return gelu_tanh_slope(x);
    case ActivationKind::silu:
      return silu_slope(x);
    case ActivationKind::hard_silu:
      return hard_silu_slope(x);
    case ActivationKind::mish:
      return mish_slope(x);
    default:
      return T(1);
  }
}

/// dx = df/dx * dy from y = f(x), for kinds with `derivative_from_result`. `dx` may be `dy`.
template <class T>
[[gnu::always_inline]] inline void activate_backward(ActivationKind kind, const T* y, const T* dy, T* dx,
                                                     int outer, int inner) {
  if (is_elementwise(kind)) {
    for (int i = 0; i < outer * inner; ++i) dx[i] = dy[i] * derivative(kind, y[i]);
    return;
  }
  const bool log = kind == ActivationKind::log_softmax;
  for (int at = 0; at < outer * inner; at += inner) {
    T dot = 0;
    for (int i = at; i < at + inner; ++i) dot = log ? dot + dy[i] : multiply_add(y[i], dy[i], dot);
    for (int i = at; i < at + inner; ++i)
      dx[i] = log ? multiply_subtract(math::exp(y[i]), dot, dy[i]) : y[i] * (dy[i] - dot);
  }
}

/// The same from the input x, for the other kinds (all of them element-wise). `dx` may be `dy` or `x`.
template <class T>
[[gnu::always_inline]] inline void activate_backward_from_input(ActivationKind kind, const T* x, const T* dy,
                                                                T* dx, int n) {
  for (int i = 0; i < n; ++i) dx[i] = dy[i] * derivative_at(kind, x[i]);
}

}  // namespace etch::kernels
