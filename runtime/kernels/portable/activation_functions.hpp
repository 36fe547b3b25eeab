// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/math.hpp>

/// The functions of one number behind the activations that need more than a line, and their slopes.
namespace etch::kernels {

inline constexpr double leaky_relu_slope = 0.2;
/// The fixed point of Klambauer et al. 2017, equation 14: mean 0 and variance 1 stay.
inline constexpr double selu_alpha = 1.6732632423543772, selu_scale = 1.0507009873554805;

template <class T>
constexpr T absolute(T x) {
  return x < T(0) ? -x : x;
}
/// A NaN stays one.
template <class T>
constexpr T clip(T x, T low, T high) {
  return x < low ? low : x > high ? high : x;
}
template <class T>
constexpr T relu6(T x) {
  return clip(x, T(0), T(6));
}
template <class T>
constexpr T elu(T x, T alpha) {
  return x <= T(0) ? alpha * math::expm1(x) : x;
}
/// Neither term overflows.
template <class T>
constexpr T softplus(T x) {
  return (x < T(0) ? T(0) : x) + math::log1p(math::exp(-absolute(x)));
}
template <class T>
constexpr T hard_sigmoid(T x) {
  return relu6(x + T(3)) * (T(1) / T(6));
}
template <class T>
constexpr T hard_silu_slope(T x) {
  if (x <= T(-3)) return T(0);
  return x >= T(3) ? T(1) : multiply_add(x, T(1) / T(3), T(0.5));
}
template <class T>
constexpr T silu_slope(T x) {
  const T s = math::sigmoid(x);
  return s * multiply_add(x, T(1) - s, T(1));
}

/// Phi(x) = (1 + erf(x / sqrt 2)) / 2.
template <class T>
constexpr T normal_cdf(T x) {
  return T(0.5) * (T(1) + math::erf(x * T(0.7071067811865476)));
}
template <class T>
constexpr T gelu_slope(T x) {
  const T density = T(0.3989422804014327) * math::exp(T(-0.5) * x * x);
  return multiply_add(x, density, normal_cdf(x));
}

/// The approximation sqrt(2 / pi) (x + 0.044715 x^3) of the argument of tanh, which is +-1 far inside of
/// +-10.
template <class T>
constexpr T normal_cdf_tanh(T x) {
  const T near = clip(x, T(-10), T(10));
  const T u = T(0.7978845608028654) * multiply_add(T(0.044715) * near * near, near, near);
  return T(0.5) * (T(1) + math::tanh(u));
}
template <class T>
constexpr T gelu_tanh_slope(T x) {
  const T near = clip(x, T(-10), T(10)), cdf = normal_cdf_tanh(near);
  const T inner = T(0.7978845608028654) * multiply_add(T(3 * 0.044715) * near, near, T(1));
  return multiply_add(T(2) * near * cdf * (T(1) - cdf), inner, cdf);
}

/// tanh(log(1 + w)) = n / (n + 2) with n = w (w + 2), w = e^x: one exponential, no logarithm. From x = 20 on
/// it is 1 in double as well.
template <class T>
constexpr T mish(T x) {
  const T w = math::exp(clip(x, x, T(20))), n = w * (w + T(2));
  return x * (n / multiply_add(w, w + T(2), T(2)));
}
template <class T>
constexpr T mish_slope(T x) {
  const T near = clip(x, x, T(20)), w = math::exp(near), n = w * (w + T(2));
  const T below = multiply_add(w, w + T(2), T(2));
  return n / below + near * T(4) * w * (w + T(1)) / (below * below);
}

}  // namespace etch::kernels
