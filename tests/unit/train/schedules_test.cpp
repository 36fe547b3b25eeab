// SPDX-License-Identifier: BSL-1.0
// Every schedule over its steps against Keras's formulas, written out here in double.
#include <catch2/catch.hpp>
#include <cmath>
#include <etch/train/optimizers.hpp>
#include <runtime/host/error.hpp>

namespace schedules_test {

using namespace etch;

constexpr double pi = 3.14159265358979323846;

template <class Schedule, class Formula>
void follow(const Schedule& schedule, const Formula& formula, int steps = 100) {
  double lowest = 1e9, highest = -1e9;
  for (int t = 0; t < steps; ++t) {
    const double expected = formula(t), got = static_cast<double>(schedule(static_cast<std::uint32_t>(t)));
    INFO("step " << t);
    REQUIRE(got == Approx(expected).epsilon(2e-6).margin(1e-8));
    lowest = std::fmin(lowest, got);
    highest = std::fmax(highest, got);
  }
  REQUIRE(highest > lowest * 1.05);  // a schedule that does nothing must not pass
}

double cosine(double part) { return 0.5 * (1 + std::cos(pi * part)); }

/// Keras's closed form for the restarts; `first_decay_steps` is 7.
double restarts(int step, double t_mul, double m_mul, double alpha) {
  double part = step / 7.0, i = 0;
  if (t_mul == 1) {
    i = std::floor(part);
    part -= i;
  } else {
    // A nudge, because the logarithm at a restart may fall a rounding short of a whole number.
    i = std::floor(std::log(1 - part * (1 - t_mul)) / std::log(t_mul) + 1e-12);
    part = (part - (1 - std::pow(t_mul, i)) / (1 - t_mul)) / std::pow(t_mul, i);
  }
  return 0.1 * ((1 - alpha) * std::pow(m_mul, i) * cosine(part) + alpha);
}

}  // namespace schedules_test

using namespace schedules_test;

TEST_CASE("ExponentialDecay", "[schedule]") {
  follow(ExponentialDecay{.initial_learning_rate = 0.1f, .decay_steps = 9, .decay_rate = 0.7f},
         [](int t) { return 0.1 * std::pow(0.7, t / 9.0); });
  follow(ExponentialDecay{0.1f, 9, 0.7f, true}, [](int t) { return 0.1 * std::pow(0.7, t / 9); });
}

TEST_CASE("ExponentialDecay is right at late steps too", "[schedule]") {
  const ExponentialDecay slow{0.1f, 1000, 0.96f};
  for (const std::uint32_t t : {99'999u, 250'001u, 1'000'003u})
    CHECK(static_cast<double>(slow(t)) ==
          Approx(0.1 * std::pow(static_cast<double>(0.96f), t / 1000.0)).epsilon(1e-4));
}

TEST_CASE("PolynomialDecay", "[schedule]") {
  follow(PolynomialDecay{.initial_learning_rate = 0.1f, .decay_steps = 60},
         [](int t) { return (0.1 - 1e-4) * (1 - std::fmin(t, 60) / 60) + 1e-4; });
  follow(PolynomialDecay{0.1f, 60, 0.01f, 0.5f},
         [](int t) { return 0.09 * std::sqrt(1 - std::fmin(t, 60) / 60) + 0.01; });
  follow(PolynomialDecay{0.1f, 30, 0.01f, 2.0f, true}, [](int t) {
    const double n = 30 * (t == 0 ? 1 : std::ceil(t / 30.0));
    return 0.09 * std::pow(1 - t / n, 2) + 0.01;
  });
}

TEST_CASE("InverseTimeDecay", "[schedule]") {
  follow(InverseTimeDecay{.initial_learning_rate = 0.1f, .decay_steps = 10, .decay_rate = 0.5f},
         [](int t) { return 0.1 / (1 + 0.5 * t / 10.0); });
  follow(InverseTimeDecay{0.1f, 10, 0.5f, true}, [](int t) { return 0.1 / (1 + 0.5 * (t / 10)); });
}

TEST_CASE("PiecewiseConstantDecay takes a boundary's step into the piece before it", "[schedule]") {
  constexpr PiecewiseConstantDecay pieces{{10, 30}, {1.0f, 0.5f, 0.1f}};
  static_assert(pieces(0) == 1.0f && pieces(10) == 1.0f && pieces(11) == 0.5f && pieces(30) == 0.5f &&
                pieces(31) == 0.1f && pieces(1'000'000) == 0.1f);
  follow(pieces, [](int t) { return t <= 10 ? 1 : t <= 30 ? 0.5 : static_cast<double>(0.1f); });
}

TEST_CASE("CosineDecay", "[schedule]") {
  follow(CosineDecay{.initial_learning_rate = 0.1f, .decay_steps = 60, .alpha = 0.05f},
         [](int t) { return 0.1 * (0.95 * cosine(std::fmin(t, 60) / 60) + 0.05); });
  const CosineDecay warm{.initial_learning_rate = 0.01f,
                         .decay_steps = 60,
                         .alpha = 0.1f,
                         .warmup_target = 0.2f,
                         .warmup_steps = 20};
  follow(warm, [](int t) {
    if (t < 20) return 0.01 + 0.19 * t / 20;
    return 0.2 * (0.9 * cosine(std::fmin(t - 20, 60) / 60) + 0.1);
  });
  follow(CosineDecay{0.1f, 50, 0.0f, 0.3f, 0},  // Keras begins at the target then
         [](int t) { return 0.3 * cosine(std::fmin(t, 50) / 50); });
}

TEST_CASE("CosineDecayRestarts (Loshchilov and Hutter 2017)", "[schedule]") {
  follow(CosineDecayRestarts{.initial_learning_rate = 0.1f, .first_decay_steps = 7, .alpha = 0.02f},
         [](int t) { return restarts(t, 2, 1, 0.02); });
  follow(CosineDecayRestarts{0.1f, 7, 1.0f, 0.8f}, [](int t) { return restarts(t, 1, 0.8, 0); });
  follow(CosineDecayRestarts{0.1f, 7, 3.0f, 0.5f}, [](int t) { return restarts(t, 3, 0.5, 0); });
}

TEST_CASE("a schedule refuses a rate or a count of steps that cannot be", "[schedule]") {
  const float bad_rate = -1;
  const int no_steps = 0;
  CHECK_THROWS_AS((ExponentialDecay{bad_rate, 10}), Error);
  CHECK_THROWS_AS((CosineDecay{0.1f, no_steps}), Error);
}

TEST_CASE("a schedule sets the rate of a step, in any optimizer", "[schedule]") {
  constexpr WithSchedule optimizer{Adam{.beta_1 = 0.8f},
                                   CosineDecay{.initial_learning_rate = 0.1f, .decay_steps = 50}};
  static_assert(decltype(optimizer)::rule == kernels::Rule::adam && optimizer.beta_1 == 0.8f);
  for (std::uint32_t t = 0; t < 100; ++t) {
    const Adam plain{.learning_rate = optimizer.schedule(t), .beta_1 = 0.8f};
    REQUIRE(optimizer.at(t).rate == plain.at(t).rate);
    REQUIRE(learning_rate_at(optimizer, t) == plain.learning_rate);
  }
  constexpr WithSchedule decayed{SGD{.weight_decay = 0.5f}, PiecewiseConstantDecay{{3}, {1.0f, 0.25f}}};
  static_assert(decayed.at(3).weight_decay == 0.5f && decayed.at(4).weight_decay == 0.125f);

  SGD plain{};
  set_learning_rate(plain, 0.5f);
  CHECK(learning_rate_at(plain, 7) == 0.5f);
  CHECK(plain.at(7).rate == 0.5f);
}

TEST_CASE("schedules have the same bits during compilation and at run time", "[schedule]") {
  constexpr WithSchedule optimizer{
      Nadam{}, CosineDecayRestarts{.initial_learning_rate = 0.1f, .first_decay_steps = 7, .t_mul = 1.5f}};
  constexpr kernels::Hyper compiled = optimizer.at(1000);
  volatile std::uint32_t step = 1000;
  const kernels::Hyper run = optimizer.at(step);
  CHECK(run.rate == compiled.rate);
  CHECK(run.momentum == compiled.momentum);
  CHECK(run.epsilon == compiled.epsilon);
}
