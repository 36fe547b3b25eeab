// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/math.hpp>

/// Sine and cosine of any float, with the same bits everywhere: as `math.hpp`, whose double versions forward
/// to libm.
namespace etch::math {

namespace detail {

/// An angle x = (quarter + turn) pi / 2, |turn| <= 1/2.
struct Quadrant {
  std::uint32_t quarter;
  float turn;
};

/// Of a finite x of at least 2^-4 in size. It is m 2^e with whole m of 24 bits; of 2 / pi the 96 bits count
/// whose products with it lie between 4 and far below an ulp of the smallest turn that a float has (2^-32),
/// so that the reduction is exact for the largest x as well (Payne and Hanek 1983).
constexpr Quadrant quadrant_of(float x) {
  constexpr std::uint32_t two_over_pi[]{0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0,
                                        0xdb629599, 0x3c439041, 0xfe5163ab};
  const std::uint32_t bits = bits_of(x) & ~sign_bit;
  const std::uint32_t m = (bits & 0x007fffff) | smallest_normal_bits;
  const int e = static_cast<int>(bits >> 23) - 150;
  const int skipped = e > 2 ? e - 2 : 0, word = skipped / 32, shift = skipped % 32;
  std::uint32_t product[4]{};  // most significant first
  std::uint64_t carry = 0;
  for (int i = 2; i >= 0; --i) {
    const std::uint64_t pair = std::uint64_t{two_over_pi[word + i]} << 32 | two_over_pi[word + i + 1];
    carry += std::uint64_t{m} * static_cast<std::uint32_t>(pair >> (32 - shift));
    product[i + 1] = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  product[0] = static_cast<std::uint32_t>(carry);
  // The point lies 96 + skipped - e bits from the right: 94 for a large x, at most 123.
  const int whole = 128 - (96 + skipped - e);  // bits before the point, of which two count
  const std::uint64_t high = std::uint64_t{product[0]} << 32 | product[1],
                      low = std::uint64_t{product[2]} << 32 | product[3];
  const std::uint64_t fraction = high << whole | low >> (64 - whole);
  const auto quarter = static_cast<std::uint32_t>(high >> (64 - whole));
  const std::uint32_t up = static_cast<std::uint32_t>(fraction >> 63);  // to the nearest quarter
  const float size =
      static_cast<float>(static_cast<std::int64_t>((up != 0 ? std::uint64_t{} - fraction : fraction) >> 1)) *
      0x1p-63f;
  return {quarter + up, up != 0 ? -size : size};
}

/// sin and cos for |r| <= pi / 4, by polynomials of degree 7 and 8 at Chebyshev's nodes.
template <Single T>
constexpr T sin_near(T r) {
  const T z = r * r;
  const T p = multiply_add(z, multiply_add(z, T(-0x1.9ac856p-13f), T(0x1.110c26p-7f)), T(-0x1.555552p-3f));
  return multiply_add(r * z, p, r);
}
template <Single T>
constexpr T cos_near(T r) {
  const T z = r * r;
  const T p = multiply_add(z, multiply_add(z, T(0x1.9bd786p-16f), T(-0x1.6c12d0p-10f)), T(0x1.555554p-5f));
  return T(1) - multiply_subtract(z * z, p, separately(T(0.5f) * z));
}

/// sin(x + quarters pi / 2).
template <Single T>
constexpr T sin_of_quarters(T x, std::uint32_t quarters) {
  if ((bits_of(x) & ~sign_bit) >= infinity_bits) return quiet_nan;
  if (quarters == 0 && magnitude(x) < T(0x1p-12f)) return x;  // of -0 too
  Quadrant at{0, 0};
  T r = x;
  if (magnitude(x) > T(0x1.921fb6p-1f)) {
    at = quadrant_of(kernels::plain(x));
    const T turn = at.turn;
    r = with_sign_of(separately(magnitude(turn) * T(0x1.921fb6p+0f)), turn);
    if (x < T(0)) {
      r = -r;
      at.quarter = 0U - at.quarter;
    }
  }
  const std::uint32_t quarter = (at.quarter + quarters) & 3;
  const T size = (quarter & 1) != 0 ? cos_near(r) : sin_near(r);
  return (quarter & 2) != 0 ? -size : size;
}

}  // namespace detail

/// The sine, within 3 ulp; NaN for infinities.
template <Single T>
constexpr T sin(T x) {
  return detail::sin_of_quarters(x, 0);
}
/// The cosine, within 3 ulp; NaN for infinities.
template <Single T>
constexpr T cos(T x) {
  return detail::sin_of_quarters(x, 1);
}

inline double sin(double x) { return __builtin_sin(x); }
inline double cos(double x) { return __builtin_cos(x); }

}  // namespace etch::math
