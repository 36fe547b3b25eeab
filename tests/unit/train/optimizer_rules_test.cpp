// SPDX-License-Identifier: BSL-1.0
// Every rule over 100 steps against the published formulas, written out here in double.
#include <array>
#include <bit>
#include <catch2/catch.hpp>
#include <cmath>
#include <etch/train/optimizers.hpp>
#include <functional>
#include <runtime/kernels/portable/update.hpp>

namespace optimizer_rules_test {

using namespace etch;

constexpr int n = 3, steps = 100;
using Vector = std::array<double, n>;
constexpr Vector start{0.5, -0.3, 0.8};

/// The slope of (w . x - y)^2 for a sample that moves with t, so that gradients change sign and size.
Vector gradient(const Vector& w, int t) {
  Vector x;
  double error = -std::cos(0.31 * t);
  for (unsigned i = 0; i < n; ++i) {
    x[i] = std::sin(0.7 * t + 1.3 * i) + 0.2;
    error += w[i] * x[i];
  }
  for (double& each : x) each *= 2 * error;
  return x;
}

/// Weights and slots of some optimizer's rule, and how many steps it has done.
template <class Optimizer>
struct Run {
  std::array<float, n> w{}, a{}, b{};
  std::uint32_t done = 0;

  explicit Run(const Optimizer& optimizer) {
    for (unsigned i = 0; i < n; ++i) {
      w[i] = static_cast<float>(start[i]);
      a[i] = detail::initial_slot(optimizer, 0);
      b[i] = detail::initial_slot(optimizer, 1);
    }
  }
  void step(const Optimizer& optimizer, const Vector& g) {
    std::array<float, n> slope{};
    for (unsigned i = 0; i < n; ++i) slope[i] = static_cast<float>(g[i]);
    kernels::update(Optimizer::rule, optimizer.at(done++), slope.data(), w.data(), a.data(), b.data(), n);
  }
  bool operator==(const Run& other) const {
    return std::bit_cast<std::array<std::uint32_t, n>>(w) ==
               std::bit_cast<std::array<std::uint32_t, n>>(other.w) &&
           std::bit_cast<std::array<std::uint32_t, n>>(a) ==
               std::bit_cast<std::array<std::uint32_t, n>>(other.a) &&
           std::bit_cast<std::array<std::uint32_t, n>>(b) ==
               std::bit_cast<std::array<std::uint32_t, n>>(other.b);
  }
};

/// A rule as a paper has it: moves weight i by gradient g at step t, from 1.
using Formula = std::function<void(double& w, double g, unsigned i, int t)>;

template <class Optimizer>
void follow(const Optimizer& optimizer, const Formula& formula) {
  Run<Optimizer> run(optimizer);
  Vector w = start;
  double moved = 0;
  for (int t = 1; t <= steps; ++t) {
    const Vector g = gradient(w, t);
    run.step(optimizer, g);
    for (unsigned i = 0; i < n; ++i) {
      formula(w[i], g[i], i, t);
      INFO(Optimizer::name << ", step " << t << ", weight " << i);
      REQUIRE(static_cast<double>(run.w[i]) == Approx(w[i]).epsilon(1e-5).margin(1e-5));
      moved = std::fmax(moved, std::abs(w[i] - start[i]));
    }
  }
  REQUIRE(moved > 0.01);  // a rule that does nothing must not pass
}

double sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

}  // namespace optimizer_rules_test

using namespace optimizer_rules_test;

TEST_CASE("RMSprop's variants: momentum, centered (Graves 2013)", "[optimizer]") {
  Vector s{}, v{}, mean{};
  follow(RMSpropMomentum{0.003f, 0.9f, 0.8f, 1e-7f}, [&](double& w, double g, unsigned i, int) {
    s[i] = 0.9 * s[i] + 0.1 * g * g;
    v[i] = 0.8 * v[i] + 0.003 * g / std::sqrt(s[i] + 1e-7);
    w -= v[i];
  });
  s = {};
  follow(RMSpropCentered{0.003f, 0.9f, 1e-3f}, [&](double& w, double g, unsigned i, int) {
    s[i] = 0.9 * s[i] + 0.1 * g * g;
    mean[i] = 0.9 * mean[i] + 0.1 * g;
    w -= 0.003 * g / std::sqrt(s[i] - mean[i] * mean[i] + 1e-3);
  });
}

TEST_CASE("centered RMSprop stays finite where gradients do not change", "[optimizer]") {
  Run<RMSpropCentered> run(RMSpropCentered{});
  for (int t = 0; t < 1000; ++t) run.step(RMSpropCentered{}, {1000.0, 33.3, -7.7});
  for (const float w : run.w) CHECK(std::isfinite(w));
}

TEST_CASE("Adagrad (Duchi, Hazan and Singer 2011), from an accumulator of 0.1", "[optimizer]") {
  Vector s{0.1, 0.1, 0.1};
  follow(Adagrad{.learning_rate = 0.05f}, [&](double& w, double g, unsigned i, int) {
    s[i] += g * g;
    w -= 0.05 * g / std::sqrt(s[i] + 1e-7);
  });
  s = {2, 2, 2};
  follow(Adagrad{0.1f, 2.0f, 1e-2f}, [&](double& w, double g, unsigned i, int) {
    s[i] += g * g;
    w -= 0.1 * g / std::sqrt(s[i] + 1e-2);
  });
}

TEST_CASE("Adadelta (Zeiler 2012)", "[optimizer]") {
  Vector s{}, u{};
  follow(Adadelta{1.0f, 0.9f, 1e-4f}, [&](double& w, double g, unsigned i, int) {
    s[i] = 0.9 * s[i] + 0.1 * g * g;
    const double d = std::sqrt(u[i] + 1e-4) / std::sqrt(s[i] + 1e-4) * g;
    u[i] = 0.9 * u[i] + 0.1 * d * d;
    w -= d;
  });
}

TEST_CASE("AdamW (Loshchilov and Hutter 2019)", "[optimizer]") {
  Vector m{}, v{};
  follow(AdamW{.learning_rate = 0.01f, .weight_decay = 0.1f}, [&](double& w, double g, unsigned i, int t) {
    m[i] = 0.9 * m[i] + 0.1 * g;
    v[i] = 0.999 * v[i] + 0.001 * g * g;
    w -= 0.01 * 0.1 * w;
    w -= 0.01 * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t)) * m[i] / (std::sqrt(v[i]) + 1e-7);
  });
}

TEST_CASE("Adamax (Kingma and Ba 2015, section 7.1)", "[optimizer]") {
  Vector m{}, u{};
  follow(Adamax{.learning_rate = 0.01f, .beta_2 = 0.9f}, [&](double& w, double g, unsigned i, int t) {
    m[i] = 0.9 * m[i] + 0.1 * g;
    u[i] = std::fmax(0.9 * u[i], std::abs(g));
    w -= 0.01 / (1 - std::pow(0.9, t)) * m[i] / (u[i] + 1e-7);
  });
}

TEST_CASE("Nadam (Dozat 2015), with the warming of its decay", "[optimizer]") {
  const auto decay = [](double beta, int t) { return beta * (1 - 0.5 * std::pow(0.96, t)); };
  for (const float beta : {0.9f, 0.99f}) {
    Vector m{}, v{}, product{1, 1, 1};
    follow(Nadam{.learning_rate = 0.01f, .beta_1 = beta, .epsilon = 1e-3f},
           [&](double& w, double g, unsigned i, int t) {
             const double now = decay(beta, t), next = decay(beta, t + 1);
             product[i] *= now;
             m[i] += (1 - beta) * (g - m[i]);
             v[i] = 0.999 * v[i] + 0.001 * g * g;
             const double moment = next * m[i] / (1 - product[i] * next) + (1 - now) * g / (1 - product[i]);
             w -= 0.01 * moment / (std::sqrt(v[i] / (1 - std::pow(0.999, t))) + 1e-3);
           });
  }
}

TEST_CASE("Nadam's product of decays is that of the formula at late steps too", "[optimizer]") {
  const float beta = 0.999f;
  double product = 1;
  for (std::uint32_t t = 1; t <= 3000; ++t) {
    const auto decay = [&](std::uint32_t k) { return beta * (1 - 0.5 * std::pow(0.96, k)); };
    product *= decay(t);
    const kernels::Hyper h = Nadam{.learning_rate = 1, .beta_1 = beta, .beta_2 = 0}.at(t - 1);
    REQUIRE(static_cast<double>(h.rate) == Approx(decay(t + 1) / (1 - product * decay(t + 1))).epsilon(1e-4));
    REQUIRE(static_cast<double>(h.momentum) == Approx((1 - decay(t)) / (1 - product)).epsilon(1e-3));
  }
}

TEST_CASE("Lion (Chen et al. 2023)", "[optimizer]") {
  Vector m{};
  follow(Lion{.learning_rate = 0.002f}, [&](double& w, double g, unsigned i, int) {
    w -= 0.002 * sign(0.9 * m[i] + 0.1 * g);
    m[i] = 0.99 * m[i] + 0.01 * g;
  });
}

TEST_CASE("weight decay takes rate * weight_decay * w off before the update", "[optimizer]") {
  follow(SGD{0.02f, 0.5f}, [](double& w, double g, unsigned, int) { w -= 0.02 * 0.5 * w + 0.02 * g; });
  Vector v{};
  follow(SGDMomentum{0.01f, 0.9f, 0.3f}, [&](double& w, double g, unsigned i, int) {
    v[i] = 0.9 * v[i] - 0.01 * g;
    w += v[i] - 0.01 * 0.3 * w;
  });
  Vector s{};
  follow(RMSprop{.learning_rate = 0.005f, .weight_decay = 0.2f}, [&](double& w, double g, unsigned i, int) {
    s[i] = 0.9 * s[i] + 0.1 * g * g;
    w -= 0.005 * 0.2 * w + 0.005 * g / std::sqrt(s[i] + 1e-7);
  });
  Vector m{};
  follow(Lion{.learning_rate = 0.002f, .weight_decay = 1.0f}, [&](double& w, double g, unsigned i, int) {
    w -= 0.002 * w + 0.002 * sign(0.9 * m[i] + 0.1 * g);
    m[i] = 0.99 * m[i] + 0.01 * g;
  });
}

/// The numbers of a step are a function of the step: asked in another order, by a copy, they are the same.
template <class Optimizer>
void check_resume(const Optimizer& optimizer) {
  Run<Optimizer> whole(optimizer), before(optimizer);
  for (int t = 0; t < steps; ++t) whole.step(optimizer, gradient(start, t));
  for (int t = 0; t < 41; ++t) before.step(optimizer, gradient(start, t));
  Run<Optimizer> after = before;
  const Optimizer again = optimizer;
  for (int t = 41; t < steps; ++t) after.step(again, gradient(start, t));
  INFO(Optimizer::name);
  CHECK(after == whole);
  CHECK_FALSE(before == whole);
}

TEST_CASE("training that stopped goes on with the same bits", "[optimizer]") {
  check_resume(SGD{});
  check_resume(SGDMomentum{});
  check_resume(SGDNesterov{});
  check_resume(RMSprop{});
  check_resume(RMSpropMomentum{});
  check_resume(RMSpropCentered{});
  check_resume(Adagrad{});
  check_resume(Adadelta{});
  check_resume(Adam{});
  check_resume(AdamW{});
  check_resume(Adamax{});
  check_resume(Nadam{});
  check_resume(Lion{});
  check_resume(WithSchedule{Adam{}, ExponentialDecay{.initial_learning_rate = 0.01f, .decay_steps = 7}});
}

// Keras's defaults are part of the contract.
static_assert(RMSpropMomentum{}.learning_rate == 0.001f && RMSpropCentered{}.rho == 0.9f);
static_assert(Adagrad{}.learning_rate == 0.001f && Adagrad{}.initial_accumulator_value == 0.1f &&
              Adagrad{}.epsilon == 1e-7f);
static_assert(Adadelta{}.learning_rate == 0.001f && Adadelta{}.rho == 0.95f && Adadelta{}.epsilon == 1e-7f);
static_assert(AdamW{}.weight_decay == 0.004f && AdamW{}.beta_2 == 0.999f && AdamW{}.epsilon == 1e-7f);
static_assert(Adamax{}.learning_rate == 0.001f && Adamax{}.beta_1 == 0.9f && Adamax{}.beta_2 == 0.999f);
static_assert(Nadam{}.learning_rate == 0.001f && Nadam{}.beta_1 == 0.9f && Nadam{}.beta_2 == 0.999f);
static_assert(Lion{}.learning_rate == 0.001f && Lion{}.beta_1 == 0.9f && Lion{}.beta_2 == 0.99f);
static_assert(SGD{}.weight_decay == 0 && Adam{}.weight_decay == 0 && Lion{}.weight_decay == 0);
