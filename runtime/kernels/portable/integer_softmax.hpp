// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <bit>
#include <cstdint>
#include <runtime/kernels/language.hpp>

namespace etch::kernels {

namespace integer_softmax {

/// Distances stand in units of 2^-16, and none is counted beyond this: exp(-16) is below 2^-15.
inline constexpr std::uint32_t farthest = (16u << 16) - 1;

/// distance * 2^exponent in units of 2^-16.
constexpr std::uint32_t scaled(std::uint32_t distance, std::int32_t exponent) {
  const std::int32_t up = exponent + 16;
  if (up <= -32 || distance == 0) return 0;
  if (up <= 0) {
    distance >>= -up;
    return distance < farthest ? distance : farthest;
  }
  return up > 20 || distance > farthest >> up ? farthest : distance << up;
}

/// exp(-x) for x in units of 2^-16, in units of 2^-15: a power of two by shifting, and between two of them a
/// cubic (least squares, exact at both ends, off by 8e-5 at most).
constexpr std::uint32_t exp_of_minus(std::uint32_t x) {
  constexpr std::uint32_t log2_e = 94548;  // of 2^-16
  const auto t = static_cast<std::uint32_t>(std::uint64_t{x} * log2_e >> 16);
  const std::uint32_t f = t & 0xFFFF;
  const std::uint32_t y = 65536 - (f * (45325 - (f * (15149 - (f * 2593 >> 16)) >> 16)) >> 16);
  return y >> (1 + (t >> 16));
}

/// log(x / 2^15) for x from 2^15 on, in units of 2^-16, off by 0.0008 at most: the logarithm of a power of
/// two, and a cubic for what lies above it (least squares, exact at both ends).
constexpr std::int32_t log_of(std::uint32_t x) {
  constexpr std::int32_t log_2 = 45426;  // of 2^-16
  const int power = std::bit_width(x) - 1;
  const auto f = static_cast<std::int32_t>((x << (31 - power) & 0x7FFFFFFFU) >> 16);  // of 2^-15
  const std::int32_t more = f * (27582 - (f * (37831 - (f * 10249 >> 15)) >> 15)) >> 15;
  return (power - 15) * log_2 + static_cast<std::int32_t>(std::int64_t{2 * f + more} * log_2 >> 16);
}

}  // namespace integer_softmax

/// Softmax of `count` sums (at most 2^14) whose unit is 2^exponent: they become probabilities in units of
/// 2^-15. \param label a class, or -1. \return its cross-entropy in units of 2^-16; beyond 16 it counts 16.
inline std::int32_t integer_softmax_of(std::int32_t count, std::int32_t exponent, std::int32_t label,
                                       std::int32_t* sums) {
  namespace in = integer_softmax;
  std::int32_t largest = sums[0];
  for (std::int32_t k = 1; k < count; ++k) largest = sums[k] > largest ? sums[k] : largest;
  std::uint32_t total = 0, of_label = 0;
  for (std::int32_t k = 0; k < count; ++k) {
    const std::uint32_t x =
        in::scaled(static_cast<std::uint32_t>(largest) - static_cast<std::uint32_t>(sums[k]), exponent);
    if (k == label) of_label = x;
    const std::uint32_t y = in::exp_of_minus(x);
    sums[k] = static_cast<std::int32_t>(y);
    total += y;
  }
  for (std::int32_t k = 0; k < count; ++k)
    sums[k] = static_cast<std::int32_t>(((static_cast<std::uint32_t>(sums[k]) << 15) + total / 2) / total);
  return static_cast<std::int32_t>(of_label) + in::log_of(total);
}

}  // namespace etch::kernels
