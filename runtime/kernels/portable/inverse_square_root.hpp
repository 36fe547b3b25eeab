// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/fixed_point.hpp>

#include <bit>

/// 1 / sqrt(x) of whole numbers as TensorFlow Lite computes it (GetInvSqrtQuantizedMultiplierExp, in
/// kernels/internal/common.h), and what stands on it.
namespace etch::kernels {

/// 1 / sqrt(x) as a multiplier and shift. 0 counts as 1. \param x at least 0.
[[gnu::noinline]] constexpr Int8Scale inverse_square_root(std::int32_t x) {
  constexpr std::int32_t one = 1 << 28, half_of_three = one + one / 2, half_of_root_two = 1518500250;
  if (x <= 1) return {INT32_MAX, 0};
  int shift = 11;
  for (; x >= 1 << 29; ++shift) x /= 4;
  const int pairs = (std::countl_zero(static_cast<std::uint32_t>(x)) - 1) / 2 - 1;
  shift -= pairs;
  x <<= 2 * pairs;
  // Newton's iteration with three integer bits: y (3 - x y^2) / 2, from y = 1 on. A product has as many
  // integer bits as both factors.
  const std::int32_t half = rounding_shift(x >> 1, 1);
  std::int32_t y = one;
  for (int k = 0; k < 5; ++k) {
    const std::int32_t cube =
        fixed_point::shifted_left(fixed_point::multiply(fixed_point::multiply(y, y), y), 6);
    y = fixed_point::shifted_left(fixed_point::multiply(half_of_three, y) - fixed_point::multiply(half, cube),
                                  3);
  }
  const std::int32_t multiplier = fixed_point::multiply(y, half_of_root_two);
  if (shift < 0) return {multiplier * (1 << -shift), 0};
  return {multiplier, -shift};
}

/// Bits that 1 / sqrt(x) of a stored number is raised by.
inline constexpr int rsqrt_shift = 20;

/// Steps of 1 / sqrt(x), TensorFlow Lite's RSQRT, of a difference to the zero point; from 0 down, where it is
/// not defined, the largest. \param scale to the steps of the result, after those bits.
constexpr std::int32_t quantized_rsqrt(std::int32_t difference, const Int8Scale& scale) {
  if (difference <= 0) return INT32_MAX;
  const Int8Scale inverse = inverse_square_root(difference);
  return requantize(requantize(1, inverse.multiplier, inverse.shift + rsqrt_shift), scale.multiplier,
                    scale.shift);
}

/// RSQRT of n numbers of int16. `y` may be `x`.
inline void int16_rsqrt(int n, const std::int16_t* x, const Int8Scale& scale, std::int16_t* y) {
  for (int i = 0; i < n; ++i) {
    const std::int32_t steps = quantized_rsqrt(x[i], scale);
    y[i] = static_cast<std::int16_t>(steps > INT16_MAX ? INT16_MAX : steps);
  }
}

/// Rows of `length` int8 numbers divided by the root of the sum of their squares, TensorFlow Lite's
/// L2_NORMALIZATION: results have scale 1/128 and zero point 0. `y` may be `x`.
inline void int8_unit_norm(int rows, int length, std::int32_t zero_point, const std::int8_t* x,
                           std::int8_t* y) {
  constexpr int result_bits = 7;
  for (int r = 0; r < rows; ++r, x += length, y += length) {
    std::int32_t sum = 0;
    for (int i = 0; i < length; ++i) sum += (x[i] - zero_point) * (x[i] - zero_point);
    const Int8Scale inverse = inverse_square_root(sum);
    const Int8Scale scale{inverse.multiplier, inverse.shift + result_bits};
    for (int i = 0; i < length; ++i) y[i] = requantize_to_int8(x[i] - zero_point, scale, {});
  }
}
/// A sum of squares of differences of int8 fits 32 bits.
inline constexpr int most_int8_products = INT32_MAX / (255 * 255);

}  // namespace etch::kernels
