// SPDX-License-Identifier: BSL-1.0
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <limits>
#include <runtime/kernels/portable/math.hpp>

namespace {

namespace math = etch::math;

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float smallest = std::numeric_limits<float>::denorm_min();
constexpr float largest = std::numeric_limits<float>::max();
constexpr std::uint64_t float_count = std::uint64_t{1} << 32;
constexpr std::uint64_t stride = 2039;  // a prime, so that the mantissas differ from binade to binade

constexpr std::uint32_t bits_of(float x) { return std::bit_cast<std::uint32_t>(x); }

constexpr bool same_bits(float a, float b) { return bits_of(a) == bits_of(b); }

double ulp_at(double value) {
  const double size = std::fabs(value);
  if (size < static_cast<double>(std::numeric_limits<float>::min())) return static_cast<double>(smallest);
  int exponent = 0;
  std::frexp(size, &exponent);
  return std::ldexp(1.0, exponent - 24);
}

// Beyond the floats the right answer is an infinity, and anything else infinitely wrong.
double error_in_ulp(float value, double expected) {
  if (same_bits(static_cast<float>(expected), value)) return 0.0;
  if (!std::isfinite(value) || !std::isfinite(expected)) return std::numeric_limits<double>::infinity();
  return std::fabs(static_cast<double>(value) - expected) / ulp_at(expected);
}

struct Worst {
  double ulp = 0.0;
  float argument = 0.0f;
  int count = 0;
};

/// The worst error over a sample of all floats, NaN apart, that `accept` takes.
template <typename Function, typename Reference, typename Accept>
Worst worst_error(Function function, Reference reference, Accept accept) {
  Worst worst;
  for (std::uint64_t pattern = 0; pattern < float_count; pattern += stride) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(pattern));
    if (std::isnan(x) || !accept(x)) continue;
    ++worst.count;
    const double error = error_in_ulp(function(x), reference(static_cast<double>(x)));
    if (!(error <= worst.ulp)) worst = {error, x, worst.count};
  }
  return worst;
}

constexpr auto any = [](float) { return true; };

// An optimizer cannot fold what it cannot see: this keeps a call at run time.
float at_run_time(float x) {
  volatile float hidden = x;
  return hidden;
}

static_assert(math::exp(0.0f) == 1.0f);
static_assert(math::exp(-infinity) == 0.0f);
static_assert(math::exp(infinity) == infinity);
static_assert(math::exp(largest) == infinity);
static_assert(math::exp(-103.0f) == smallest);
static_assert(same_bits(math::exp(nan), math::detail::quiet_nan));
static_assert(same_bits(math::log(1.0f), 0.0f));
static_assert(math::log(0.0f) == -infinity && math::log(-0.0f) == -infinity);
static_assert(math::log(infinity) == infinity);
static_assert(same_bits(math::log(-1.0f), math::detail::quiet_nan));
static_assert(same_bits(math::log(nan), math::detail::quiet_nan));
static_assert(same_bits(math::tanh(-0.0f), -0.0f));
static_assert(math::tanh(infinity) == 1.0f && math::tanh(-largest) == -1.0f);
static_assert(same_bits(math::tanh(nan), math::detail::quiet_nan));
static_assert(math::sigmoid(0.0f) == 0.5f);
static_assert(math::sigmoid(infinity) == 1.0f && math::sigmoid(-infinity) == 0.0f);
static_assert(same_bits(math::sigmoid(nan), math::detail::quiet_nan));
static_assert(same_bits(math::expm1(-0.0f), -0.0f) && math::expm1(smallest) == smallest);
static_assert(math::expm1(-infinity) == -1.0f && math::expm1(largest) == infinity);
static_assert(same_bits(math::expm1(nan), math::detail::quiet_nan));
static_assert(same_bits(math::log1p(-0.0f), -0.0f) && math::log1p(smallest) == smallest);
static_assert(math::log1p(-1.0f) == -infinity && math::log1p(infinity) == infinity);
static_assert(same_bits(math::log1p(-2.0f), math::detail::quiet_nan));
static_assert(same_bits(math::log1p(nan), math::detail::quiet_nan));
static_assert(same_bits(math::erf(-0.0f), -0.0f));
static_assert(math::erf(infinity) == 1.0f && math::erf(-4.0f) == -1.0f);
static_assert(same_bits(math::erf(nan), math::detail::quiet_nan));
static_assert(math::sqrt(9.0f) == 3.0f && math::sqrt(2.0f) == 0x1.6a09e6p+0f);
static_assert(math::sqrt(smallest) == 0x1.6a09e6p-75f && math::sqrt(largest) == 0x1.fffffep+63f);
static_assert(same_bits(math::sqrt(-0.0f), -0.0f) && math::sqrt(infinity) == infinity);
static_assert(same_bits(math::sqrt(-smallest), math::detail::quiet_nan));
static_assert(math::cos_two_pi(0.25f) == 0.0f && math::cos_two_pi(0.75f) == 0.0f);

}  // namespace

TEST_CASE("exp is within 1 ulp of every sampled float") {
  const Worst worst =
      worst_error([](float x) { return math::exp(x); }, [](double x) { return std::exp(x); }, any);
  INFO("at " << worst.argument);
  CHECK(worst.ulp <= 1.0);
  CHECK(worst.count > 2'000'000);
}

TEST_CASE("exp handles overflow, underflow, infinities and NaN") {
  constexpr float last_finite = 0x1.62e42ep+6f;
  constexpr float last_positive = -0x1.9fe368p+6f;
  CHECK(std::isfinite(math::exp(at_run_time(last_finite))));
  CHECK(math::exp(at_run_time(std::nextafter(last_finite, infinity))) == infinity);
  CHECK(math::exp(at_run_time(last_positive)) == smallest);
  CHECK(same_bits(math::exp(at_run_time(std::nextafter(last_positive, -infinity))), 0.0f));
  CHECK(same_bits(math::exp(at_run_time(-infinity)), 0.0f));
  CHECK(math::exp(at_run_time(infinity)) == infinity);
  CHECK(math::exp(at_run_time(smallest)) == 1.0f);
  CHECK(math::exp(at_run_time(-smallest)) == 1.0f);
}

TEST_CASE("log is within 1 ulp of every sampled positive float") {
  const auto positive = [](float x) { return x > 0.0f; };
  const Worst worst =
      worst_error([](float x) { return math::log(x); }, [](double x) { return std::log(x); }, positive);
  INFO("at " << worst.argument);
  CHECK(worst.ulp <= 1.0);
  CHECK(worst.count > 1'000'000);
}

TEST_CASE("log is within 1 ulp close to 1, where it cancels") {
  double worst = 0.0;
  for (std::uint32_t pattern = bits_of(0.9f); pattern < bits_of(1.1f); pattern += 7) {
    const float x = std::bit_cast<float>(pattern);
    worst = std::fmax(worst, error_in_ulp(math::log(x), std::log(static_cast<double>(x))));
  }
  CHECK(worst <= 1.0);
}

TEST_CASE("log handles zeros, negatives, infinities and subnormals") {
  CHECK(math::log(at_run_time(0.0f)) == -infinity);
  CHECK(math::log(at_run_time(-0.0f)) == -infinity);
  CHECK(same_bits(math::log(at_run_time(-smallest)), math::detail::quiet_nan));
  CHECK(same_bits(math::log(at_run_time(-infinity)), math::detail::quiet_nan));
  CHECK(math::log(at_run_time(infinity)) == infinity);
  CHECK(math::log(at_run_time(smallest)) == Approx(-149.0 * std::log(2.0)).epsilon(1e-7));
}

TEST_CASE("tanh is within 3 ulp of every sampled float") {
  const Worst worst =
      worst_error([](float x) { return math::tanh(x); }, [](double x) { return std::tanh(x); }, any);
  INFO("at " << worst.argument);
  CHECK(worst.ulp <= 3.0);
  CHECK(worst.count > 2'000'000);
}

TEST_CASE("tanh is odd, exact when tiny, and saturates without exceeding 1") {
  for (std::uint64_t pattern = 0; pattern <= bits_of(infinity); pattern += stride) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(pattern));
    const float y = math::tanh(x);
    if (!same_bits(math::tanh(-x), -y)) FAIL("not odd at " << x);
    if (y > 1.0f) FAIL("exceeds 1 at " << x);
    if (x < 0x1p-26f && !same_bits(y, x)) FAIL("not exact at " << x);
    if (x > 9.02f && y != 1.0f) FAIL("not saturated at " << x);
  }
  CHECK(math::tanh(at_run_time(8.5f)) < 1.0f);
  CHECK(math::tanh(at_run_time(-infinity)) == -1.0f);
  CHECK(same_bits(math::tanh(at_run_time(smallest)), smallest));
}

TEST_CASE("expm1 is within 2 ulp of every sampled float, up to the largest results") {
  const Worst worst =
      worst_error([](float x) { return math::expm1(x); }, [](double x) { return std::expm1(x); }, any);
  INFO("at " << worst.argument);
  CHECK(worst.ulp <= 2.0);
  CHECK(worst.count > 2'000'000);
  constexpr float last_finite = 0x1.62e42ep+6f;
  CHECK(std::isfinite(math::expm1(at_run_time(last_finite))));
  CHECK(math::expm1(at_run_time(std::nextafter(last_finite, infinity))) == infinity);
}

TEST_CASE("log1p is within 2 ulp of every sampled float above -1") {
  const auto above = [](float x) { return x > -1.0f; };
  const Worst worst =
      worst_error([](float x) { return math::log1p(x); }, [](double x) { return std::log1p(x); }, above);
  INFO("at " << worst.argument);
  CHECK(worst.ulp <= 2.0);
  CHECK(worst.count > 1'500'000);
  CHECK(math::log1p(at_run_time(-1.0f)) == -infinity);
  CHECK(same_bits(math::log1p(at_run_time(-1.5f)), math::detail::quiet_nan));
}

TEST_CASE("erf is within 2 ulp of every sampled float, odd, and never exceeds 1") {
  const Worst worst =
      worst_error([](float x) { return math::erf(x); }, [](double x) { return std::erf(x); }, any);
  INFO("at " << worst.argument);
  CHECK(worst.ulp <= 2.0);
  CHECK(worst.count > 2'000'000);
  for (std::uint64_t pattern = 0; pattern <= bits_of(infinity); pattern += stride) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(pattern));
    const float y = math::erf(x);
    if (!same_bits(math::erf(-x), -y)) FAIL("not odd at " << x);
    if (y > 1.0f) FAIL("exceeds 1 at " << x);
    if (x >= 4.0f && y != 1.0f) FAIL("not saturated at " << x);
  }
}

TEST_CASE("sigmoid is within 3 ulp of every sampled float") {
  const auto reference = [](double x) { return 1.0 / (1.0 + std::exp(-x)); };
  const Worst worst = worst_error([](float x) { return math::sigmoid(x); }, reference, any);
  INFO("at " << worst.argument);
  CHECK(worst.ulp <= 3.0);
  CHECK(worst.count > 2'000'000);
}

TEST_CASE("sigmoid stays in [0,1] and keeps subnormal results") {
  CHECK(same_bits(math::sigmoid(at_run_time(-infinity)), 0.0f));
  CHECK(same_bits(math::sigmoid(at_run_time(-largest)), 0.0f));
  CHECK(math::sigmoid(at_run_time(largest)) == 1.0f);
  const float subnormal = math::sigmoid(at_run_time(-100.0f));
  CHECK(subnormal > 0.0f);
  CHECK(subnormal < std::numeric_limits<float>::min());
}

TEST_CASE("the exponential of a difference and the root of a square are those of any number") {
  std::uint64_t wrong = 0;
  for (std::uint64_t pattern = 0; pattern <= bits_of(math::detail::quiet_nan); pattern += stride) {
    const float x = at_run_time(std::bit_cast<float>(static_cast<std::uint32_t>(pattern)));
    wrong += same_bits(math::exp_of_difference(-x), math::exp(-x)) ? 0 : 1;
    wrong += std::isnan(x) || same_bits(math::sqrt_of_square(x), math::sqrt(x)) ? 0 : 1;
  }
  CHECK(wrong == 0);
  CHECK(std::isnan(math::sqrt_of_square(at_run_time(math::detail::quiet_nan))));
}

TEST_CASE("every NaN becomes the one quiet NaN, whatever its sign and payload") {
  for (const std::uint32_t pattern : {0x7fc00000U, 0xffc00000U, 0x7fffffffU, 0xffffffffU, 0xffc12345U}) {
    const float x = at_run_time(std::bit_cast<float>(pattern));
    CHECK(bits_of(math::exp(x)) == 0x7fc00000);
    CHECK(bits_of(math::log(x)) == 0x7fc00000);
    CHECK(bits_of(math::tanh(x)) == 0x7fc00000);
    CHECK(bits_of(math::sigmoid(x)) == 0x7fc00000);
    CHECK(bits_of(math::expm1(x)) == 0x7fc00000);
    CHECK(bits_of(math::log1p(x)) == 0x7fc00000);
    CHECK(bits_of(math::erf(x)) == 0x7fc00000);
    CHECK(bits_of(math::sqrt(x)) == 0x7fc00000);
  }
}

TEST_CASE("sqrt by digits is correctly rounded, and equals the run-time form") {
  std::uint64_t wrong = 0;
  for (std::uint64_t pattern = 0; pattern <= bits_of(infinity); pattern += stride) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(pattern));
    // A double root, rounded to float, is the correctly rounded one: 53 >= 2 * 24 + 2.
    const auto expected = static_cast<float>(std::sqrt(static_cast<double>(x)));
    wrong += same_bits(math::detail::portable_sqrt(x), expected) ? 0 : 1;
    wrong += same_bits(math::sqrt(x), expected) ? 0 : 1;
  }
  CHECK(wrong == 0);
  CHECK(same_bits(math::sqrt(at_run_time(-0.0f)), -0.0f));
  CHECK(same_bits(math::sqrt(at_run_time(-1.0f)), math::detail::quiet_nan));
  CHECK(same_bits(math::sqrt(at_run_time(-infinity)), math::detail::quiet_nan));
}

TEST_CASE("cos_two_pi is within 4 ulp away from its zeros, and never exceeds 1") {
  constexpr double two_pi = 6.283185307179586;
  double worst = 0.0;
  for (std::uint32_t step = 0; step <= (1U << 24); step += 3) {
    const float u = static_cast<float>(step) * 0x1p-24f;
    const float y = math::cos_two_pi(u);
    if (std::fabs(y) > 1.0f) FAIL("exceeds 1 at " << u);
    const double expected = std::cos(two_pi * static_cast<double>(u));
    if (std::fabs(expected) > 0x1p-20) worst = std::fmax(worst, error_in_ulp(y, expected));
  }
  CHECK(worst <= 4.0);
  CHECK(math::cos_two_pi(at_run_time(0.0f)) == Approx(1.0f).epsilon(2e-7));
  CHECK(math::cos_two_pi(at_run_time(0.5f)) == Approx(-1.0f).epsilon(2e-7));
  CHECK(same_bits(math::cos_two_pi(at_run_time(0.25f)), 0.0f));
  CHECK(std::fabs(math::cos_two_pi(at_run_time(0x1.fffffep-3f))) == Approx(two_pi * 0x1p-26).epsilon(1e-6));
}

TEST_CASE("constant evaluation and run time give the same bits") {
  constexpr float x = 0x1.b7e151p+0f;
  constexpr float exponential = math::exp(x);
  constexpr float logarithm = math::log(x);
  constexpr float tangent = math::tanh(x);
  constexpr float logistic = math::sigmoid(x);
  constexpr float root = math::sqrt(x);
  constexpr float exponential_less = math::expm1(x);
  constexpr float logarithm_more = math::log1p(x);
  constexpr float error = math::erf(x);
  CHECK(same_bits(math::exp(at_run_time(x)), exponential));
  CHECK(same_bits(math::log(at_run_time(x)), logarithm));
  CHECK(same_bits(math::tanh(at_run_time(x)), tangent));
  CHECK(same_bits(math::sigmoid(at_run_time(x)), logistic));
  CHECK(same_bits(math::sqrt(at_run_time(x)), root));
  CHECK(same_bits(math::expm1(at_run_time(x)), exponential_less));
  CHECK(same_bits(math::log1p(at_run_time(x)), logarithm_more));
  CHECK(same_bits(math::erf(at_run_time(x)), error));
}

TEST_CASE("these bits are the contract: every target computes the same") {
  // FNV-1a over the results for a walk through all floats. A change here changes every trained model.
  std::uint32_t hash = 0x811c9dc5;
  for (std::uint64_t pattern = 0; pattern < float_count; pattern += 1'000'003) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(pattern));
    const float u = static_cast<float>(pattern >> 8) * 0x1p-24f;
    for (const float y :
         {math::exp(x), math::log(x), math::tanh(x), math::sigmoid(x), math::sqrt(x), math::cos_two_pi(u)}) {
      hash = (hash ^ bits_of(y)) * 0x01000193;
    }
  }
  CHECK(hash == 0xfbf07db7);
  hash = 0x811c9dc5;
  for (std::uint64_t pattern = 0; pattern < float_count; pattern += 1'000'003) {
    const float x = std::bit_cast<float>(static_cast<std::uint32_t>(pattern));
    for (const float y : {math::expm1(x), math::log1p(x), math::erf(x)})
      hash = (hash ^ bits_of(y)) * 0x01000193;
  }
  CHECK(hash == 0x6b8f07d2);
}

TEST_CASE("double overloads follow libm") {
  CHECK(math::exp(1.5) == std::exp(1.5));
  CHECK(math::log(1.5) == std::log(1.5));
  CHECK(math::tanh(1.5) == std::tanh(1.5));
  CHECK(math::sqrt(1.5) == std::sqrt(1.5));
  CHECK(math::expm1(1.5) == std::expm1(1.5));
  CHECK(math::log1p(1.5) == std::log1p(1.5));
  CHECK(math::erf(0.5) == std::erf(0.5));
  CHECK(math::sigmoid(-1.5) == Approx(1.0 / (1.0 + std::exp(1.5))).epsilon(1e-15));
  CHECK(math::sigmoid(800.0) == 1.0);
  CHECK(math::sigmoid(-800.0) == 0.0);
  CHECK(math::cos_two_pi(1.0 / 3.0) == Approx(-0.5).epsilon(1e-15));
}
