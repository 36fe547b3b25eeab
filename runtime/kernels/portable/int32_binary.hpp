// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/binary.hpp>

namespace etch::kernels {

/// What a fused function leaves of a result.
struct Int32Bounds {
  std::int32_t lowest = INT32_MIN, highest = INT32_MAX;
};

namespace detail {

/// Modulo 2^32. Quotients are cut towards zero; that by zero is 0, as of Arm's instruction.
[[gnu::always_inline]] constexpr std::int32_t combine_words(BinaryKind kind, std::int32_t a, std::int32_t b) {
  const auto p = static_cast<std::uint32_t>(a), q = static_cast<std::uint32_t>(b);
  switch (kind) {
    case BinaryKind::add:
      return static_cast<std::int32_t>(p + q);
    case BinaryKind::subtract:
      return static_cast<std::int32_t>(p - q);
    case BinaryKind::multiply:
      return static_cast<std::int32_t>(p * q);
    case BinaryKind::divide:
      return b == 0 ? 0 : b == -1 ? static_cast<std::int32_t>(0 - p) : a / b;
    case BinaryKind::maximum:
      return a >= b ? a : b;
    case BinaryKind::minimum:
      return a <= b ? a : b;
    default:  // there is no other of whole numbers
      return a;
  }
}

}  // namespace detail

/// `y` may be an operand of as many elements.
[[gnu::always_inline]] inline void int32_binary(const Binary& d, const Int32Bounds& bounds,
                                                const std::int32_t* a, const std::int32_t* b,
                                                std::int32_t* y) {
  detail::for_each_element(
      d, 1, [&](int at, int i, int j) __attribute__((always_inline)) {
        const std::int32_t result = detail::combine_words(d.kind, a[i], b[j]);
        y[at] = result < bounds.lowest ? bounds.lowest : result > bounds.highest ? bounds.highest : result;
      });
}

}  // namespace etch::kernels
