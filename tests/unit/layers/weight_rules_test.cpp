// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <etch/layers/constraints.hpp>
#include <etch/layers/regularizers.hpp>
#include <runtime/kernels/portable/constraint.hpp>
#include <runtime/kernels/portable/regularizer.hpp>
#include <vector>

namespace weight_rules_test {

using namespace etch;

static_assert(Regularizer(L1{0.1f}) == Regularizer{0.1f, 0} && Regularizer(L2{0.1f}) == Regularizer{0, 0.1f});
static_assert(Regularizer(L1{}).l1 == 0.01f && Regularizer(L2{}).l2 == 0.01f);
static_assert(!Regularizer(L1L2{}).any() && Regularizer(L1L2{.l2 = 1}).any());
static_assert(!Constraint{}.any() && Constraint(MaxNorm{}).a == 2 &&
              Constraint(UnitNorm{.axes = 3}).axes == 3);

/// Some weights of [outer, n, inner], of both signs and with a vector of zeros.
std::vector<double> weights(int outer, int n, int inner) {
  std::vector<double> w(static_cast<std::size_t>(outer * n * inner));
  for (std::size_t i = 0; i < w.size(); ++i) w[i] = 1.5 * std::sin(1.7 * static_cast<double>(i) + 0.3);
  for (int k = 0; k < n; ++k) w[static_cast<std::size_t>(k * inner)] = 0;
  return w;
}

double norm(const std::vector<double>& w, int o, int n, int inner, int i) {
  double squares = 0;
  for (int k = 0; k < n; ++k) squares += std::pow(w[static_cast<std::size_t>((o * n + k) * inner + i)], 2);
  return std::sqrt(squares);
}

/// Compares with `wanted(norm)`, the norm that a formula gives a vector; the direction must stay.
template <class Wanted>
void check(const Constraint& c, int outer, int n, int inner, const Wanted& wanted) {
  const std::vector<double> before = weights(outer, n, inner);
  std::vector<double> after = before;
  kernels::constrain(c, after.data(), outer, n, inner);
  for (int o = 0; o < outer; ++o)
    for (int i = 0; i < inner; ++i) {
      const double size = norm(before, o, n, inner, i);
      for (int k = 0; k < n; ++k) {
        const auto at = static_cast<std::size_t>((o * n + k) * inner + i);
        REQUIRE(after[at] == Approx(before[at] * wanted(size) / (size + 1e-7)).epsilon(1e-9).margin(1e-12));
      }
    }
}

}  // namespace weight_rules_test

using namespace weight_rules_test;

TEST_CASE("a penalty is l1 times the sizes and l2 times the squares", "[regularizer]") {
  const std::array<double, 4> w{1, -2, 0, 0.5};
  CHECK(kernels::penalty(0.5f, 0.0f, w.data(), 4) == Approx(1.75));
  CHECK(kernels::penalty(0.0f, 0.5f, w.data(), 4) == Approx(2.625));
  CHECK(kernels::penalty(2.0f, 1.0f, w.data(), 4) == Approx(12.25));
}

TEST_CASE("the slope of a penalty is that of finite differences", "[regularizer]") {
  std::array<double, 4> w{1.1, -2.3, 0.7, -0.4}, g{1, 2, 3, 4};
  const std::array<double, 4> before = g;
  kernels::regularize(0.25f, 0.125f, w.data(), g.data(), 4);
  for (unsigned i = 0; i < 4; ++i) {
    const double value = w[i], h = 1e-5;
    w[i] = value + h;
    const double above = kernels::penalty(0.25f, 0.125f, w.data(), 4);
    w[i] = value - h;
    const double below = kernels::penalty(0.25f, 0.125f, w.data(), 4);
    w[i] = value;
    CHECK(g[i] - before[i] == Approx((above - below) / (2 * h)).epsilon(1e-7));
  }
  const float zero = 0;
  float slope = 5;
  kernels::regularize(1.0f, 1.0f, &zero, &slope, 1);
  CHECK(slope == 5.0f);
}

TEST_CASE("constraints give vectors the norms of Keras's formulas", "[constraint]") {
  for (const auto& [outer, n, inner] : std::vector<std::array<int, 3>>{{1, 5, 3}, {4, 3, 1}, {2, 4, 3}}) {
    check(MaxNorm{1.5f}, outer, n, inner, [](double size) { return std::fmin(size, 1.5); });
    check(UnitNorm{}, outer, n, inner, [](double) { return 1.0; });
    check(MinMaxNorm{.min_value = 1.75f, .max_value = 2}, outer, n, inner,
          [](double size) { return std::fmin(std::fmax(size, 1.75), 2.0); });
    check(MinMaxNorm{.min_value = 1.75f, .max_value = 2, .rate = 0.25f}, outer, n, inner,
          [](double size) { return 0.25 * std::fmin(std::fmax(size, 1.75), 2.0) + 0.75 * size; });
  }
}

TEST_CASE("a norm whose square overflows is brought to the limit, not to zero", "[constraint]") {
  std::array<float, 2> w{3e20f, -4e20f};
  kernels::constrain(MaxNorm{2}, w.data(), 1, 2, 1);
  CHECK(w[0] == Approx(1.2f));
  CHECK(w[1] == Approx(-1.6f));
  w = {-4e25f, 3e25f};
  kernels::constrain(UnitNorm{}, w.data(), 1, 2, 1);
  CHECK(w[0] == Approx(-0.8f));
  CHECK(w[1] == Approx(0.6f));
}

TEST_CASE("NonNeg sets what is negative to zero and keeps NaN", "[constraint]") {
  std::array<float, 6> w{1, -1, 0, -0.5f, 2, std::nanf("")};
  kernels::constrain(NonNeg{}, w.data(), 1, 2, 3);
  for (unsigned i = 0; i < 5; ++i) CHECK(w[i] == std::array<float, 5>{1, 0, 0, 0, 2}[i]);
  CHECK(std::isnan(w[5]));
  CHECK_FALSE(std::signbit(w[1]));
}

TEST_CASE("no constraint moves nothing", "[constraint]") {
  std::array<float, 3> w{1, -100, 5};
  kernels::constrain(Constraint{}, w.data(), 1, 3, 1);
  CHECK(w == std::array<float, 3>{1, -100, 5});
}
