// SPDX-License-Identifier: BSL-1.0
// That no sum within exp and 1 / x of fixed point leaves 32 bits, for every argument: interval arithmetic
// over all of them, by formulas that give the functions' own numbers where an interval is one number.
#include <catch2/catch.hpp>

#include "intervals.hpp"

namespace {

using namespace etch::kernels;
using namespace etch::test;

Interval exp_of_quarter(const Interval& x) {
  const Interval e(1895147668), third(715827883), d = x + Interval(1 << 28);
  const Interval d2 = product(d, d), d3 = product(d2, d), d4 = product(d2, d2);
  const Interval higher = down(product(down(d4, 2) + d3, third) + d2, 1);
  return e + product(e, d + higher);
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
