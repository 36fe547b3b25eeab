// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/exact.hpp>

/// One fused multiply-add of floats by a product and a sum of doubles, where hardware has doubles and no
/// fused multiply-add. The product is exact; the sum is rounded to double and then to float, which is the
/// float nearest to the exact sum in all but two cases, and these show in the double.
namespace etch::kernels::fused {

/// Below this, floats are subnormal.
inline constexpr double smallest_normal = 0x1p-126;

/// The bits of a double that a normal float has not, and what they are half way between two floats.
inline constexpr std::uint64_t lost_bits = 0x1fffffff, half_way = 0x10000000;

/// Whether the float nearest to `sum`, a product of floats plus a float in double, may be another one than
/// that nearest to the exact sum: half way between two floats the first rounding has hidden what decides, and
/// subnormal floats have their half ways elsewhere. A zero is exact.
constexpr bool rounds_twice(double sum) {
  const bool subnormal = sum < smallest_normal && sum > -smallest_normal && sum != 0;
  return (std::bit_cast<std::uint64_t>(sum) & lost_bits) == half_way || subnormal;
}

/// a * b + c, rounded once.
[[gnu::always_inline]] inline float multiply_add_in_double(float a, float b, float c) {
  const double sum = static_cast<double>(a) * static_cast<double>(b) + static_cast<double>(c);
  if (rounds_twice(sum)) [[unlikely]]
    return float_of(multiply_add_bits_apart(bits_of(a), bits_of(b), bits_of(c)));
  return static_cast<float>(sum);
}

}  // namespace etch::kernels::fused
