// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/requantize.hpp>

/// Functions of fixed-point numbers as TensorFlow Lite's int8 reference computes them, bit for bit. A number
/// with b integer bits is raw / 2^(31 - b); the formulas are gemmlowp's (Taylor series around -1/8 and
/// products of powers for exp, Newton's iteration for 1 / x). No branch depends on what the numbers are.
namespace etch::kernels::fixed_point {

inline constexpr std::int32_t one = INT32_MAX;  ///< 1 with no integer bits, as near as it gets

constexpr std::int32_t saturated(std::int64_t x) {
  return static_cast<std::int32_t>(x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : x);
}
/// Out of line, as the functions below that are made of it: they are called for few numbers.
[[gnu::noinline]] constexpr std::int32_t multiply(std::int32_t a, std::int32_t b) {
  return doubling_high_multiply(a, b);
}
constexpr std::int32_t shifted_left(std::int32_t x, int bits) { return saturated(std::int64_t{x} << bits); }

/// exp(x) for x in [-1/4, 0); both without integer bits.
constexpr std::int32_t exp_of_quarter(std::int32_t x) {
  constexpr std::int32_t exp_of_minus_eighth = 1895147668, third = 715827883;
  const std::int32_t d = x + (1 << 28);
  const std::int32_t d2 = multiply(d, d), d3 = multiply(d2, d), d4 = multiply(d2, d2);
  const std::int32_t higher = rounding_shift(multiply(rounding_shift(d4, 2) + d3, third) + d2, 1);
  return exp_of_minus_eighth + multiply(exp_of_minus_eighth, d + higher);
}

/// exp(x) for x <= 0 with `integer_bits` (at most 5), without integer bits.
[[gnu::noinline]] constexpr std::int32_t exp_of_negative(std::int32_t x, int integer_bits) {
  // exp(-1/4), exp(-1/2), exp(-1), ... exp(-16): what the bits of x above a quarter multiply in.
  constexpr std::int32_t factor[]{1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
  const int quarter_bit = 29 - integer_bits;
  const std::int32_t quarter = 1 << quarter_bit;
  const std::int32_t within = (x & (quarter - 1)) - quarter;
  std::int32_t y = exp_of_quarter(shifted_left(within, integer_bits));
  const auto rest = static_cast<std::uint32_t>(within) - static_cast<std::uint32_t>(x);
  for (int k = 0; k < integer_bits + 2; ++k)
    y = either((rest >> (quarter_bit + k) & 1) != 0, multiply(y, factor[k]), y);
  return either(x == 0, one, y);
}

/// -|x|, which every number has.
constexpr std::int32_t minus_size(std::int32_t x) { return either(x > 0, -(x & INT32_MAX), x); }

/// Newton's iteration for 2 / (1 + x), x in [0, 1) without integer bits; the result has two.
[[gnu::noinline]] constexpr std::int32_t two_over_one_plus(std::int32_t x) {
  constexpr std::int32_t a = 1515870810, b = -1010580540;  // 48/17 and -32/17, with two integer bits
  const auto half = static_cast<std::int32_t>((std::int64_t{x} + one + 1) / 2);
  std::int32_t y = a + multiply(half, b);
  for (int k = 0; k < 3; ++k) {
    const std::int32_t error = (1 << 29) - multiply(half, y);
    y += shifted_left(multiply(y, error), 2);
  }
  return y;
}

/// 1 / (1 + x) for x in [0, 1), without integer bits.
constexpr std::int32_t one_over_one_plus(std::int32_t x) { return shifted_left(two_over_one_plus(x), 1); }
/// (1 - x) / (1 + x).
constexpr std::int32_t one_minus_over_one_plus(std::int32_t x) {
  return shifted_left(two_over_one_plus(x) - (1 << 29), 2);
}

/// 1 / (1 + exp(-x)), without integer bits.
constexpr std::int32_t logistic(std::int32_t x, int integer_bits) {
  const std::int32_t y = one_over_one_plus(exp_of_negative(minus_size(x), integer_bits));
  return either(x == 0, 1 << 30, either(x > 0, y, one - y));
}

/// tanh(x), without integer bits: (1 - exp(-2x)) / (1 + exp(-2x)). At most 4 integer bits.
constexpr std::int32_t tanh(std::int32_t x, int integer_bits) {
  const std::int32_t y = one_minus_over_one_plus(exp_of_negative(minus_size(x), integer_bits + 1));
  return either(x == 0, 0, either(x > 0, y, -y));
}

/// 1 / x = result * 2^-bits (without integer bits), for x > 0 of `integer_bits`. An x that needs more than 31
/// bits, which the reference has no type for, loses the bits below those that the result takes.
struct Reciprocal {
  std::int32_t value = 0;
  int bits = 0;
};
constexpr Reciprocal reciprocal(std::int64_t x, int integer_bits) {
  const int headroom = leading_zeros(static_cast<std::uint64_t>(x)) - 32;
  const int up = either(headroom > 0, headroom, 0), down = up - headroom;
  const auto highest = static_cast<std::uint32_t>(x >> down << up);
  return {one_over_one_plus(static_cast<std::int32_t>(highest - (1u << 31))), integer_bits - headroom};
}

}  // namespace etch::kernels::fixed_point
