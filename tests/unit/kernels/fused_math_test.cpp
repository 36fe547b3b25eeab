// SPDX-License-Identifier: BSL-1.0
// The elementary functions where products and sums are rounded once: as near as with two roundings, and the
// same bits everywhere.
#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <runtime/kernels/portable/math.hpp>

namespace {

namespace math = etch::math;
using F = etch::kernels::FusedFloat;

constexpr std::uint64_t float_count = std::uint64_t{1} << 32, stride = 10007;
constexpr float infinity = std::numeric_limits<float>::infinity();

constexpr std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }

/// The distance from `expected` in units of the last place; an infinity has to be met.
double error_in_ulp(float value, double expected) {
  if (bits_of(static_cast<float>(expected)) == bits_of(value)) return 0;
  if (!std::isfinite(value) || !std::isfinite(expected)) return std::numeric_limits<double>::infinity();
  int exponent = 0;
  std::frexp(expected, &exponent);
  return std::fabs(static_cast<double>(value) - expected) / std::ldexp(1.0, std::max(exponent - 24, -149));
}

/// The largest error over every 10,007th float between two.
template <class Function, class Reference>
double worst_error(Function function, Reference reference, float low, float high) {
  double worst = 0;
  int count = 0;
  for (std::uint64_t pattern = 0; pattern < float_count; pattern += stride) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(pattern));
    if (!(x >= low && x <= high)) continue;
    ++count;
    worst = std::fmax(worst, error_in_ulp(function(F(x)).value, reference(static_cast<double>(x))));
  }
  CHECK(count > 100'000);
  return worst;
}

// In constants, by whole numbers.
static_assert(math::exp(F(0)) == F(1) && math::exp(F(infinity)) == F(infinity));
static_assert(math::log(F(1)) == F(0) && math::log(F(0)) == F(-infinity));
static_assert(math::tanh(F(infinity)) == F(1) && math::erf(F(-4)) == F(-1));
static_assert(math::sqrt(F(9)) == F(3) && math::sigmoid(F(0)) == F(0.5f));

}  // namespace

TEST_CASE("elementary functions keep their bounds where they are fused", "[fused]") {
  const auto all = infinity;
  CHECK(worst_error([](F x) { return math::exp(x); }, [](double x) { return std::exp(x); }, -all, all) <= 1);
  CHECK(worst_error([](F x) { return math::log(x); }, [](double x) { return std::log(x); }, 0x1p-149f, all) <=
        1);
  CHECK(worst_error([](F x) { return math::tanh(x); }, [](double x) { return std::tanh(x); }, -all, all) <=
        3);
  CHECK(worst_error([](F x) { return math::expm1(x); }, [](double x) { return std::expm1(x); }, -all, all) <=
        2);
  CHECK(worst_error([](F x) { return math::log1p(x); }, [](double x) { return std::log1p(x); }, -0.99999994f,
                    all) <= 2);
  CHECK(worst_error([](F x) { return math::erf(x); }, [](double x) { return std::erf(x); }, -all, all) <= 2);
  CHECK(worst_error([](F x) { return math::sigmoid(x); }, [](double x) { return 1 / (1 + std::exp(-x)); },
                    -all, all) <= 3);
}

TEST_CASE("log keeps its bound close to 1 where it is fused", "[fused]") {
  double worst = 0;
  for (std::uint32_t pattern = bits_of(0.9f); pattern < bits_of(1.1f); pattern += 29) {
    const float x = std::bit_cast<float>(pattern);
    worst = std::fmax(worst, error_in_ulp(math::log(F(x)).value, std::log(static_cast<double>(x))));
  }
  CHECK(worst <= 1);
}

TEST_CASE("fused tanh, erf and cosine stay within 1, and are odd", "[fused]") {
  int wrong = 0;
  for (std::uint64_t pattern = 0; pattern <= bits_of(infinity); pattern += stride) {
    const F x(std::bit_cast<float>(static_cast<std::uint32_t>(pattern)));
    const F t = math::tanh(x), e = math::erf(x);
    wrong += t > F(1) || e > F(1) || !(math::tanh(-x) == -t) || !(math::erf(-x) == -e) ? 1 : 0;
  }
  for (std::uint32_t step = 0; step <= (1U << 24); step += 101) {
    const F y = math::cos_two_pi(F(static_cast<float>(step) * 0x1p-24f));
    wrong += y > F(1) || y < F(-1) ? 1 : 0;
  }
  CHECK(wrong == 0);
}

TEST_CASE("the bits of fused functions are the contract, too", "[fused]") {
  std::uint32_t hash = 0x811c9dc5;
  for (std::uint64_t pattern = 0; pattern < float_count; pattern += 1'000'003) {
    const F x(std::bit_cast<float>(static_cast<std::uint32_t>(pattern)));
    const F u(static_cast<float>(pattern >> 8) * 0x1p-24f);
    for (const F y : {math::exp(x), math::log(x), math::tanh(x), math::sigmoid(x), math::sqrt(x),
                      math::cos_two_pi(u), math::expm1(x), math::log1p(x), math::erf(x)})
      hash = (hash ^ bits_of(y.value)) * 0x01000193;
  }
  CHECK(hash == 0x062e140f);
}
