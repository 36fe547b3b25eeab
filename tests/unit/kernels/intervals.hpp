// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <algorithm>
#include <cstdint>
#include <runtime/kernels/portable/fixed_point.hpp>

/// Interval arithmetic of fixed point, for proofs over all arguments.
namespace etch::test {

using namespace etch::kernels;

/// Numbers from low to high, and whether any of them on the way left 32 bits.
struct Interval {
  std::int64_t low = 0, high = 0;
  bool fits = true;
  Interval(std::int64_t a, std::int64_t b, bool before = true)
      : low(a), high(b), fits(before && a >= INT32_MIN && b <= INT32_MAX) {}
  explicit Interval(std::int64_t x) : Interval(x, x) {}
};

inline Interval operator+(const Interval& a, const Interval& b) {
  return {a.low + b.low, a.high + b.high, a.fits && b.fits};
}
inline Interval operator-(const Interval& a, const Interval& b) {
  return {a.low - b.high, a.high - b.low, a.fits && b.fits};
}
/// A product rises or falls with each factor: its ends are at theirs.
inline Interval product(const Interval& a, const Interval& b) {
  if (!a.fits || !b.fits) return {0, 0, false};
  const auto of = [](std::int64_t x, std::int64_t y) {
    return std::int64_t{doubling_high_multiply(static_cast<std::int32_t>(x), static_cast<std::int32_t>(y))};
  };
  const auto [low, high] =
      std::minmax({of(a.low, b.low), of(a.low, b.high), of(a.high, b.low), of(a.high, b.high)});
  return {low, high};
}
/// What rises with its argument.
template <class F>
Interval rising(const Interval& a, F&& f) {
  if (!a.fits) return {0, 0, false};
  return {f(static_cast<std::int32_t>(a.low)), f(static_cast<std::int32_t>(a.high))};
}
inline Interval down(const Interval& a, int bits) {
  return rising(a, [&](std::int32_t x) { return rounding_shift(x, bits); });
}
inline Interval up(const Interval& a, int bits) {
  return rising(a, [&](std::int32_t x) { return fixed_point::shifted_left(x, bits); });
}

/// As `fixed_point::two_over_one_plus`.
inline Interval two_over_one_plus(const Interval& x) {
  const auto half_of = [](std::int64_t n) { return (n + fixed_point::one + 1) / 2; };
  const Interval a(1515870810), b(-1010580540), half(half_of(x.low), half_of(x.high));
  Interval y = a + product(half, b);
  for (int k = 0; k < 3; ++k) y = y + up(product(y, Interval(1 << 29) - product(half, y)), 2);
  return y;
}

/// Calls f with intervals that together hold all from `low` to `high`.
template <class F>
void cover(std::int64_t low, std::int64_t high, std::int64_t pieces, F&& f) {
  const std::int64_t width = (high - low) / pieces + 1;
  for (std::int64_t at = low; at <= high; at += width) f(Interval(at, std::min(at + width - 1, high)));
}

}  // namespace etch::test
