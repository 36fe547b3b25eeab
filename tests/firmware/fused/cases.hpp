// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <bit>
#include <cstdint>
#include <iterator>

/// Operands of a * b + c at which one rounding is hard: the same ones on every target.
namespace fused_cases {

/// Every pair of neighbours at which a float changes its kind, and a few numbers; the other sign of each too.
inline constexpr std::uint32_t edges[] = {
    0x00000000,  // 0
    0x00000001,  // the smallest subnormal
    0x00000003, 0x00400000,
    0x007fffff,  // the largest subnormal
    0x00800000,  // the smallest normal
    0x00800001, 0x3f7fffff,
    0x3f800000,  // 1
    0x3f800001,
    0x4b7fffff,  // 2^24 - 1
    0x7f000000,  // 2^127
    0x7f7fffff,  // the largest
    0x7f800000,  // infinity
    0x7fc00000,  // no number
    0x7f800001,  // one that signals
};

constexpr bool is_nan(std::uint32_t bits) { return (bits & 0x7fffffffU) > 0x7f800000U; }
/// NaN is NaN: sign and payload are free.
constexpr std::uint32_t canonical(std::uint32_t bits) { return is_nan(bits) ? 0x7fc00000U : bits; }
constexpr bool same(std::uint32_t x, std::uint32_t y) { return canonical(x) == canonical(y); }

struct Case {
  std::uint32_t a, b, c;
};

enum class Kind {
  any,          ///< any bits
  near,         ///< product and addend of like size
  cancelling,   ///< the addend is the rounded product, or a few units beside, with the other sign
  tie,          ///< half way between two floats, and beside it
  half_a_unit,  ///< a product of about half a unit of the addend
  subnormal,    ///< results about the smallest numbers
  overflowing,  ///< results about the largest
  few_bits,     ///< short significands: exact sums, zeros of both signs, powers of two
  count
};
inline constexpr int kinds = static_cast<int>(Kind::count);

class Draws {
 public:
  explicit constexpr Draws(std::uint32_t seed) : state_(seed * 2654435769U + 1U) {}

  constexpr std::uint32_t next() {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::uint32_t>(state_ >> 32);
  }
  /// From low to high, both included.
  constexpr std::int32_t between(std::int32_t low, std::int32_t high) {
    return low + static_cast<std::int32_t>(next() % static_cast<std::uint32_t>(high - low + 1));
  }
  /// A float of an exponent field between low and high, which are held to 0 and 254.
  constexpr std::uint32_t of_exponent(std::int32_t low, std::int32_t high) {
    const std::int32_t drawn = between(low, high), exponent = drawn < 0 ? 0 : drawn > 254 ? 254 : drawn;
    std::uint32_t bits = next();
    if (next() % 4 == 0) bits &= 0xfff00000U | next() << 20;  // a short significand
    if (next() % 16 == 0) bits |= 0x007ffff0U;                // just below a power of two
    return (bits & 0x807fffffU) | static_cast<std::uint32_t>(exponent) << 23;
  }

  constexpr Case draw(Kind kind) {
    switch (kind) {
      case Kind::near:
        return near(between(-40, 40));
      case Kind::cancelling:
        return cancelling();
      case Kind::tie:
        return tie();
      case Kind::half_a_unit:
        return half_a_unit();
      case Kind::subnormal:
        return {of_exponent(40, 70), of_exponent(40, 70), of_exponent(0, 24)};
      case Kind::overflowing:
        return {of_exponent(185, 196), of_exponent(185, 196), of_exponent(230, 254)};
      case Kind::few_bits:
        return {few_bits(), few_bits(), few_bits()};
      case Kind::any:
      case Kind::count:
        break;
    }
    return {next(), next(), next()};
  }

 private:
  /// The addend's exponent is `above` that of the product.
  constexpr Case near(std::int32_t above) {
    const std::uint32_t a = of_exponent(87, 167), b = of_exponent(87, 167);
    const auto exponent = static_cast<std::int32_t>((a >> 23 & 255U) + (b >> 23 & 255U)) - 127 + above;
    return {a, b, of_exponent(exponent, exponent)};
  }
  constexpr Case cancelling() {
    const std::uint32_t a = of_exponent(100, 150), b = of_exponent(100, 150);
    const float product = std::bit_cast<float>(a) * std::bit_cast<float>(b);
    const std::uint32_t c = std::bit_cast<std::uint32_t>(product) ^ 0x80000000U;
    return {a, b, c + static_cast<std::uint32_t>(between(-3, 3))};
  }
  /// (odd number of 12 bits) * (odd number of 13 bits) + (even number), of which half have 25 bits; or next
  /// to nothing instead of the even number.
  constexpr Case tie() {
    const auto a = static_cast<float>(between(2048, 4095) | 1);
    const auto b = static_cast<float>(between(4096, 8191) | 1);
    const auto even = static_cast<float>(between(0, 0x7fffff) * (between(0, 1) != 0 ? 2 : 4));
    const std::uint32_t sign = next() << 31, other = next() << 31;
    std::uint32_t c = std::bit_cast<std::uint32_t>(even) ^ other;
    if (next() % 4 == 0) c = of_exponent(40, 115);
    if (next() % 8 == 0) ++c;
    return {std::bit_cast<std::uint32_t>(a) ^ sign, std::bit_cast<std::uint32_t>(b), c};
  }
  constexpr Case half_a_unit() {
    const std::uint32_t c = of_exponent(-10, 200);
    const auto field = static_cast<std::int32_t>(c >> 23 & 255U);
    const std::int32_t exponent = (field == 0 ? 1 : field) + 127 - 24 + between(-1, 1);
    const std::int32_t first = exponent / 2 + between(-20, 20);
    const auto about = [&](std::int32_t power) {
      return (static_cast<std::uint32_t>(power) << 23 | next() << 31) +
             static_cast<std::uint32_t>(between(-2, 2));
    };
    return {about(first), about(exponent - first), c};
  }
  constexpr std::uint32_t few_bits() {
    const auto size = static_cast<float>(between(0, 15));
    const std::uint32_t scale = static_cast<std::uint32_t>(between(120, 134)) << 23, sign = next() << 31;
    return std::bit_cast<std::uint32_t>(size * std::bit_cast<float>(scale)) | sign;
  }

  std::uint64_t state_;
};

}  // namespace fused_cases
