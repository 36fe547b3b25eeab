// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/math.hpp>
#include <runtime/kernels/portable/rounding.hpp>

namespace etch::kernels {

namespace detail {

/// x^n by squaring, for whole n from 0 to 64.
constexpr float whole_power(float x, int n) {
  float power = 1, square = x;
  for (; n > 0; n >>= 1, square *= square)
    if ((n & 1) != 0) power *= square;
  return power;
}

/// x^y for x of at least 0: e^(y log x), whose relative error grows with the exponent y log x.
constexpr float real_power(float x, float y) { return x == 1.0f ? 1.0f : math::exp(y * math::log(x)); }

}  // namespace detail

/// x^y: by products for whole y up to 64 in size, else e^(y log |x|), within 1e-5 of the result; below 0 with
/// the sign that a whole y gives, else NaN. x^0 = 1^y = 1.
constexpr float power(float x, float y) {
  if (y == 0.0f || x == 1.0f) return 1.0f;
  const bool whole = round_to_even(y) == y;
  if (whole && y >= -64.0f && y <= 64.0f) {
    const float size = detail::whole_power(x, static_cast<int>(y < 0.0f ? -y : y));
    return y < 0.0f ? 1.0f / size : size;
  }
  if (x != x || y != y) return math::detail::quiet_nan;
  const float size = detail::real_power(math::detail::magnitude(x), y);
  const bool negative = math::detail::bits_of(x) >> 31 != 0;
  if (!negative) return size;
  if (!whole) return x == 0.0f || x - x != 0.0f ? size : math::detail::quiet_nan;
  const float half = 0.5f * y;  // exact
  return round_to_even(half) == half ? size : -size;
}
inline double power(double x, double y) { return __builtin_pow(x, y); }

}  // namespace etch::kernels
