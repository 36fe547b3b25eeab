// SPDX-License-Identifier: BSL-1.0
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <etch/train/optimizers.hpp>
#include <limits>
#include <runtime/kernels/portable/gradient_rules.hpp>
#include <string_view>

namespace gradient_rules_test {

using namespace etch;
using kernels::Clip;

using Clipped = ClipByNorm<Adam>;
using Averaged = ExponentialMovingAverage<ClipByValue<SGD>>;
using Accumulated = GradientAccumulation<Averaged, 4>;

// What a training graph is made by: constants of the type, through any nesting.
static_assert(detail::clip_of<Adam>() == Clip::none && !detail::averages_of<Adam>() &&
              detail::accumulate_of<Adam>() == 1);
static_assert(detail::clip_of<Clipped>() == Clip::norm && Clipped::rule == kernels::Rule::adam);
static_assert(detail::clip_of<ClipByGlobalNorm<Lion>>() == Clip::global_norm);
static_assert(detail::clip_of<Accumulated>() == Clip::value && detail::averages_of<Accumulated>() &&
              detail::accumulate_of<Accumulated>() == 4 && Accumulated::rule == kernels::Rule::sgd);
static_assert(std::string_view(Averaged::name) == "ema_sgd" && std::string_view(Clipped::name) == "adam");

// Keras's defaults.
static_assert(Averaged{}.ema_momentum == 0.99f && Averaged{}.ema_overwrite_frequency == 0);

// The numbers of a step come through, whatever stands around.
constexpr ClipByNorm clipped{Adam{.learning_rate = 0.5f}, 2.5f};
static_assert(clipped.at(3).clip == 2.5f && clipped.at(3).rate == Adam{.learning_rate = 0.5f}.at(3).rate);
static_assert(ClipByValue{SGD{}, 0.25f}.at(0).clip == 0.25f);
static_assert(ClipByGlobalNorm{SGD{}, 4.0f}.at(0).clip == 4.0f);
static_assert(detail::initial_slot(ClipByNorm<Adagrad>{}, 0) == 0.1f && detail::initial_slot(Adam{}, 1) == 0);

}  // namespace gradient_rules_test

using namespace gradient_rules_test;

TEST_CASE("an average begins with the first weights and may overwrite them at intervals", "[optimizer]") {
  constexpr ExponentialMovingAverage optimizer{SGD{}, 0.9f, 3};
  for (std::uint32_t t = 0; t < 12; ++t) {
    const kernels::Hyper h = optimizer.at(t);
    CHECK(h.average == (t == 0 ? 0.0f : 0.9f));
    CHECK((h.overwrite != 0) == (t % 3 == 2));
    CHECK(ExponentialMovingAverage{SGD{}}.at(t).overwrite == 0);
  }
}

TEST_CASE("accumulation updates at every N-th batch with the numbers of that update", "[optimizer]") {
  constexpr GradientAccumulation<ExponentialMovingAverage<Adam>, 4> optimizer{};
  for (std::uint32_t t = 0; t < 24; ++t) {
    const kernels::Hyper h = optimizer.at(t);
    CHECK((h.update != 0) == (t % 4 == 3));
    CHECK(h.accumulate == 4);
    CHECK(h.rate == Adam{}.at(t / 4).rate);
    CHECK(h.average == (t < 4 ? 0.0f : 0.99f));
  }
  // The average counts updates whichever stands outside, and a schedule counts batches, as in Keras.
  constexpr ExponentialMovingAverage outside{GradientAccumulation<Adam, 4>{}};
  CHECK(outside.at(3).average == 0.0f);
  CHECK(outside.at(4).average == 0.99f);
  constexpr WithSchedule scheduled{GradientAccumulation<SGD, 2>{},
                                   PiecewiseConstantDecay{{1, 2}, {1.0f, 2.0f, 3.0f}}};
  CHECK(scheduled.at(3).rate == 3.0f);
  CHECK(scheduled.at(2).rate == 2.0f);
}

TEST_CASE("the norm of a gradient is brought to the limit, in Keras's way", "[optimizer]") {
  std::array<float, 4> g{3, -4, 0, 12};
  CHECK(kernels::norm_of(g.data(), 4).value() == 13.0f);
  kernels::clip_by_norm(6.5f, g.data(), 4);
  CHECK(g == std::array<float, 4>{1.5f, -2, 0, 6});
  const std::array<float, 4> before{0.1f, 0.2f, -0.3f, 0.7f};
  g = before;
  kernels::clip_by_norm(1.0f, g.data(), 4);  // below the limit: every bit stays
  CHECK(g == before);
  std::array<double, 2> zero{};
  kernels::clip_by_norm(1.0, zero.data(), 2);
  CHECK(zero == std::array<double, 2>{});
}

TEST_CASE("the global norm is that of all gradients together", "[optimizer]") {
  std::array<double, 2> a{3, 4};
  std::array<double, 1> b{-12};
  const auto all = kernels::joined(kernels::norm_of(a.data(), 2), kernels::norm_of(b.data(), 1));
  kernels::clip_to(1.0, all, a.data(), 2);
  kernels::clip_to(1.0, all, b.data(), 1);
  CHECK(a[0] == Approx(3.0 / 13));
  CHECK(a[1] == Approx(4.0 / 13));
  CHECK(b[0] == Approx(-12.0 / 13));
}

TEST_CASE("norms whose squares are out of range", "[optimizer]") {
  const auto clipped = [](float limit, std::array<float, 3> g) {
    kernels::clip_by_norm(limit, g.data(), 3);
    return g;
  };
  constexpr float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  for (const float size : {1e-44f, 1e-38f, 1e-30f, 1e-22f, 1e-12f, 1.0f, 1e18f, 1e19f, 1e20f, 1e30f, 8e37f}) {
    INFO("size " << size);
    const auto g = clipped(size / 128, {3 * size, 0, 4 * size});
    const float a = 3 * size, b = 4 * size, sum = std::sqrt(a / size * (a / size) + b / size * (b / size));
    CHECK(g[0] == Approx(a / sum / 128).epsilon(size < 1e-38f ? 0.5 : 1e-5).margin(2e-45));
    CHECK(g[2] == Approx(b / sum / 128).epsilon(size < 1e-38f ? 0.5 : 1e-5).margin(2e-45));
  }
  CHECK(clipped(1, {3e20f, 0, 4e20f})[2] == Approx(0.8f));
  CHECK(clipped(1, {3e38f, 0, -3e38f})[2] == Approx(-0.70710678f));  // the norm itself is no float
  CHECK(clipped(1, {3e-20f, 0, 4e-20f}) == std::array<float, 3>{3e-20f, 0, 4e-20f});
  CHECK(clipped(1, {3e20f, 1e-20f, 4e20f})[0] == Approx(0.6f));
  CHECK(std::isnan(clipped(1, {nan, 2, 0})[0]));
  CHECK(std::isnan(clipped(1, {inf, 2, 0})[0]));

  const std::array<float, 2> huge{3e20f, 0}, plain{12, 5}, tiny{3e-30f, 4e-30f}, nothing{};
  const auto norm = [](const std::array<float, 2>& a) { return kernels::norm_of(a.data(), 2); };
  CHECK(joined(norm(huge), norm({0, 4e20f})).value() == Approx(5e20f));
  CHECK(joined(norm(plain), norm(huge)).value() == Approx(3e20f));
  CHECK(joined(norm(tiny), norm(plain)).value() == 13.0f);
  CHECK(joined(norm(nothing), norm(tiny)).value() == Approx(5e-30f).margin(1e-36));
  CHECK(joined(norm(tiny), norm(nothing)).value() == Approx(5e-30f).margin(1e-36));
  CHECK(std::isnan(joined(norm({nan, 1}), norm(huge)).value()));
  CHECK(std::isnan(joined(norm(plain), norm({nan, 1})).value()));
}

TEST_CASE("a gradient's elements are clipped to the limit, and a NaN stays one", "[optimizer]") {
  std::array<float, 5> g{0.4f, -0.4f, 2, -3, std::numeric_limits<float>::quiet_NaN()};
  kernels::clip_by_value(0.5f, g.data(), 5);
  CHECK(g[0] == 0.4f);
  CHECK(g[1] == -0.4f);
  CHECK(g[2] == 0.5f);
  CHECK(g[3] == -0.5f);
  CHECK(std::isnan(g[4]));
}

TEST_CASE("a moving average follows the formula for 100 steps", "[optimizer]") {
  constexpr ExponentialMovingAverage optimizer{SGD{}, 0.9f, 7};
  float w = 0, averaged = 123;  // the first step must not read it
  double expected = 0, weight = 0;
  for (int t = 0; t < 100; ++t) {
    w += std::sin(0.3f * static_cast<float>(t));
    weight += static_cast<double>(std::sin(0.3f * static_cast<float>(t)));
    expected = t == 0 ? weight : 0.9 * expected + 0.1 * weight;
    if (t % 7 == 6) weight = expected;
    kernels::average(optimizer.at(static_cast<std::uint32_t>(t)), &w, &averaged, 1);
    REQUIRE(static_cast<double>(averaged) == Approx(expected).epsilon(1e-5).margin(1e-5));
    REQUIRE(static_cast<double>(w) == Approx(weight).epsilon(1e-5).margin(1e-5));
  }
}

TEST_CASE("accumulated gradients come to their mean, and the sum begins anew", "[optimizer]") {
  constexpr GradientAccumulation<SGD, 3> optimizer{};
  std::array<float, 2> sum{};
  for (std::uint32_t t = 0; t < 9; ++t) {
    std::array<float, 2> g{static_cast<float>(t), -2};
    kernels::accumulate(optimizer.at(t), g.data(), sum.data(), 2);
    if (t % 3 != 2) {
      CHECK(sum[1] == -2 * static_cast<float>(t % 3 + 1));
      continue;
    }
    CHECK(g == std::array<float, 2>{static_cast<float>(t - 1), -2});
    CHECK(sum == std::array<float, 2>{});
  }
}
