// SPDX-License-Identifier: BSL-1.0
// Trajectories of 100 steps against the published formulas, written out here in double.
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <etch/model/training/trainer.hpp>

namespace {

using namespace etch;

constexpr int n = 3;
using Vector = std::array<double, n>;

/// One Dense without bias and with one unit: prediction w . x, so that the gradient is known by hand.
inline constexpr auto linear_model = sequential(Input{n}, Dense{1, linear, false});

constexpr Vector start{0.5, -0.3, 0.8};

/// The sample of step t: fixed numbers that keep the gradients moving.
double sample(int t, int i) { return std::sin(0.7 * t + 1.3 * i) + 0.2; }
double target(int t) { return std::cos(0.31 * t); }

/// d/dw of (w . x - y)^2.
Vector gradient(const Vector& w, int t) {
  double error = -target(t);
  for (int i = 0; i < n; ++i) error += w[static_cast<unsigned>(i)] * sample(t, i);
  Vector g;
  for (int i = 0; i < n; ++i) g[static_cast<unsigned>(i)] = 2 * error * sample(t, i);
  return g;
}

/// Runs `step(w, g, i, t)`, t from 1, next to Etch's optimizer, and compares the weights after every step.
template <class Optimizer, class Step>
void follow(Optimizer optimizer, Step step) {
  using Model = Trainer<linear_model, Optimizer, MeanSquaredError, hana::tuple<>, 1>;
  static typename Model::Storage storage;
  Model model(storage, optimizer);
  model.initialize(0);
  auto* const weights = reinterpret_cast<float*>(model.weights().data());
  Vector w = start;
  for (unsigned i = 0; i < n; ++i) weights[i] = static_cast<float>(start[i]);
  double moved = 0;
  for (int t = 0; t < 100; ++t) {
    for (int i = 0; i < n; ++i) model.input()[static_cast<unsigned>(i)] = static_cast<float>(sample(t, i));
    static_cast<float*>(model.labels())[0] = static_cast<float>(target(t));
    model.train_on_batch(1);
    const Vector g = gradient(w, t);
    for (unsigned i = 0; i < n; ++i) {
      step(w[i], g[i], i, t + 1);
      INFO("step " << t << ", weight " << i);
      REQUIRE(static_cast<double>(weights[i]) == Approx(w[i]).epsilon(2e-5).margin(2e-5));
      moved = std::fmax(moved, std::abs(w[i] - start[i]));
    }
  }
  REQUIRE(moved > 0.01);  // a rule that does nothing must not pass
}

TEST_CASE("SGD: w -= rate g", "[optimizer]") {
  follow(SGD{0.02f}, [](double& w, double g, unsigned, int) { w -= 0.02 * g; });
}

TEST_CASE("SGD with momentum: v = m v - rate g; w += v", "[optimizer]") {
  Vector v{};
  follow(SGDMomentum{0.01f, 0.9f}, [&](double& w, double g, unsigned i, int) {
    v[i] = 0.9 * v[i] - 0.01 * g;
    w += v[i];
  });
}

TEST_CASE("SGD with Nesterov momentum: w += m v - rate g, v as it is now (Sutskever et al. 2013)",
          "[optimizer]") {
  Vector v{};
  follow(SGDNesterov{0.01f, 0.8f}, [&](double& w, double g, unsigned i, int) {
    v[i] = 0.8 * v[i] - 0.01 * g;
    w += 0.8 * v[i] - 0.01 * g;
  });
}

// Keras and the end of section 2 of the paper: epsilon is added to sqrt(v) before the correction.
TEST_CASE("Adam (Kingma and Ba 2015)", "[optimizer]") {
  Vector m{}, v{};
  follow(Adam{0.01f, 0.9f, 0.999f, 1e-7f}, [&](double& w, double g, unsigned i, int t) {
    m[i] = 0.9 * m[i] + 0.1 * g;
    v[i] = 0.999 * v[i] + 0.001 * g * g;
    const double rate = 0.01 * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t));
    w -= rate * m[i] / (std::sqrt(v[i]) + 1e-7);
  });
}

TEST_CASE("Adam with other constants, where epsilon counts", "[optimizer]") {
  Vector m{}, v{};
  follow(Adam{0.02f, 0.8f, 0.95f, 1e-2f}, [&](double& w, double g, unsigned i, int t) {
    m[i] = 0.8 * m[i] + 0.2 * g;
    v[i] = 0.95 * v[i] + 0.05 * g * g;
    const double rate = 0.02 * std::sqrt(1 - std::pow(0.95, t)) / (1 - std::pow(0.8, t));
    w -= rate * m[i] / (std::sqrt(v[i]) + 1e-2);
  });
}

TEST_CASE("RMSprop (Hinton's lecture 6e), epsilon below the root as in Keras", "[optimizer]") {
  Vector s{};
  follow(RMSprop{0.005f, 0.9f, 1e-7f}, [&](double& w, double g, unsigned i, int) {
    s[i] = 0.9 * s[i] + 0.1 * g * g;
    w -= 0.005 * g / std::sqrt(s[i] + 1e-7);
  });
}

// Keras's defaults are part of the contract.
static_assert(SGD{}.learning_rate == 0.01f && SGDMomentum{}.learning_rate == 0.01f &&
              SGDNesterov{}.momentum == 0.9f);
static_assert(Adam{}.learning_rate == 0.001f && Adam{}.beta_1 == 0.9f && Adam{}.beta_2 == 0.999f &&
              Adam{}.epsilon == 1e-7f);
static_assert(RMSprop{}.learning_rate == 0.001f && RMSprop{}.rho == 0.9f && RMSprop{}.epsilon == 1e-7f);

}  // namespace
