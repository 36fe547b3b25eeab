// SPDX-License-Identifier: BSL-1.0
// Optimizers and what stands around them, in a whole trainer: 100 steps against the formulas in double, and
// the same bits where training stopped and went on.
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <etch/model/training/trainer.hpp>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace optimizer_wrapper_test {

using namespace etch;

/// Two inputs, one unit: the weights are a kernel of two elements and a bias, two parameters with gradients
/// of their own.
inline constexpr auto line = sequential(Input{2}, Dense{1});

constexpr unsigned n = 3;
using Vector = std::array<double, n>;
constexpr Vector start{0.5, -0.3, 0.8};

double sample(int t, unsigned i) { return i == 2 ? 1 : std::sin(0.7 * t + 1.3 * i) + 0.2; }
double target(int t) { return 2 * std::cos(0.31 * t); }

/// The slope of (w . x - y)^2; the last weight is the bias.
Vector gradient(const Vector& w, int t) {
  double error = -target(t);
  for (unsigned i = 0; i < n; ++i) error += w[i] * sample(t, i);
  Vector g;
  for (unsigned i = 0; i < n; ++i) g[i] = 2 * error * sample(t, i);
  return g;
}

template <class Optimizer, bool Fuse = true>
struct Run {
  using Model = Trainer<line, Optimizer, MeanSquaredError, hana::tuple<>, 1, Fuse>;
  std::unique_ptr<typename Model::Storage> storage = std::make_unique<typename Model::Storage>();
  Model model;

  explicit Run(const Optimizer& optimizer) : model(*storage, optimizer) {
    model.initialize(0);
    for (unsigned i = 0; i < n; ++i) weight(i) = static_cast<float>(start[i]);
  }
  /// The bias stands right after the kernel, whose two floats fill its alignment.
  float& weight(unsigned i) { return reinterpret_cast<float*>(model.weights().data())[i]; }
  void train(int t) {
    for (unsigned i = 0; i < 2; ++i) model.input()[i] = static_cast<float>(sample(t, i));
    static_cast<float*>(model.labels())[0] = static_cast<float>(target(t));
    model.train_on_batch(1);
  }
};

/// One step as the formulas have it, on all weights: `step(w, g, t)`, t from 0.
using Formula = std::function<void(Vector& w, Vector g, int t)>;

template <class Optimizer>
void follow(const Optimizer& optimizer, const Formula& step) {
  Run<Optimizer> run(optimizer);
  Vector w = start;
  double moved = 0;
  for (int t = 0; t < 100; ++t) {
    run.train(t);
    step(w, gradient(w, t), t);
    for (unsigned i = 0; i < n; ++i) {
      INFO("step " << t << ", weight " << i);
      REQUIRE(static_cast<double>(run.weight(i)) == Approx(w[i]).epsilon(2e-5).margin(2e-5));
      moved = std::fmax(moved, std::abs(w[i] - start[i]));
    }
  }
  REQUIRE(moved > 0.01);
}

double norm(const Vector& g, unsigned first, unsigned end) {
  double squares = 0;
  for (unsigned i = first; i < end; ++i) squares += g[i] * g[i];
  return std::sqrt(squares);
}

/// Adam with a step counter of its own, for wrappers around it.
struct ReferenceAdam {
  double rate = 0.01;
  Vector m{}, v{};
  int t = 0;
  void operator()(Vector& w, const Vector& g) {
    ++t;
    for (unsigned i = 0; i < n; ++i) {
      m[i] = 0.9 * m[i] + 0.1 * g[i];
      v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
      w[i] -=
          rate * std::sqrt(1 - std::pow(0.999, t)) / (1 - std::pow(0.9, t)) * m[i] / (std::sqrt(v[i]) + 1e-7);
    }
  }
};

constexpr Adam adam{.learning_rate = 0.01f};

}  // namespace optimizer_wrapper_test

using namespace optimizer_wrapper_test;

TEST_CASE("a trainer clips gradients by value, by norm and by the norm of all", "[optimizer]") {
  ReferenceAdam by_value;
  follow(ClipByValue{adam, 0.5f}, [&](Vector& w, Vector g, int) {
    for (double& each : g) each = std::clamp(each, -0.5, 0.5);
    by_value(w, g);
  });
  follow(ClipByNorm{SGD{0.05f}, 0.8f}, [](Vector& w, const Vector& g, int) {
    const double kernel = 0.8 / std::fmax(norm(g, 0, 2), 0.8), bias = 0.8 / std::fmax(norm(g, 2, 3), 0.8);
    for (unsigned i = 0; i < n; ++i) w[i] -= 0.05 * g[i] * (i < 2 ? kernel : bias);
  });
  follow(ClipByGlobalNorm{SGD{0.05f}, 0.8f}, [](Vector& w, const Vector& g, int) {
    const double all = 0.8 / std::fmax(norm(g, 0, 3), 0.8);
    for (unsigned i = 0; i < n; ++i) w[i] -= 0.05 * g[i] * all;
  });
}

TEST_CASE("a gradient whose square overflows is a step of the limit's length", "[optimizer]") {
  const auto step = [](auto optimizer) {
    Run<decltype(optimizer)> run(optimizer);
    for (unsigned i = 0; i < n; ++i) run.weight(i) = 0;
    run.model.input()[0] = 1.5e20f;
    run.model.input()[1] = 2e20f;
    static_cast<float*>(run.model.labels())[0] = -1;
    run.model.train_on_batch(1);  // gradient (3e20, 4e20) and, of the bias, 2
    CHECK(run.weight(0) == Approx(-0.6f));
    CHECK(run.weight(1) == Approx(-0.8f));
    return run.weight(2);
  };
  CHECK(step(ClipByNorm{SGD{1.0f}, 1.0f}) == Approx(-1));
  CHECK(step(ClipByGlobalNorm{SGD{1.0f}, 1.0f}) == Approx(0).margin(1e-15));
}

TEST_CASE("a trainer averages weights and overwrites them", "[optimizer]") {
  ReferenceAdam rule;
  Vector average{};
  follow(ExponentialMovingAverage{adam, 0.9f, 5}, [&](Vector& w, const Vector& g, int t) {
    rule(w, g);
    for (unsigned i = 0; i < n; ++i) average[i] = t == 0 ? w[i] : 0.9 * average[i] + 0.1 * w[i];
    if (t % 5 == 4) w = average;
  });
}

TEST_CASE("a trainer updates with the mean gradient of several batches", "[optimizer]") {
  ReferenceAdam rule;
  Vector sum{};
  follow(GradientAccumulation<Adam, 3>{adam}, [&](Vector& w, const Vector& g, int t) {
    for (unsigned i = 0; i < n; ++i) sum[i] += g[i] / 3;
    if (t % 3 != 2) return;
    rule(w, sum);
    sum = {};
  });
}

TEST_CASE("a trainer clips the mean gradient, averages after every batch, and follows a schedule",
          "[optimizer]") {
  const WithSchedule optimizer{
      GradientAccumulation<ExponentialMovingAverage<ClipByGlobalNorm<SGDMomentum>>, 2>{
          ExponentialMovingAverage{ClipByGlobalNorm{SGDMomentum{.momentum = 0.5f}, 1.0f}, 0.8f, 4}},
      ExponentialDecay{.initial_learning_rate = 0.1f, .decay_steps = 50, .decay_rate = 0.5f}};
  Vector sum{}, velocity{}, average{};
  follow(optimizer, [&](Vector& w, const Vector& g, int t) {
    for (unsigned i = 0; i < n; ++i) sum[i] += g[i] / 2;
    if (t % 2 == 1) {
      const double scale = 1 / std::fmax(norm(sum, 0, 3), 1), rate = 0.1 * std::pow(0.5, t / 50.0);
      for (unsigned i = 0; i < n; ++i) {
        velocity[i] = 0.5 * velocity[i] - rate * sum[i] * scale;
        w[i] += velocity[i];
      }
      sum = {};
    }
    for (unsigned i = 0; i < n; ++i) average[i] = t < 2 ? w[i] : 0.8 * average[i] + 0.2 * w[i];
    if ((t / 2 + 1) % 4 == 0) w = average;
  });
}

TEST_CASE("Adagrad's accumulator begins at its initial value in a trainer", "[optimizer]") {
  Vector s{0.1, 0.1, 0.1};
  follow(Adagrad{.learning_rate = 0.05f}, [&](Vector& w, const Vector& g, int) {
    for (unsigned i = 0; i < n; ++i) {
      s[i] += g[i] * g[i];
      w[i] -= 0.05 * g[i] / std::sqrt(s[i] + 1e-7);
    }
  });
}

namespace optimizer_wrapper_test {

template <class Bytes>
std::vector<std::byte> copy_of(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

/// Trains 20 steps at once, and 7 and 13 in two models between which weights, state and step move.
template <bool Fuse, class Optimizer>
void check_resume(const Optimizer& optimizer) {
  Run<Optimizer, Fuse> whole(optimizer), first(optimizer), second(optimizer);
  for (int t = 0; t < 20; ++t) whole.train(t);
  for (int t = 0; t < 7; ++t) first.train(t);
  std::ranges::copy(first.model.weights(), second.model.weights().begin());
  std::ranges::copy(first.model.optimizer_state(), second.model.optimizer_state().begin());
  second.model.resume(first.model.seed(), first.model.step());
  CHECK(copy_of(second.model.weights()) != copy_of(whole.model.weights()));
  for (int t = 7; t < 20; ++t) second.train(t);
  INFO(Optimizer::name << (Fuse ? ", fused" : ""));
  CHECK(copy_of(second.model.weights()) == copy_of(whole.model.weights()));
  CHECK(copy_of(second.model.optimizer_state()) == copy_of(whole.model.optimizer_state()));
}

}  // namespace optimizer_wrapper_test

TEST_CASE("a trainer that stopped goes on with the same bits, whatever the optimizer", "[optimizer]") {
  check_resume<true>(AdamW{});
  check_resume<true>(Adamax{});
  check_resume<false>(Nadam{});
  check_resume<true>(Lion{.weight_decay = 0.1f});
  check_resume<false>(Adadelta{.learning_rate = 1});
  check_resume<true>(Adagrad{});
  check_resume<true>(RMSpropCentered{});
  check_resume<true>(ClipByGlobalNorm{adam, 0.3f});
  check_resume<true>(ExponentialMovingAverage{adam, 0.9f, 3});
  check_resume<false>(GradientAccumulation<Adam, 3>{adam});
  check_resume<true>(WithSchedule{
      GradientAccumulation<ClipByNorm<RMSprop>, 4>{},
      CosineDecay{
          .initial_learning_rate = 0.01f, .decay_steps = 12, .warmup_target = 0.05f, .warmup_steps = 5}});
}
