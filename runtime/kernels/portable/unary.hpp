// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/activation_functions.hpp>
#include <runtime/kernels/portable/rounding.hpp>
#include <runtime/kernels/portable/trigonometry.hpp>

namespace etch::kernels {

/// Functions of one number that are no activations. The numbers are part of model files: append only.
enum class UnaryKind : std::int32_t {
  absolute,
  negate,
  log,  ///< the natural one
  sqrt,
  rsqrt,       ///< 1 / sqrt(x)
  square,      ///< x x
  reciprocal,  ///< 1 / x
  ceil,
  floor,
  round,  ///< to the nearest whole number, halves to the even one
  sign,   ///< -1, 0 or 1
  erf,    ///< the error function
  sin,
  cos,
  logical_not,  ///< 1 where x is 0, else 0
  is_nan,       ///< 1 where x is not a number, else 0
  is_infinite,  ///< 1 where x is an infinity of either sign, else 0
};

inline constexpr UnaryKind last_unary_kind = UnaryKind::is_infinite;

/// f(x).
template <class T>
[[gnu::always_inline]] inline T unary(UnaryKind kind, T x) {
  switch (kind) {
    case UnaryKind::absolute:
      return x <= T(0) ? T(0) - x : x;  // of -0 too
    case UnaryKind::negate:
      return -x;
    case UnaryKind::log:
      return math::log(x);
    case UnaryKind::sqrt:
      return math::sqrt(x);
    case UnaryKind::rsqrt:
      return T(1) / math::sqrt(x);
    case UnaryKind::square:
      return x * x;
    case UnaryKind::reciprocal:
      return T(1) / x;
    case UnaryKind::ceil:
      return ceil(x);
    case UnaryKind::floor:
      return floor(x);
    case UnaryKind::round:
      return round_to_even(x);
    case UnaryKind::sign:
      return x > T(0) ? T(1) : x < T(0) ? T(-1) : x;  // a NaN stays one
    case UnaryKind::erf:
      return math::erf(x);
    case UnaryKind::sin:
      return math::sin(x);
    case UnaryKind::cos:
      return math::cos(x);
    case UnaryKind::logical_not:
      return x == T(0) ? T(1) : T(0);
    case UnaryKind::is_nan:
      return x == x ? T(0) : T(1);
    case UnaryKind::is_infinite:
      return x == x && !(x - x == T(0)) ? T(1) : T(0);
  }
  return x;
}

/// df/dx from x: 0 for the functions that are constant in steps.
template <class T>
[[gnu::always_inline]] inline T unary_slope(UnaryKind kind, T x) {
  switch (kind) {
    case UnaryKind::absolute:
      return unary(UnaryKind::sign, x);
    case UnaryKind::negate:
      return T(-1);
    case UnaryKind::log:
      return T(1) / x;
    case UnaryKind::sqrt:
      return T(0.5) / math::sqrt(x);
    case UnaryKind::rsqrt:
      return T(-0.5) / (x * math::sqrt(x));
    case UnaryKind::square:
      return T(2) * x;
    case UnaryKind::reciprocal:
      return T(-1) / (x * x);
    case UnaryKind::erf:
      return T(1.1283791670955126) * math::exp(-(x * x));  // 2 / sqrt(pi)
    case UnaryKind::sin:
      return math::cos(x);
    case UnaryKind::cos:
      return -math::sin(x);
    default:
      return T(0);
  }
}

/// y = f(x) for `n` numbers. `y` may be `x`.
template <class T>
[[gnu::always_inline]] inline void unary_forward(UnaryKind kind, const T* x, T* y, int n) {
  for (int i = 0; i < n; ++i) y[i] = unary(kind, x[i]);
}

/// dx = df/dx dy. `dx` may be `dy` or `x`.
template <class T>
[[gnu::always_inline]] inline void unary_backward(UnaryKind kind, const T* x, const T* dy, T* dx, int n) {
  for (int i = 0; i < n; ++i) dx[i] = dy[i] * unary_slope(kind, x[i]);
}

}  // namespace etch::kernels
