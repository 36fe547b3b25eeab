// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/exact.hpp>

namespace etch::kernels::fused {

namespace detail {

/// Significands with their leading bit at 31, of the factor that all products share, and at 30.
constexpr std::uint32_t at_31(std::uint32_t bits) { return bits << 8 | 0x80000000U; }
constexpr std::uint32_t at_30(std::uint32_t bits) { return (bits << 7 & 0x3fffffffU) | 0x40000000U; }

/// a * b + c in 32 bits, `a` given by its significand and exponent, into `result`. False where the operands
/// or the sum are not normal, the sum has another exponent than c, or what was cut off decides the rounding.
[[gnu::always_inline]] inline bool multiply_add_short(std::uint32_t a, std::uint32_t significand_a,
                                                      std::int32_t exponent_a, std::uint32_t b,
                                                      std::uint32_t c, std::uint32_t& result) {
  const std::int32_t exponent_b = exponent_field(b), exponent_c = exponent_field(c);
  if (static_cast<std::uint32_t>(exponent_b - 1) >= 254 || static_cast<std::uint32_t>(exponent_c - 1) >= 254)
    return false;
  const auto above = static_cast<std::uint32_t>(exponent_c + 126 - exponent_a - exponent_b);
  if (above >= 32) return false;
  const auto high = static_cast<std::uint32_t>(std::uint64_t{significand_a} * at_30(b) >> 32);
  const std::uint32_t product = high >> above, addend = at_30(c);
  const bool opposite = static_cast<std::int32_t>(a ^ b ^ c) < 0;
  const std::uint32_t sum = opposite ? addend - product : addend + product, up = sum + 0x40U;
  if (sum >> 30 != 1 || (up & 0x7fU) == 0) return false;
  // The leading bit, or a carry beyond it, adds to the exponent.
  result = (c & 0xff800000U) + (up >> 7) - leading_bit;
  return true;
}

}  // namespace detail

/// a * b + c of bits, on cores without a float unit: the usual one takes 32 bits.
[[gnu::noinline]] inline std::uint32_t multiply_add_soft(std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  const std::int32_t exponent = exponent_field(a);
  std::uint32_t sum = 0;
  if (static_cast<std::uint32_t>(exponent - 1) < 254 &&
      detail::multiply_add_short(a, detail::at_31(a), exponent, b, c, sum))
    return sum;
  return multiply_add_bits_apart(a, b, c);
}

/// y[i] = a * x[i] + y[i], each rounded once, on cores without a float unit. The usual element takes 32 bits
/// and no call.
inline void soft_axpy(int n, float factor, const float* x, float* y) {
  const std::uint32_t a = bits_of(factor), significand = detail::at_31(a);
  const std::int32_t exponent = exponent_field(a);
  const bool normal = static_cast<std::uint32_t>(exponent - 1) < 254;
  for (int i = 0; i < n; ++i) {
    const std::uint32_t b = bits_of(x[i]), c = bits_of(y[i]);
    std::uint32_t sum = 0;
    if (!normal || !detail::multiply_add_short(a, significand, exponent, b, c, sum)) {
      // Gradients of inputs of zero, as they are behind a ReLU, change nothing.
      if (normal && b << 1 == 0 && c << 1 != 0 && exponent_field(c) != 255) continue;
      sum = multiply_add_bits_apart(a, b, c);
    }
    y[i] = float_of(sum);
  }
}

}  // namespace etch::kernels::fused
