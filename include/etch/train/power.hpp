// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/math.hpp>

#include <cstdint>

namespace etch::detail {

/// base^n by squaring: the same bits wherever training stopped and went on.
constexpr float power(float base, std::uint32_t n) {
  float result = 1;
  for (; n > 0; n >>= 1, base *= base)
    if (n & 1) result *= base;
  return kernels::separately(result);
}

/// base^(whole + fraction) for base >= 0: only the fraction takes a logarithm.
constexpr float power(float base, std::uint32_t whole, float fraction) {
  const float result = power(base, whole);
  return fraction == 0 ? result : kernels::separately(result * math::exp(fraction * math::log(base)));
}

}  // namespace etch::detail
