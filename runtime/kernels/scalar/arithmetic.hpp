// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/target.hpp>

#include <cstdint>

/// Arithmetic in the form of which compilers make single instructions of Arm, or written as these.
namespace etch::kernels::scalar::inline ETCH_TARGET {

/// Limits to int8.
[[gnu::always_inline]] inline std::int32_t saturate_to_byte(std::int32_t x) {
#if ETCH_ASSEMBLY
  asm("ssat %0, #8, %0" : "+r"(x));
  return x;
#else
  return x < -128 ? -128 : x > 127 ? 127 : x;
#endif
}

/// x, but 0 where it is negative: without a branch, whatever the compiler.
[[gnu::always_inline]] constexpr std::int32_t not_negative(std::int32_t x) { return x & ~(x >> 31); }

/// A number whose low byte is x limited to 0 to 255. \tparam Negative whether x may be
template <bool Negative>
[[gnu::always_inline]] constexpr std::int32_t limited_to_byte(std::int32_t x) {
  if constexpr (saturates) return x < 0 ? 0 : x > 255 ? 255 : x;
  if constexpr (Negative) x = not_negative(x);
  return x | (255 - x) >> 31;
}

/// a * b + c.
[[gnu::always_inline]] inline std::uint32_t multiply_add(std::uint32_t a, std::int32_t b, std::uint32_t c) {
#if ETCH_ASSEMBLY
  std::uint32_t sum = 0;
  asm("mla %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(c));
  return sum;
#else
  return a * static_cast<std::uint32_t>(b) + c;
#endif
}

/// sum + the high half of ab, rounded half up: on Arm one multiplication that adds.
[[gnu::always_inline]] constexpr std::int32_t add_high_product(std::int32_t a, std::int32_t b,
                                                               std::int32_t sum) {
  const auto start = std::uint64_t{static_cast<std::uint32_t>(sum)} << 32 | 0x80000000U;
  return static_cast<std::int32_t>((static_cast<std::int64_t>(start) + std::int64_t{a} * b) >> 32);
}

/// A positive factor of up to 31 bits, 2^30 or more, or 0, for many products.
class QuarterProduct {
 public:
  QuarterProduct() = default;
  [[gnu::always_inline]] constexpr explicit QuarterProduct(std::int32_t factor) {
    if constexpr (long_products) {
      high_ = factor;
    } else {  // what it has beyond 2^30, in halves of 15 bits
      const std::int32_t beyond = factor - (1 << 30);
      high_ = beyond >> 15;
      low_ = beyond & 0x7fff;
    }
  }
  /// a * factor / 2^30, rounded down. \param a of less than 30 bits, besides its sign
  [[gnu::always_inline]] constexpr std::int32_t operator()(std::int32_t a) const {
    if constexpr (long_products) {
      const auto fourfold = static_cast<std::int32_t>(static_cast<std::uint32_t>(a) << 2);
      return static_cast<std::int32_t>(std::int64_t{fourfold} * high_ >> 32);
    } else {  // each product and sum fits 32 bits
      const std::int32_t high = a >> 15, low = a & 0x7fff;
      return a + high * high_ + (((low * low_ >> 15) + high * low_ + low * high_) >> 15);
    }
  }

 private:
  std::int32_t high_ = 0, low_ = 0;
};

}  // namespace etch::kernels::scalar::inline ETCH_TARGET
