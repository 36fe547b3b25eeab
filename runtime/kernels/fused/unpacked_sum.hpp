// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/exact.hpp>

#include <limits>

namespace etch::kernels::fused {

/// A sum to which products are added with one rounding each, on cores without a float unit. It is rounded
/// after each step exactly as a float is, but stays taken apart meanwhile, so that a step is a multiplication
/// of whole numbers, a shift and an addition: half the instructions of a library's product and sum. What a
/// step of 32 bits cannot round, one of 64 bits does, and what is not normal, `multiply_add_bits`.
class UnpackedSum {
 public:
  explicit UnpackedSum(float start) : parts_(unpack(bits_of(start))) {}

  [[gnu::always_inline]] void add_to_sum(float a, float b) { add_to_sum(bits_of(a), bits_of(b)); }

  [[gnu::always_inline]] void add_to_sum(std::uint32_t a, std::uint32_t b) {
    const std::int32_t exponent_a = exponent_field(a), exponent_b = exponent_field(b);
    if (!is_normal(exponent_a) || !is_normal(exponent_b)) {
      const bool zero = (a << 1 == 0 && exponent_b != 255) || (b << 1 == 0 && exponent_a != 255);
      if (!zero)
        parts_ = parted(add_any(joined(parts_), a, b));
      else if (parts_.significand == 0 && static_cast<std::int32_t>(a ^ b) >= 0)
        parts_.exponent = 0;  // -0 and +0 is +0
      return;
    }
    const std::uint32_t x = a << 8 | 0x80000000U, y = (b << 7 & 0x3fffffffU) | 0x40000000U;
    const std::int32_t above = parts_.exponent - (exponent_a + exponent_b);
    const bool negative = static_cast<std::int32_t>(a ^ b) < 0;
    if (static_cast<std::uint32_t>(above) < 32) {
      const auto high = static_cast<std::uint32_t>(std::uint64_t{x} * y >> 32);
      const auto magnitude = static_cast<std::int32_t>(high >> above);
      if (add_short(negative ? -magnitude : magnitude)) return;
    } else if (above >= 32) {  // below half of a unit, however near zero the next float is
      if (parts_.exponent == special) parts_ = parted(add_any(joined(parts_), a, b));
      return;
    }
    parts_ = parted(add_long(joined(parts_), a, b));
  }

  [[nodiscard]] float value() const { return float_of(pack(parts_)); }

 private:
  /// significand * 2^(exponent - 283). The magnitude of a significand lies between 2^30 and 2^31, both
  /// included, and its last 7 bits are zero. A sum of zero has the significand 0 and the exponent 0, or -1 if
  /// it is -0. What is subnormal, infinite, no number, or of the largest exponent has the exponent `special`
  /// and its bits as significand: never zero.
  struct Parts {
    std::uint32_t significand;
    std::int32_t exponent;
  };
  static constexpr std::int32_t special = 0x1000, to_exponent = 126;

  // Calls return a number of 64 bits in two registers, a struct of two words in memory.
  static constexpr std::uint64_t joined(Parts p) {
    return p.significand | std::uint64_t{static_cast<std::uint32_t>(p.exponent)} << 32;
  }
  static constexpr Parts parted(std::uint64_t both) {
    return {static_cast<std::uint32_t>(both), static_cast<std::int32_t>(both >> 32)};
  }

  static constexpr bool is_normal(std::int32_t field) { return static_cast<std::uint32_t>(field - 1) < 254; }

  /// Exponents of `Parts` that are those of normal numbers, but for the largest.
  static constexpr bool is_in_range(std::int32_t exponent) {
    return exponent >= to_exponent + 1 && exponent < to_exponent + 254;
  }

  static constexpr Parts unpack(std::uint32_t bits) {
    if (bits << 1 == 0) return {0, bits == 0 ? 0 : -1};
    const std::int32_t exponent = exponent_field(bits);
    if (exponent < 1 || exponent > 253) return {bits, special};
    const std::uint32_t magnitude = (bits << 7 & 0x3fffffffU) | 0x40000000U;
    return {(bits & sign_bit) != 0 ? 0U - magnitude : magnitude, exponent + to_exponent};
  }

  static constexpr std::uint32_t pack(Parts p) {
    if (p.exponent == special) return p.significand;
    if (p.significand == 0) return p.exponent < 0 ? sign_bit : 0;
    const std::uint32_t sign = p.significand & sign_bit;
    // A magnitude of 2^31 carries into the exponent.
    const std::uint32_t magnitude = sign != 0 ? 0U - p.significand : p.significand;
    return sign + (static_cast<std::uint32_t>(p.exponent - to_exponent - 1) << 23) + (magnitude >> 7);
  }

  /// Adds a product of which the bits below 1 are cut off. False where that does not decide the rounding, or
  /// the sum has another exponent.
  [[gnu::always_inline]] bool add_short(std::int32_t product) {
    std::int32_t sum = 0, up = 0;
    if (__builtin_add_overflow(static_cast<std::int32_t>(parts_.significand), product, &sum)) return false;
    const auto bits = static_cast<std::uint32_t>(sum);
    if (static_cast<std::int32_t>(bits ^ bits << 1) >= 0) return false;
    if (__builtin_add_overflow(sum, 0x40, &up) || (up & 0x7f) == 0) return false;
    parts_.significand = static_cast<std::uint32_t>(up) & ~0x7fU;
    return true;
  }

  /// x / 2^n rounded down, n >= 1, with the lowest bit set if that lost something.
  static constexpr std::int64_t shift_right_odd(std::int64_t x, std::int32_t n) {
    if (n > 63) return x == 0 ? 0 : (x < 0 ? -1 : 1);
    const bool lost = static_cast<std::uint64_t>(x) << (64 - n) != 0;
    return (x >> n) | (lost ? 1 : 0);
  }

  /// One step of any operands.
  [[gnu::noinline]] static std::uint64_t add_any(std::uint64_t sum, std::uint32_t a, std::uint32_t b) {
    return joined(unpack(multiply_add_bits_apart(a, b, pack(parted(sum)))));
  }

  /// A product of normal factors to a sum of zero.
  [[gnu::always_inline]] static std::uint64_t first_product(std::uint64_t before, std::uint32_t a,
                                                            std::uint32_t b) {
    const std::uint32_t x = a << 8 | 0x80000000U, y = (b << 7 & 0x3fffffffU) | 0x40000000U;
    std::uint64_t product = std::uint64_t{x} * y;
    std::int32_t exponent = exponent_field(a) + exponent_field(b);
    if (product < std::uint64_t{1} << 62) {
      product <<= 1;
      --exponent;
    }
    std::uint32_t rounded = static_cast<std::uint32_t>(product >> 32) + 0x40U;
    if ((rounded & 0x7fU) == 0 && static_cast<std::uint32_t>(product) == 0) rounded &= ~0x80U;  // to even
    rounded &= ~0x7fU;  // 2^31 at most, which is a magnitude of a significand only below zero
    if (rounded == 0x80000000U) {
      rounded = 0x40000000U;
      ++exponent;
    }
    const bool negative = static_cast<std::int32_t>(a ^ b) < 0;
    return is_in_range(exponent) ? joined({negative ? 0U - rounded : rounded, exponent})
                                 : add_any(before, a, b);
  }

  /// One step in 64 bits, of factors that are normal and a sum that is or is zero.
  [[gnu::noinline]] static std::uint64_t add_long(std::uint64_t before, std::uint32_t a, std::uint32_t b) {
    const Parts p = parted(before);
    if (p.significand == 0) return first_product(before, a, b);
    const std::uint32_t x = a << 8 | 0x80000000U, y = (b << 7 & 0x3fffffffU) | 0x40000000U;
    auto product = static_cast<std::int64_t>(std::uint64_t{x} * y);  // its last 15 bits are zero
    if (static_cast<std::int32_t>(a ^ b) < 0) product = -product;
    // Both as a number of 62 bits times 2^(exponent - 314).
    auto sum = static_cast<std::int64_t>(std::uint64_t{p.significand} << 32);
    const std::int32_t above = p.exponent - (exponent_field(a) + exponent_field(b));
    product = shift_right_odd(product, above >= 0 ? above + 1 : 1);
    sum = shift_right_odd(sum, above >= 0 ? 1 : 1 - above) + product;
    if (sum == 0) return joined({0, 0});
    const int spare = std::countl_zero(static_cast<std::uint64_t>(sum ^ sum >> 63)) - 1;
    const std::uint64_t bits = static_cast<std::uint64_t>(sum) << spare;
    const auto high = static_cast<std::uint32_t>(bits >> 32);
    std::int32_t exponent = p.exponent + 1 - spare - (above >= 0 ? 0 : above);
    std::uint32_t rounded = high + 0x40U;
    if (static_cast<std::int32_t>(high) >= 0 && static_cast<std::int32_t>(rounded) < 0) {
      rounded = 0x40000000U;
      ++exponent;
    } else {
      if ((rounded & 0x7fU) == 0 && static_cast<std::uint32_t>(bits) == 0) rounded &= ~0x80U;  // to even
      rounded &= ~0x7fU;
    }
    return is_in_range(exponent) ? joined({rounded, exponent}) : add_any(before, a, b);
  }

  Parts parts_;
};

}  // namespace etch::kernels::fused
