// SPDX-License-Identifier: BSL-1.0
// What a training graph does beside one loss and plain gradients: several outputs, weights of samples and
// losses, penalties, frozen parts, clipping, accumulation, averages, constraints. Gradients are read off an
// SGD step in double and compared with central finite differences of the loss that the step reports.
#include <catch2/catch.hpp>
#include <cmath>
#include <codegen/testing/interpreter.hpp>
#include <etch/layers/constraints.hpp>
#include <etch/layers/regularizers.hpp>
#include <etch/model/declare/declare.hpp>
#include <etch/passes/fold.hpp>
#include <functional>
#include <memory>
#include <vector>

namespace {

using namespace etch;

constexpr auto tanh_kind = ActivationKind::tanh;
constexpr int rows = 4;

double noise(std::size_t i, int salt) {
  return 2.0 * static_cast<double>(random::uniform({7, 3}, static_cast<std::uint32_t>(salt), 1,
                                                   static_cast<std::uint32_t>(i))) -
         1.0;
}

template <class Define>
std::unique_ptr<Builder> traced(const Define& define) {
  auto g = std::make_unique<Builder>(true);
  trace_at_run_time(functional(define), *g);
  if (g->graph.fault) FAIL(g->graph.fault.sentence << " " << g->graph.fault.found);
  return g;
}

/// A net with inputs, targets (numbers for every output) and weights of samples.
struct Bench {
  template <class Define>
  Bench(const Define& define, const TrainingOptions& options)
      : builder(traced(define)), net(builder->graph, rows, options) {
    net.initialize(3);
    std::size_t moved = 0;
    for (int p = 0; p < net.parameters(); ++p)
      for (double& w : net.parameter(p)) w += 0.2 * noise(moved++, 77);
    const auto& g = builder->graph;
    for (int k = 0; k < g.inputs.count; ++k) add(x, g.input_shapes[k].size(), k);
    for (int k = 0; k < g.outputs.count; ++k) add(targets, g.output_shapes[k].size(), 20 + k);
    for (const auto& each : x) inputs.push_back(each.data());
    labels.resize(2 * targets.size(), nullptr);
    for (std::size_t k = 0; k < targets.size(); ++k) labels[k] = targets[k].data();
  }
  static void add(std::vector<std::vector<double>>& to, int elements, int salt) {
    to.emplace_back();
    for (int i = 0; i < elements * rows; ++i) to.back().push_back(noise(to.back().size(), salt));
  }
  std::span<const void* const> label_pointers() const { return labels; }
  double loss(const kernels::Call& call) { return net.forward(inputs, label_pointers(), call) / call.rows; }
  double train(const kernels::Call& call) { return net.train(inputs, label_pointers(), call) / call.rows; }
  std::vector<double> weights() { return {net.weights().begin(), net.weights().end()}; }
  void restore(const std::vector<double>& from) {
    std::copy(from.begin(), from.end(), net.weights().begin());
  }

  std::unique_ptr<Builder> builder;
  Interpreter<double> net;
  std::vector<std::vector<double>> x, targets;
  std::vector<const double*> inputs;
  std::vector<const void*> labels;
};

/// The gradient of every weight, as one SGD step of this rate moved it.
std::vector<double> stepped_gradient(Bench& bench, kernels::Call call) {
  constexpr double rate = 1.0 / 64;
  call.hyper.rate = static_cast<float>(rate);
  const std::vector<double> before = bench.weights();
  bench.train(call);
  std::vector<double> gradient = bench.weights();
  for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] = (before[i] - gradient[i]) / rate;
  bench.restore(before);
  return gradient;
}

double worst_error(Bench& bench, const kernels::Call& call) {
  const std::vector<double> start = bench.weights(), gradient = stepped_gradient(bench, call);
  double worst = 0;
  int seen = 0;
  for (int p = 0; p < bench.net.parameters(); ++p) {
    if (!bench.builder->graph.parameters[p].trainable) continue;
    for (double& w : bench.net.parameter(p)) {
      constexpr double h = 1e-5;
      const double kept = w;
      w = kept + h;
      const double above = bench.loss(call);
      w = kept - h;
      const double below = bench.loss(call);
      w = kept;
      const double expected = (above - below) / (2 * h);
      const auto at = static_cast<std::size_t>(&w - bench.net.weights().data());
      worst = std::max(worst, std::abs(gradient[at] - expected) / (std::abs(expected) + 1e-2));
      ++seen;
    }
    bench.restore(start);  // batch normalization moved its averages
  }
  REQUIRE(seen > 0);
  return worst;
}

TrainingOptions with_losses(std::initializer_list<LossKind> kinds) {
  TrainingOptions o;
  std::size_t k = 0;
  for (const LossKind kind : kinds) o.losses[k++].kind = kind;
  return o;
}

const auto two_heads = [](Builder& g) {
  const Tensor x = Dense{6, tanh_kind}(g.input({5}));
  return outputs(Dense{3}(x), Dense{2, sigmoid}(Dense{4, tanh_kind}(x)));
};

TEST_CASE("two outputs train together, each with its loss and share", "[training_graph]") {
  Bench bench(two_heads, with_losses({LossKind::mean_squared_error, LossKind::mean_absolute_error}));
  const LossParameters shares[]{{.weight = 1}, {.weight = 0.25f}};
  const kernels::Call call{.rows = rows, .losses = shares};
  CHECK(worst_error(bench, call) < 1e-5);
  // The total is the shared sum of what the outputs' losses are apart.
  const LossParameters first[]{{.weight = 1}, {.weight = 0}}, second[]{{.weight = 0}, {.weight = 1}};
  const double apart =
      bench.loss({.rows = rows, .losses = first}) + 0.25 * bench.loss({.rows = rows, .losses = second});
  CHECK(bench.loss(call) == Approx(apart).epsilon(1e-12));
}

TEST_CASE("an output that another output is computed from gets both gradients", "[training_graph]") {
  Bench bench(
      [](Builder& g) {
        const Tensor code = Dense{3, tanh_kind}(g.input({5}));
        return outputs(Dense{2}(code), code);
      },
      with_losses({LossKind::mean_squared_error, LossKind::mean_squared_error}));
  CHECK(worst_error(bench, {.rows = rows}) < 1e-5);
}

TEST_CASE("weights of samples scale their share of loss and gradient", "[training_graph]") {
  Bench bench(two_heads, with_losses({LossKind::mean_squared_error, LossKind::mean_squared_error}));
  const double even = bench.loss({.rows = rows});
  const double weights[]{0.0, 2.0, 0.5, 1.0};
  bench.labels[2] = weights;  // of the first output; the second has none
  CHECK(worst_error(bench, {.rows = rows}) < 1e-5);
  CHECK(bench.loss({.rows = rows}) != Approx(even));
  for (double& x : std::span(bench.x[0]).first(5))
    x += 0.5;  // the first sample counts for nothing in output 0
  const LossParameters first[]{{.weight = 1}, {.weight = 0}};
  const double moved = bench.loss({.rows = rows, .losses = first});
  for (double& x : std::span(bench.x[0]).first(5)) x -= 0.5;
  CHECK(bench.loss({.rows = rows, .losses = first}) == Approx(moved).epsilon(1e-12));
}

TEST_CASE("penalties of kernels, biases and results are part of the loss and of its gradient",
          "[training_graph]") {
  const auto define = [](Builder& g) {
    return Dense{.units = 3, .kernel_regularizer = L2{0.3f}, .bias_regularizer = L1{0.2f}}(
        Dense{.units = 6,
              .activation = tanh_kind,
              .kernel_regularizer = L1L2{0.1f, 0.05f},
              .activity_regularizer = L1L2{0.03f, 0.4f}}(g.input({5})));
  };
  Bench bench(define, {});
  CHECK(worst_error(bench, {.rows = rows}) < 1e-5);
  CHECK(worst_error(bench, {.rows = 2}) < 1e-5);

  Bench plain([](Builder& g) { return Dense{3}(Dense{6, tanh_kind}(g.input({5}))); }, {});
  plain.restore(bench.weights());
  const auto squares = [&](int p) {
    double sum = 0;
    for (double w : bench.net.parameter(p)) sum += w * w;
    return sum;
  };
  const auto sizes = [&](int p) {
    double sum = 0;
    for (double w : bench.net.parameter(p)) sum += std::abs(w);
    return sum;
  };
  const double weights = 0.1f * sizes(0) + 0.05f * squares(0) + 0.3f * squares(2) + 0.2f * sizes(3);
  double activity = 0;
  for (int r = 0; r < rows; ++r)
    for (std::size_t o = 0; o < 6; ++o) {
      double sum = bench.net.parameter(1)[o];
      for (std::size_t i = 0; i < 5; ++i)
        sum += bench.x[0][static_cast<std::size_t>(r) * 5 + i] * bench.net.parameter(0)[i * 6 + o];
      activity += 0.03f * std::abs(std::tanh(sum)) + 0.4f * std::tanh(sum) * std::tanh(sum);
    }
  CHECK(bench.loss({.rows = rows}) - plain.loss({.rows = rows}) ==
        Approx(weights + activity / rows).epsilon(1e-9));
}

TEST_CASE("a frozen part keeps its weights and its batch normalization predicts", "[training_graph]") {
  struct Block {
    Dense dense{6, tanh_kind};
    BatchNormalization norm{};
    constexpr Tensor operator()(const Tensor& x) { return norm(dense(x)); }
  };
  Bench bench([](Builder& g) { return Dense{3}(frozen(Block{})(Dense{5, tanh_kind}(g.input({5})))); }, {});
  const auto& g = bench.builder->graph;
  for (int p = 0; p < g.parameters.count; ++p) CHECK(g.parameters[p].trainable == (p < 2 || p > 7));
  CHECK(worst_error(bench, {.rows = rows}) < 1e-5);
  const std::vector<double> before = bench.weights();
  kernels::Call call{.rows = rows};
  call.hyper.rate = 0.1f;
  bench.train(call);
  for (int p = 2; p < 8; ++p)
    for (const double& w : bench.net.parameter(p))
      CHECK(w == before[static_cast<std::size_t>(&w - bench.net.weights().data())]);
  CHECK(bench.net.parameter(0)[0] != before[0]);
}

TEST_CASE("frozen weights cost no gradient, no state and no memory", "[training_graph]") {
  const auto whole = [](Builder& g) {
    return Dense{3}(Dense{64, tanh_kind}(Dense{64, tanh_kind}(g.input({64}))));
  };
  const auto head = [](Builder& g) {
    const Tensor x = frozen([](const Tensor& t) {
      return Dense{64, tanh_kind}(Dense{64, tanh_kind}(t));
    })(g.input({64}));
    return Dense{3}(x);
  };
  const TrainingOptions adam{.rule = kernels::Rule::adam};
  Bench a(whole, adam), b(head, adam);
  CHECK(b.net.training_program().plan.optimizer_bytes == 2 * 8 * (64 * 3 + 3));
  CHECK(b.net.training_program().plan.arena_bytes < a.net.training_program().plan.arena_bytes);
  CHECK(b.net.training_program().graph.steps.count < a.net.training_program().graph.steps.count);
}

std::vector<double> gradient_of(const TrainingOptions& options, kernels::Call call) {
  Bench bench(two_heads, options);
  return stepped_gradient(bench, call);
}
double norm(const std::vector<double>& g) {
  double sum = 0;
  for (double each : g) sum += each * each;
  return std::sqrt(sum);
}

TEST_CASE("gradients are clipped by value, by the norm of each and by the norm of all", "[training_graph]") {
  const std::vector<double> plain = gradient_of({}, {.rows = rows});
  kernels::Call call{.rows = rows};
  call.hyper.clip = 0.05f;
  const double limit = 0.05f;
  const auto by_value = gradient_of({.clip = kernels::Clip::value}, call);
  const auto by_global_norm = gradient_of({.clip = kernels::Clip::global_norm}, call);
  const double factor = limit / norm(plain);
  REQUIRE(factor < 1);
  int touched = 0;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    CHECK(by_value[i] == Approx(std::clamp(plain[i], -limit, limit)).margin(1e-9));
    CHECK(by_global_norm[i] == Approx(plain[i] * factor).margin(1e-9));
    touched += std::abs(plain[i]) > limit ? 1 : 0;
  }
  CHECK(touched > 0);
  Bench bench(two_heads, {.clip = kernels::Clip::norm});
  const auto by_norm = stepped_gradient(bench, call);
  for (int p = 0; p < bench.net.parameters(); ++p) {
    const auto begin = static_cast<std::size_t>(bench.net.parameter(p).data() - bench.net.weights().data());
    const std::size_t n = bench.net.parameter(p).size();
    const std::vector<double> own(plain.begin() + static_cast<std::ptrdiff_t>(begin),
                                  plain.begin() + static_cast<std::ptrdiff_t>(begin + n));
    const double scale = std::min(1.0, limit / norm(own));
    for (std::size_t i = 0; i < n; ++i) CHECK(by_norm[begin + i] == Approx(own[i] * scale).margin(1e-9));
  }
}

TEST_CASE("gradients of two batches add up to one update with their mean", "[training_graph]") {
  for (const kernels::Clip clip : {kernels::Clip::none, kernels::Clip::global_norm}) {
    const double loose = 1e6;
    kernels::Call call{.rows = rows};
    call.hyper.rate = 1.0f / 64;
    call.hyper.clip = static_cast<float>(loose);
    Bench bench(two_heads, {.clip = clip, .accumulate = true});
    const std::vector<double> start = bench.weights();
    const auto first = gradient_of({}, call);
    call.hyper.accumulate = 2;
    call.hyper.update = 0;
    bench.train(call);
    CHECK(bench.weights() == start);
    for (double& x : bench.x[0]) x *= 0.5;
    Bench other(two_heads, {});
    for (double& x : other.x[0]) x *= 0.5;
    const auto second = stepped_gradient(other, call);
    call.hyper.update = 1;
    bench.train(call);
    for (std::size_t i = 0; i < start.size(); ++i)
      CHECK((start[i] - bench.net.weights()[i]) * 64 == Approx(0.5 * (first[i] + second[i])).margin(1e-9));
  }
}

/// Of the columns of a kernel with 3 units.
double largest_norm(std::span<const double> kernel) {
  double largest = 0;
  for (std::size_t o = 0; o < 3; ++o) {
    double squares = 0;
    for (std::size_t i = o; i < kernel.size(); i += 3) squares += kernel[i] * kernel[i];
    largest = std::max(largest, std::sqrt(squares));
  }
  return largest;
}

TEST_CASE("constraints hold after every update, and averages follow the weights", "[training_graph]") {
  const auto define = [](const Constraint& kernel, const Constraint& bias) {
    return [=](Builder& g) {
      return Dense{.units = 3, .kernel_constraint = kernel, .bias_constraint = bias}(g.input({5}));
    };
  };
  kernels::Call call{.rows = rows};
  call.hyper.rate = 0.1f;
  call.hyper.average = 0.75f;
  Bench constrained(define(MaxNorm{0.5f}, NonNeg{}), {}), averaging(define({}, {}), {.average = true});
  std::vector<double> averaged(18, 0.0);
  for (int step = 0; step < 4; ++step) {
    constrained.train(call);
    averaging.train(call);
    CHECK(largest_norm(constrained.net.parameter(0)) <= 0.5 + 1e-6);
    for (double b : constrained.net.parameter(1)) CHECK(b >= 0);
    for (std::size_t i = 0; i < 15; ++i)
      averaged[i] = 0.75 * averaged[i] + 0.25 * averaging.net.parameter(0)[i];
  }
  for (std::size_t i = 0; i < 15; ++i)
    CHECK(averaging.net.optimizer_state()[i] == Approx(averaged[i]).epsilon(1e-9));
  // The average overwrites the weights before the constraint, which therefore holds.
  Bench both(define(UnitNorm{}, {}), {.average = true});
  call.hyper.overwrite = 1;
  for (int step = 0; step < 4; ++step) {
    both.train(call);
    CHECK(largest_norm(both.net.parameter(0)) == Approx(1).epsilon(1e-6));
  }
}

TEST_CASE("folding a batch normalization needs the same channels", "[training_graph]") {
  const auto graph_of = [](const auto& define) { return traced(define)->graph; };
  const auto apart = std::make_unique<Graph<declaration_capacity>>(graph_of([](Builder& g) {
    return BatchNormalization{}(Reshape{{2, 3}}(Dense{6}(g.input({4}))));
  }));
  const auto together = std::make_unique<Graph<declaration_capacity>>(
      graph_of([](Builder& g) { return BatchNormalization{}(Dense{6}(g.input({4}))); }));
  constexpr Sizes room{16, 32, 16, 64, 4};
  CHECK(fold(shrink<room>(*apart)).graph.steps.count == 2);
  CHECK(fold(shrink<room>(*together)).graph.steps.count == 1);
}

}  // namespace
