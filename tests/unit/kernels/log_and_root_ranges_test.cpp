// SPDX-License-Identifier: BSL-1.0
// That no sum within log and 1 / sqrt of fixed point leaves 32 bits, for every argument, as
// fixed_point_ranges_test.cpp has it of exp and 1 / x.
#include <bit>
#include <catch2/catch.hpp>
#include <runtime/kernels/portable/int8_log_softmax.hpp>
#include <runtime/kernels/portable/inverse_square_root.hpp>

#include "intervals.hpp"

namespace {

using namespace etch::kernels;
using namespace etch::test;

int zeros(std::int64_t x) { return std::countl_zero(static_cast<std::uint32_t>(x)); }
int zeros_of_root(std::int64_t x) {
  return zeros(fixed_point::multiply(static_cast<std::int32_t>(x), 1518500250)) - 1;
}
Interval least(const Interval& a, const Interval& b) {
  return {std::min(a.low, b.low), std::min(a.high, b.high), a.fits && b.fits};
}
Interval most(const Interval& a, const Interval& b) {
  return {std::max(a.low, b.low), std::max(a.high, b.high), a.fits && b.fits};
}
/// Of numbers that have as many zeros above their first bit, by themselves and by the root of 1/2.
Interval log_of_sum(const Interval& x) {
  const int above = zeros(x.low), below = zeros_of_root(x.low);
  const Interval root_of_half(1518500250), fourth_root(1805811301), quarter(1 << 23);
  const Interval r_a = up(product(up(x, above - 1), root_of_half), 1), r_b = up(x, below);
  const Interval power = most(Interval((12 - above) * (std::int64_t{1} << 25)) + quarter,
                              Interval((12 - below) * (std::int64_t{1} << 25)) - quarter);
  const Interval r = least(r_a, r_b), apart = r - fourth_root, q = apart + apart, q2 = product(q, q);
  const Interval p((r.low + fourth_root.low + 1) / 2, (r.high + fourth_root.low + 1) / 2, r.fits);
  const Interval numerator = product(q, r) + product(product(q, q2), Interval(117049297));
  const Interval denominator = product(p, Interval(1057819769) + q + product(Interval(127690142), q2)) +
                               product(Interval(638450708), q);
  Interval sum = product(power, Interval(1488522236)) +
                 product(down(numerator, 6), up(two_over_one_plus(denominator), 1));
  sum.fits = sum.fits && denominator.low >= 0;
  return up(sum, 1);
}
/// The same of any numbers: parts of them are taken by themselves.
template <class F>
void for_logs(const Interval& x, F&& f) {
  if (zeros(x.low) == zeros(x.high) && zeros_of_root(x.low) == zeros_of_root(x.high)) return f(log_of_sum(x));
  const std::int64_t middle = (x.low + x.high) / 2;
  for_logs(Interval(x.low, middle), f);
  for_logs(Interval(middle + 1, x.high), f);
}

/// Newton's iteration of 1 / sqrt. \param half of the number, with its bits shifted up.
Interval root(const Interval& half) {
  constexpr std::int32_t one = 1 << 28;
  Interval y(one);
  for (int k = 0; k < 5; ++k) {
    const Interval cube = up(product(product(y, y), y), 6);
    y = up(product(Interval(one + one / 2), y) - product(half, cube), 3);
  }
  return product(y, Interval(1518500250));
}

}  // namespace

TEST_CASE("no argument of log makes a sum leave 32 bits") {
  constexpr std::int64_t first = 1 << 19, near = first + (1 << 12);  // a sum has the exponential of 0, 1
  for (std::int64_t x = first; x <= near; ++x) {
    const Interval y = log_of_sum(Interval(x));
    REQUIRE(y.fits);
    REQUIRE(y.low == fixed_point::log_of_sum(static_cast<std::int32_t>(x)));
    REQUIRE(y.low >= 0);
  }
  bool fits = true;
  std::int64_t lowest = INT32_MAX, highest = 0;
  const auto look = [&](const Interval& y) {
    fits = fits && y.fits;
    lowest = std::min(lowest, y.low);
    highest = std::max(highest, y.high);
  };
  for (std::int64_t octave = first; octave <= INT32_MAX; octave *= 2)
    cover(std::max(octave, near), std::min<std::int64_t>(2 * octave - 1, INT32_MAX), 1 << 12,
          [&](const Interval& x) { for_logs(x, look); });
  CHECK(fits);
  CHECK(lowest >= 0);
  CHECK(highest <= fixed_point::most_log_of_sum);
}

TEST_CASE("no argument of 1 / sqrt makes a sum leave 32 bits") {
  for (std::int64_t x = 1 << 27; x < 1 << 29; x += 1299709) {
    const Interval half(rounding_shift(static_cast<std::int32_t>(x >> 1), 1));
    REQUIRE(root(half).low == inverse_square_root(static_cast<std::int32_t>(x)).multiplier);
  }
  bool fits = true;
  cover(1 << 25, 1 << 27, 1 << 16, [&](const Interval& half) { fits = fits && root(half).fits; });
  CHECK(fits);
}
