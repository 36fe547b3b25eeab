// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

/// TensorFlow Lite's quantized arithmetic as its documentation has it: rounding is written with quotients,
/// rests and doubles, and fixed-point numbers carry their integer bits along.
namespace etch::test::reference {

using Whole = std::int64_t;

inline Whole kept(Whole x, Whole low, Whole high) { return std::min(std::max(x, low), high); }
inline Whole kept32(Whole x) { return kept(x, INT32_MIN, INT32_MAX); }
inline Whole power_of_two(int exponent) { return Whole{1} << exponent; }

/// ab / 2^31 to nearest; a half goes up.
inline Whole high_half(Whole a, Whole b) {
  if (a == INT32_MIN && b == INT32_MIN) return INT32_MAX;
  const Whole half = power_of_two(30), quotient = a * b / power_of_two(31), rest = a * b % power_of_two(31);
  return quotient + (rest >= half ? 1 : rest < -half ? -1 : 0);
}
/// x / 2^bits to nearest; a half goes away from zero.
inline Whole halved(Whole x, int bits) {
  return static_cast<Whole>(std::round(std::ldexp(static_cast<double>(x), -bits)));
}

/// A real factor as a multiplier below 2^31 and a power of two.
struct Factor {
  Whole multiplier = 0;
  int power = 0;
};
inline Factor factor(double real) {
  Factor f;
  f.multiplier = std::llround(std::frexp(real, &f.power) * 2147483648.0);
  if (f.multiplier == power_of_two(31)) f = {power_of_two(30), f.power + 1};
  return f.power < -31 ? Factor{} : f;
}
/// Of a number of 32 bits.
inline Whole scaled(Whole x, const Factor& f) {
  return halved(high_half(kept32(x * power_of_two(std::max(f.power, 0))), f.multiplier),
                std::max(-f.power, 0));
}
/// Of a number of 64 bits, below 2^47: with 15 bits of the multiplier, rounded once.
inline Whole scaled_wide(Whole x, const Factor& f) {
  const Whole reduced = std::min<Whole>((f.multiplier + 32768) / 65536, 32767);
  const Whole unit = power_of_two(15 - f.power), twice = 2 * x * reduced + unit;
  return twice / (2 * unit) - (twice % (2 * unit) < 0 ? 1 : 0);
}

/// raw / 2^(31 - bits). Products have as many integer bits as both factors.
struct Fixed {
  int bits = 0;
  Whole raw = 0;

  static Fixed of(double x, int bits) { return {bits, kept32(std::llround(std::ldexp(x, 31 - bits)))}; }
  Fixed with(int integer_bits) const {
    const int more = bits - integer_bits;
    return {integer_bits, more >= 0 ? kept32(raw * power_of_two(more)) : halved(raw, -more)};
  }
};
inline Fixed operator*(const Fixed& a, const Fixed& b) { return {a.bits + b.bits, high_half(a.raw, b.raw)}; }
inline Fixed operator+(const Fixed& a, const Fixed& b) { return {a.bits, a.raw + b.raw}; }
inline Fixed operator-(const Fixed& a, const Fixed& b) { return {a.bits, a.raw - b.raw}; }
/// (a + b) / 2, a half away from zero.
inline Fixed middle(const Fixed& a, const Fixed& b) { return {a.bits, halved(a.raw + b.raw, 1)}; }

/// 1 / (1 + x) for x from 0 to 1: three of Newton's steps.
inline Fixed one_over_one_plus(const Fixed& x) {
  const Fixed half = middle(x, Fixed::of(1, 0));
  Fixed y = Fixed::of(48.0 / 17, 2) + half * Fixed::of(-32.0 / 17, 2);
  for (int k = 0; k < 3; ++k) y = y + (y * (Fixed::of(1, 2) - half * y)).with(2);
  return Fixed{1, y.raw}.with(0);  // half of it, exactly
}

/// 1 / x as a multiplier, and the power of two that it is lower.
inline Factor reciprocal(Whole x) {
  const int power = std::ilogb(static_cast<double>(x));
  return {one_over_one_plus({0, x * power_of_two(31 - power) - power_of_two(31)}).raw, power};
}

/// 1 / sqrt(x): five of Newton's steps on what is left of x between 1/4 and 1.
inline Factor inverse_root(Whole x) {
  if (x <= 1) return {INT32_MAX, 0};
  int power = 11;
  for (; x >= power_of_two(29); ++power) x /= 4;
  for (; x < power_of_two(27); --power) x *= 4;
  const Fixed half = {3, halved(x / 2, 1)}, half_of_three = Fixed::of(1.5, 3);
  Fixed y = Fixed::of(1, 3);
  for (int k = 0; k < 5; ++k) y = (half_of_three * y - half * (y * y * y).with(3)).with(3);
  const Whole multiplier = (y * Fixed::of(std::sqrt(0.5), 0)).raw;
  return power < 0 ? Factor{multiplier * power_of_two(-power), 0} : Factor{multiplier, -power};
}

/// log(x) for x of 12 integer bits, at least 1; with 5.
inline Fixed logarithm(const Fixed& x) {
  const double s = std::sqrt(std::sqrt(2.0));
  const Fixed root = Fixed::of(std::sqrt(0.5), 0), fourth_root = Fixed::of(1 / s, 0);
  const auto zeros = [](Whole raw) { return 30 - std::ilogb(static_cast<double>(raw)); };
  const int a = zeros(x.raw), b = zeros(high_half(x.raw, root.raw));
  const Fixed r_a = Fixed{1, (Fixed{0, x.raw * power_of_two(a)} * root).raw}.with(0);
  const Fixed r_b = {0, kept32(x.raw * power_of_two(b))};
  const Fixed power_a = Fixed::of(11 - a + 0.25, 6), power_b = Fixed::of(12 - b - 0.25, 6);
  const Fixed r = r_a.raw < r_b.raw ? r_a : r_b, power = power_a.raw > power_b.raw ? power_a : power_b;
  const Fixed p = middle(r, fourth_root), q = (r - fourth_root) + (r - fourth_root), q2 = q * q;
  const Fixed above = q * r + q * q2 * Fixed::of(11.0 / 240 * s, 0);
  const Fixed below = p * (Fixed::of(2 / s - s, 0) + q + Fixed::of(s / 20, 0) * q2) + Fixed::of(s / 4, 0) * q;
  return (power * Fixed::of(std::log(2.0), 0) + above.with(6) * one_over_one_plus(below)).with(5);
}

}  // namespace etch::test::reference
