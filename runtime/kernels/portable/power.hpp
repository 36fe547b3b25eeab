// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/math.hpp>
#include <runtime/kernels/portable/rounding.hpp>

/// Powers of any floats, with the same bits everywhere: as `math.hpp`, whose double versions forward to libm.
namespace etch::math {

namespace detail {

/// x^n by squaring, for whole n from 0 to 64.
template <Single T>
constexpr T whole_power(T x, int n) {
  T power = 1, square = x;
  for (; n > 0; n >>= 1, square *= square)
    if ((n & 1) != 0) power *= square;
  return power;
}

/// x^y for x of at least 0: e^(y log x), whose relative error grows with the exponent y log x.
template <Single T>
constexpr T real_power(T x, T y) {
  return x == T(1) ? T(1) : exp(separately(y * log(x)));
}

}  // namespace detail

/// x^y: by products for whole y up to 64 in size, else e^(y log |x|), within 1e-5 of the result; below 0 with
/// the sign that a whole y gives, else NaN. x^0 = 1^y = 1.
template <Single T>
constexpr T pow(T x, T y) {
  if (y == T(0) || x == T(1)) return 1;
  const bool whole = kernels::round_to_even(y) == y;
  if (whole && y >= T(-64) && y <= T(64)) {
    const T size = detail::whole_power(x, static_cast<int>(y < T(0) ? -y : y));
    return y < T(0) ? T(1) / size : size;
  }
  if (!(x == x) || !(y == y)) return detail::quiet_nan;
  const T size = detail::real_power(detail::magnitude(x), y);
  const bool negative = detail::bits_of(x) >> 31 != 0;
  if (!negative) return size;
  if (!whole) return x == T(0) || !(x - x == T(0)) ? size : T(detail::quiet_nan);
  const T half = separately(T(0.5f) * y);  // exact
  return kernels::round_to_even(half) == half ? size : -size;
}
inline double pow(double x, double y) { return __builtin_pow(x, y); }

}  // namespace etch::math
