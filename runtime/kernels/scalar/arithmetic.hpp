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

}  // namespace etch::kernels::scalar::inline ETCH_TARGET
