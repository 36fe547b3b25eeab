// SPDX-License-Identifier: BSL-1.0
// Kernels of functions, reductions, searches, gathering, repeating and choosing against their definitions.
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <runtime/kernels/portable/arg_max.hpp>
#include <runtime/kernels/portable/binary.hpp>
#include <runtime/kernels/portable/gather.hpp>
#include <runtime/kernels/portable/reduce.hpp>
#include <runtime/kernels/portable/select.hpp>
#include <runtime/kernels/portable/tile.hpp>
#include <runtime/kernels/portable/unary.hpp>
#include <vector>

namespace {

using namespace etch::kernels;
using Floats = std::vector<float>;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

bool same(float a, float b) {
  return std::bit_cast<unsigned>(a) == std::bit_cast<unsigned>(b) || (a != a && b != b);
}

/// Every `step`-th float of either sign.
template <class F>
void for_floats(unsigned step, F f) {
  for (unsigned bits = 0; bits < 0x7f800000u; bits += step) {
    f(std::bit_cast<float>(bits));
    f(-std::bit_cast<float>(bits));
    if (bits > 0xffffffffu - step) break;
  }
}

double ulps(float y, double exact) {
  int exponent = 0;
  std::frexp(exact, &exponent);
  return std::fabs(y - exact) / std::ldexp(1.0, std::max(exponent - 24, -149));
}

TEST_CASE("sine and cosine are within 3 ulp over all floats", "[unary]") {
  double worst = 0;
  for_floats(9973, [&](float x) {
    worst = std::max({worst, ulps(etch::math::sin(x), std::sin(double{x})),
                      ulps(etch::math::cos(x), std::cos(double{x}))});
  });
  CHECK(worst <= 3);
  for (const float x : {infinity, -infinity, nan}) {
    CHECK(std::isnan(etch::math::sin(x)));
    CHECK(std::isnan(etch::math::cos(x)));
  }
  CHECK(same(etch::math::sin(-0.0f), -0.0f));
  static_assert(etch::math::cos(0.0f) == 1.0f);
}

TEST_CASE("rounding gives libm's bits", "[unary]") {
  bool equal = true;
  const auto check = [&](float x) {
    equal = equal && same(round_to_even(x), std::nearbyint(x)) &&
            same(etch::kernels::floor(x), std::floor(x)) && same(etch::kernels::ceil(x), std::ceil(x));
  };
  for_floats(997, check);
  for (int i = -100; i <= 100; ++i) check(0.25f * static_cast<float>(i));
  for (const float x : {infinity, -infinity, nan, 8388607.5f, 8388608.0f, -8388607.5f, 4194304.5f}) check(x);
  CHECK(equal);
}

TEST_CASE("powers are within 1e-5, with the signs and limits of libm", "[binary]") {
  std::mt19937 random(3);
  std::uniform_real_distribution<float> logarithm(-20, 20), exponent(-40, 40);
  double worst = 0;
  for (int i = 0; i < 200000; ++i) {
    const float x = std::exp(logarithm(random)),
                y = i % 2 ? exponent(random) : std::floor(exponent(random) * 3);
    const double exact = std::pow(double{x}, double{y});
    if (exact < 3e38 && exact > 1.2e-38)
      worst = std::max(worst, std::fabs(etch::math::pow(x, y) - exact) / exact);
  }
  CHECK(worst <= 1e-5);
  const float edges[]{0,  -0.0f,    1,         -1,  2,     -2,  0.5f, -0.5f, 3,
                      -3, infinity, -infinity, nan, 1e38f, 100, -101, 65,    -66};
  for (const float x : edges)
    for (const float y : edges) {
      INFO(x << " ^ " << y);
      const float exact = std::pow(x, y), found = etch::math::pow(x, y);
      CHECK((same(found, exact) || std::fabs(found - exact) <= 1e-5f * std::fabs(exact)));
    }
}

TEST_CASE("functions of one number at their edges", "[unary]") {
  const auto is = [](UnaryKind kind, float x, float y) { CHECK(same(unary(kind, x), y)); };
  is(UnaryKind::absolute, -0.0f, 0);
  is(UnaryKind::absolute, -infinity, infinity);
  is(UnaryKind::negate, 0, -0.0f);
  is(UnaryKind::log, 0, -infinity);
  is(UnaryKind::log, -1, nan);
  is(UnaryKind::sqrt, 9, 3);
  is(UnaryKind::sqrt, -9, nan);
  is(UnaryKind::rsqrt, 16, 0.25f);
  is(UnaryKind::rsqrt, 0, infinity);
  is(UnaryKind::square, -3, 9);
  is(UnaryKind::reciprocal, -4, -0.25f);
  is(UnaryKind::reciprocal, -0.0f, -infinity);
  is(UnaryKind::sign, -7, -1);
  is(UnaryKind::sign, -0.0f, -0.0f);
  is(UnaryKind::sign, nan, nan);
  is(UnaryKind::logical_not, 0, 1);
  is(UnaryKind::logical_not, 2, 0);
  is(UnaryKind::is_nan, nan, 1);
  is(UnaryKind::is_nan, infinity, 0);
  is(UnaryKind::is_infinite, -infinity, 1);
  is(UnaryKind::is_infinite, nan, 0);
  is(UnaryKind::is_infinite, 3e38f, 0);
  Floats x{1, -2, 3};
  unary_forward(UnaryKind::square, x.data(), x.data(), 3);
  CHECK(x == Floats{1, 4, 9});
}

TEST_CASE("operations on two numbers, with either as the constant", "[binary]") {
  const Binary one;
  const auto of = [&](BinaryKind kind, float a, float b) {
    Binary d = one;
    d.kind = kind;
    return detail::combine(d, a, b);
  };
  CHECK(of(BinaryKind::squared_difference, 2, 5) == 9);
  CHECK(of(BinaryKind::subtract_from, 2, 5) == 3);
  CHECK(of(BinaryKind::divide_into, 2, 5) == 2.5f);
  CHECK(of(BinaryKind::power, 2, 5) == 32);
  CHECK(of(BinaryKind::power_of, 2, 5) == 25);
  const BinaryKind comparisons[]{BinaryKind::equal,      BinaryKind::not_equal, BinaryKind::less,
                                 BinaryKind::less_equal, BinaryKind::greater,   BinaryKind::greater_equal};
  const float pairs[][2]{{1, 2}, {2, 2}, {3, 2}, {nan, 2}, {0, -0.0f}};
  const float expected[][6]{
      {0, 1, 1, 1, 0, 0}, {1, 0, 0, 1, 0, 1}, {0, 1, 0, 0, 1, 1}, {0, 1, 0, 0, 0, 0}, {1, 0, 0, 1, 0, 1}};
  for (int i = 0; i < 5; ++i)
    for (int k = 0; k < 6; ++k) CHECK(of(comparisons[k], pairs[i][0], pairs[i][1]) == expected[i][k]);
}

TEST_CASE("reductions along every set of axes", "[reduce]") {
  const std::array<int, 4> extent{2, 3, 2, 4};
  std::mt19937 random(5);
  Floats x(2 * 48);
  for (float& value : x) value = static_cast<float>(static_cast<int>(random() % 9) - 4) / 2;
  for (int axes = 0; axes < 16; ++axes)
    for (int k = 0; k <= static_cast<int>(last_reduce_kind); ++k) {
      const Reduce d{static_cast<ReduceKind>(k), extent, axes};
      const int results = 48 / d.taken();
      Floats y(static_cast<std::size_t>(2 * results), 99);
      reduce(d, 2, x.data(), y.data());
      Floats expected(y.size());
      std::vector<int> seen(y.size());
      for (int i = 0; i < 96; ++i) {
        const int place[]{i / 24 % 2, i / 8 % 3, i / 4 % 2, i % 4};
        int at = i / 48;
        for (unsigned a = 0; a < 4; ++a)
          if (!d.takes(a)) at = at * extent[a] + place[a];
        float& sofar = expected[static_cast<std::size_t>(at)];
        const float value = x[static_cast<std::size_t>(i)];
        const bool first = seen[static_cast<std::size_t>(at)]++ == 0;
        if (d.kind == ReduceKind::maximum || d.kind == ReduceKind::minimum)
          sofar = first                           ? value
                  : d.kind == ReduceKind::maximum ? std::max(sofar, value)
                                                  : std::min(sofar, value);
        else
          sofar = d.kind == ReduceKind::product ? (first ? value : sofar * value) : sofar + value;
      }
      if (d.kind == ReduceKind::mean)
        for (float& value : expected) value /= static_cast<float>(d.taken());
      CHECK(y == expected);
    }
}

TEST_CASE("the gradient of a largest is shared by equals, and that of a product knows zeros", "[reduce]") {
  const Floats x{2, 0, 2, 1}, y{2}, dy{6};
  Floats dx(4);
  reduce_backward(Reduce{ReduceKind::maximum, {1, 1, 1, 4}, 8}, 1, dy.data(), x.data(), y.data(), dx.data());
  CHECK(dx == Floats{3, 0, 3, 0});
  reduce_backward<float>(Reduce{ReduceKind::product, {1, 1, 1, 4}, 8}, 1, dy.data(), x.data(), nullptr,
                         dx.data());
  CHECK(dx == Floats{0, 24, 0, 0});
}

TEST_CASE("the place of the largest and the smallest, first or last", "[arg_max]") {
  const Floats x{1, 5, 3, 5, 3, 1};  // [3, 2]
  const auto places = [&](int smallest, int last) {
    Floats y(2);
    arg_max(ArgMax{1, 3, 2, smallest, last}, 1, x.data(), y.data());
    return y;
  };
  CHECK(places(0, 0) == Floats{1, 0});
  CHECK(places(0, 1) == Floats{2, 1});
  CHECK(places(1, 0) == Floats{0, 2});
  const std::int8_t whole[]{-128, 127, 127};
  float y = -1;
  arg_max(ArgMax{1, 3, 1}, 1, whole, &y);
  CHECK(y == 1);
}

TEST_CASE("gathering by constants and by indices that are out of range", "[gather]") {
  const Floats x{1, 2, 3, 4, 5, 6};  // [3, 2]
  Floats y(8);
  const std::int32_t fixed[]{2, 0, 2, 1};
  gather(Gather{1, 3, 2, 4}, 1, x.data(), fixed, 0, y.data());
  CHECK(y == Floats{5, 6, 1, 2, 5, 6, 3, 4});
  const Floats index{-1, 7, nan, -9};
  gather(Gather{1, 3, 2, 4}, 1, x.data(), index.data(), 1, y.data());
  CHECK(y == Floats{5, 6, 5, 6, 1, 2, 1, 2});
  Floats two(4);
  const Floats a_row_each{0, 1};
  gather(Gather{1, 3, 1, 1}, 2, x.data(), a_row_each.data(), 1, two.data());
  CHECK(two == Floats{1, 5, 0, 0});
}

TEST_CASE("repeating, and the sum of its gradients", "[tile]") {
  const Floats x{1, 2, 3, 4};
  Floats y(12), dx(4);
  tile(Tile{2, 2, 3}, 1, x.data(), y.data());
  CHECK(y == Floats{1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4});
  tile_backward(Tile{2, 2, 3}, 1, y.data(), dx.data());
  CHECK(dx == Floats{3, 6, 9, 12});
}

TEST_CASE("choosing by a condition, also for several samples and of one number", "[select]") {
  const Floats condition{1, 0, -2, 0}, a{1, 2, 3, 4}, b{5, 6, 7, 8}, one{9};
  Floats y(4);
  select(Select{4, 4}, 1, condition.data(), a.data(), b.data(), 1, y.data());
  CHECK(y == Floats{1, 6, 3, 8});
  select(Select{2, 1, 1}, 2, condition.data(), a.data(), one.data(), 0, y.data());
  CHECK(y == Floats{9, 2, 9, 4});
  select(Select{2, 2}, 2, condition.data(), a.data(), b.data(), 0, y.data());
  CHECK(y == Floats{1, 6, 3, 6});
  Floats db(4);
  Floats dy{1, 2, 3, 4};
  select_backward(Select{4, 4}, 4, dy.data(), condition.data(), dy.data(), db.data());
  CHECK(dy == Floats{1, 0, 3, 0});
  CHECK(db == Floats{0, 2, 0, 4});
}

}  // namespace
