// SPDX-License-Identifier: BSL-1.0
// That no sum within exp and 1 / x of fixed point leaves 32 bits, for every argument: interval arithmetic
// over all of them, by formulas that give the functions' own numbers where an interval is one number.
#include <algorithm>
#include <catch2/catch.hpp>
#include <runtime/kernels/portable/fixed_point.hpp>

namespace {

using namespace etch::kernels;

/// Numbers from low to high, and whether any of them on the way left 32 bits.
struct Interval {
  std::int64_t low = 0, high = 0;
  bool fits = true;
  Interval(std::int64_t a, std::int64_t b, bool before = true)
      : low(a), high(b), fits(before && a >= INT32_MIN && b <= INT32_MAX) {}
  explicit Interval(std::int64_t x) : Interval(x, x) {}
};

Interval operator+(const Interval& a, const Interval& b) {
  return {a.low + b.low, a.high + b.high, a.fits && b.fits};
}
Interval operator-(const Interval& a, const Interval& b) {
  return {a.low - b.high, a.high - b.low, a.fits && b.fits};
}
/// A product rises or falls with each factor: its ends are at theirs.
Interval product(const Interval& a, const Interval& b) {
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
Interval down(const Interval& a, int bits) {
  return rising(a, [&](std::int32_t x) { return rounding_shift(x, bits); });
}
Interval up(const Interval& a, int bits) {
  return rising(a, [&](std::int32_t x) { return fixed_point::shifted_left(x, bits); });
}

Interval exp_of_quarter(const Interval& x) {
  const Interval e(1895147668), third(715827883), d = x + Interval(1 << 28);
  const Interval d2 = product(d, d), d3 = product(d2, d), d4 = product(d2, d2);
  const Interval higher = down(product(down(d4, 2) + d3, third) + d2, 1);
  return e + product(e, d + higher);
}

Interval two_over_one_plus(const Interval& x) {
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

}  // namespace

TEST_CASE("the formulas are those of the functions") {
  for (std::int64_t x = -(1 << 28) * 2; x < 0; x += 104729) {
    const Interval y = exp_of_quarter(Interval(x));
    REQUIRE(y.low == fixed_point::exp_of_quarter(static_cast<std::int32_t>(x)));
  }
  for (std::int64_t x = 0; x <= INT32_MAX; x += 1299709) {
    const Interval y = two_over_one_plus(Interval(x));
    REQUIRE(y.low == fixed_point::two_over_one_plus(static_cast<std::int32_t>(x)));
  }
}

TEST_CASE("no argument of exp and 1 / x makes a sum leave 32 bits") {
  bool fits = true;
  std::int64_t largest = 0;
  cover(-(std::int64_t{1} << 29), -1, 1 << 12, [&](const Interval& x) {
    const Interval y = exp_of_quarter(x);
    fits = fits && y.fits && y.low >= 0;
    largest = std::max(largest, y.high);
  });
  CHECK(fits);
  CHECK(largest <= fixed_point::one);  // so that products with factors below one do not grow
  cover(0, INT32_MAX, 1 << 14, [&](const Interval& x) {
    const Interval y = two_over_one_plus(x);
    fits = fits && y.fits && y.low > 1 << 28;  // far from zero: differences to one fit
  });
  CHECK(fits);
}

TEST_CASE("an interval that leaves 32 bits is seen") {
  CHECK_FALSE((Interval(INT32_MAX) + Interval(1)).fits);
  CHECK_FALSE(product(Interval(INT32_MIN) - Interval(1), Interval(0)).fits);
  CHECK((Interval(INT32_MAX) + Interval(-1)).fits);
}
