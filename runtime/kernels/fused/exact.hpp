// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <bit>
#include <cstdint>
#include <limits>

/// One fused multiply-add of floats in whole numbers: for cores without a float unit, for constants, and for
/// the operands that the other forms do not round rightly.
namespace etch::kernels::fused {

static_assert(std::numeric_limits<float>::is_iec559 && sizeof(float) == 4);

inline constexpr std::uint32_t sign_bit = 0x80000000, infinity_bits = 0x7f800000, quiet_nan_bits = 0x7fc00000;
inline constexpr std::uint32_t leading_bit =
    0x00800000;  // of a significand, which the bits of a float leave out

constexpr std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }
constexpr float float_of(std::uint32_t bits) { return std::bit_cast<float>(bits); }

/// The field of the exponent, 1 to 254 for normal numbers.
constexpr std::int32_t exponent_field(std::uint32_t bits) {
  return static_cast<std::int32_t>(bits >> 23 & 255U);
}

namespace detail {

/// significand * 2^(exponent - 150), 2^23 <= significand < 2^24.
struct Normalized {
  std::uint32_t significand;
  std::int32_t exponent;
};

/// Of a finite number that is not zero.
constexpr Normalized normalize(std::uint32_t bits) {
  const std::uint32_t fraction = bits & (leading_bit - 1);
  const std::int32_t exponent = exponent_field(bits);
  if (exponent != 0) return {fraction | leading_bit, exponent};
  const int shift = std::countl_zero(fraction) - 8;
  return {fraction << shift, 1 - shift};
}

/// x / 2^n, n >= 0, whose lowest bit stands for all below it: rounding asks only whether there are any.
constexpr std::uint64_t shift_right_sticky(std::uint64_t x, std::int32_t n) {
  if (n == 0) return x;
  if (n > 63) return x != 0 ? 1 : 0;
  return (x >> n) | (x << (64 - n) != 0 ? 1U : 0U);
}

/// The float nearest to significand * 2^(exponent - 190), of two the even one; 2^63 <= significand.
constexpr std::uint32_t round_to_float(std::uint32_t sign, std::uint64_t significand, std::int32_t exponent) {
  if (exponent >= 255) return sign | infinity_bits;
  const bool normal = exponent >= 1;
  if (!normal) significand = shift_right_sticky(significand, 1 - exponent);
  const auto kept = static_cast<std::uint32_t>(significand >> 40);
  const std::uint64_t rest = significand << 24;
  constexpr std::uint64_t half = std::uint64_t{1} << 63;
  const std::uint32_t up = rest > half || (rest == half && (kept & 1U) != 0) ? 1 : 0;
  // The leading bit of a normal number adds one to the exponent, and so does a carry.
  const std::uint32_t below = normal ? static_cast<std::uint32_t>(exponent - 1) << 23 : 0;
  return sign + below + kept + up;
}

/// With an operand that is infinite or no number, or a product of zero.
constexpr std::uint32_t multiply_add_special(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  constexpr std::uint32_t infinite = infinity_bits << 1;
  const std::uint32_t size_a = a << 1, size_b = b << 1, size_c = c << 1;
  if (size_a > infinite || size_b > infinite || size_c > infinite) return quiet_nan_bits;
  const std::uint32_t sign = (a ^ b) & sign_bit;
  if (size_a == infinite || size_b == infinite) {
    const bool zero_times_infinity = size_a == 0 || size_b == 0;
    const bool opposite = size_c == infinite && (c & sign_bit) != sign;
    return zero_times_infinity || opposite ? quiet_nan_bits : sign | infinity_bits;
  }
  return size_c != 0 ? c : c & sign;  // -0 only where both are
}

}  // namespace detail

/// The bits of a * b + c, rounded once to the nearest float, of two to the even one. Subnormal numbers are
/// kept. Every NaN is the same one.
constexpr std::uint32_t multiply_add_bits(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  if (exponent_field(a) == 255 || exponent_field(b) == 255 || exponent_field(c) == 255 || a << 1 == 0 ||
      b << 1 == 0)
    return detail::multiply_add_special(a, b, c);
  const detail::Normalized na = detail::normalize(a), nb = detail::normalize(b);
  // Both as a number of 62 bits times 2^(exponent - 188).
  std::uint64_t product = std::uint64_t{na.significand << 7} * (nb.significand << 7), addend = 0;
  std::int32_t exponent = na.exponent + nb.exponent - 126;
  if (c << 1 != 0) {
    const detail::Normalized nc = detail::normalize(c);
    addend = std::uint64_t{nc.significand << 6} << 32;
    const std::int32_t above = nc.exponent - exponent;
    if (above >= 0) {
      product = detail::shift_right_sticky(product, above);
      exponent = nc.exponent;
    } else {
      addend = detail::shift_right_sticky(addend, -above);
    }
  }
  std::uint32_t sign = (a ^ b) & sign_bit;
  std::uint64_t sum = product + addend;
  if ((c & sign_bit) != sign) {
    if (product == addend) return 0;
    const bool larger = product > addend;
    sum = larger ? product - addend : addend - product;
    if (!larger) sign ^= sign_bit;
  }
  const int zeros = std::countl_zero(sum);
  return detail::round_to_float(sign, sum << zeros, exponent + 2 - zeros);
}

/// One copy a program: too long for the loops that call it seldom.
[[gnu::noinline]] inline std::uint32_t multiply_add_bits_apart(std::uint32_t a, std::uint32_t b,
                                                               std::uint32_t c) {
  return multiply_add_bits(a, b, c);
}

/// a * b + c, rounded once.
constexpr float multiply_add_exact(float a, float b, float c) {
  return float_of(multiply_add_bits(bits_of(a), bits_of(b), bits_of(c)));
}

/// a * b + 0 by a product alone: that is rounded as the sum is, and only a product with zero has another
/// sign.
constexpr float multiply_add_to_zero(float a, float b) {
  const float product = a * b;
  return bits_of(a) << 1 == 0 || bits_of(b) << 1 == 0 ? product + 0.0f : product;
}

}  // namespace etch::kernels::fused
