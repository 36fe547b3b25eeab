// SPDX-License-Identifier: BSL-1.0
// Stateful layers: each row of a batch goes on where it was.
#include <catch2/catch.hpp>
#include <codegen/testing/check_gradient.hpp>
#include <codegen/testing/interpreter.hpp>
#include <etch/model/program/stream.hpp>
#include <etch/model/training/trainer.hpp>

namespace {

using namespace etch;

constexpr int rows = 3, time = 4;

template <class Define>
std::unique_ptr<Builder> traced(const Define& define) {
  auto g = std::make_unique<Builder>(true);
  trace_at_run_time(functional(define), *g);
  INFO(g->graph.fault.sentence);
  REQUIRE_FALSE(g->graph.fault);
  return g;
}

std::vector<double> numbers_of(int n, int salt) {
  std::vector<double> x;
  for (int i = 0; i < n; ++i) x.push_back(detail::check_noise(4, static_cast<std::size_t>(i), salt));
  return x;
}

/// The layer with its states as inputs and outputs of the model.
template <class Layer, int States>
auto with_given_states(Layer layer) {
  return traced([=](Builder& g) {
    Layer own = layer;
    const Tensor x = g.input({time, 2}), h = g.input({3});
    if constexpr (States == 2) {
      const auto [y, last_h, last_c] = own.return_state(x, h, g.input({3}));
      return outputs(Dense{2}(Flatten{}(y)), last_h, last_c);
    } else {
      const auto [y, last_h] = own.return_state(x, h);
      return outputs(Dense{2}(Flatten{}(y)), last_h);
    }
  });
}

/// The same without the outputs of states, since these have no losses.
template <class Layer, int States>
auto with_one_output(Layer layer) {
  return traced([=](Builder& g) {
    Layer own = layer;
    const Tensor x = g.input({time, 2}), h = g.input({3});
    if constexpr (States == 2)
      return Dense{2}(Flatten{}(own(x, h, g.input({3}))));
    else
      return Dense{2}(Flatten{}(own(x, h)));
  });
}

/// The same layer, stateful, and with given states.
template <class Layer, int States>
void check_second_batch(Layer layer) {
  const auto kept = traced([=](Builder& g) {
    Layer own = layer;
    own.stateful = true;
    return Dense{2}(Flatten{}(own(g.input({time, 2}))));
  });
  const auto given = with_given_states<Layer, States>(layer);
  TrainingOptions options;  // mean squared errors
  options.fuse = false;
  Interpreter<double> net(kept->graph, rows, options);
  Interpreter<double> reference(given->graph, rows, options);
  net.initialize(6);
  reference.initialize(6);
  const auto first = numbers_of(rows * time * 2, 1), second = numbers_of(rows * time * 2, 2);
  const auto targets = numbers_of(rows * 2, 3), nothing = std::vector<double>(rows * 3, 0.0);
  const auto ones = std::vector<double>(rows, 1.0);

  const double* const a[]{first.data(), nothing.data(), nothing.data()};
  const double* const b[]{second.data()};
  reference.predict(a, rows);
  std::vector<std::vector<double>> states;
  for (int k = 0; k < States; ++k) {
    const auto state = reference.output(1 + k, a, rows);
    states.emplace_back(state.begin(), state.end());
  }
  const double* const begun[]{second.data(), states[0].data(), states[States - 1].data()};
  const auto expected = reference.predict(begun, rows);

  net.predict({a, 1}, rows);
  const auto found = net.predict(b, rows);
  CHECK(std::vector<double>(found.begin(), found.end()) ==
        std::vector<double>(expected.begin(), expected.end()));

  // Training: the second batch's gradients are those of a layer that begins with the first batch's states.
  net.reset_states();
  net.backward({a, 1}, targets.data(), {rows, 0, 0, {}});
  net.backward(b, targets.data(), {rows, 0, 0, {}});
  const auto one_output = with_one_output<Layer, States>(layer);
  Interpreter<double> trained(one_output->graph, rows, options);
  trained.initialize(6);
  trained.backward(begun, targets.data(), {rows, 0, 0, {}});
  REQUIRE(net.parameters() == trained.parameters());
  for (int p = 0; p < net.parameters(); ++p) {
    const auto g = net.gradient(p), e = trained.gradient(p);
    CHECK(std::vector<double>(g.begin(), g.end()) == std::vector<double>(e.begin(), e.end()));
  }

  net.reset_states();
  net.predict({a, 1}, rows);
  const auto again = net.predict(b, rows);
  CHECK(std::vector<double>(again.begin(), again.end()) ==
        std::vector<double>(expected.begin(), expected.end()));
}

TEST_CASE("a stateful layer goes on from batch to batch", "[recurrent]") {
  for (const bool sequences : {true, false}) {
    CAPTURE(sequences);
    check_second_batch<LSTM, 2>({.units = 3, .return_sequences = sequences});
    check_second_batch<GRU, 1>({.units = 3, .return_sequences = sequences});
    check_second_batch<GRU, 1>({.units = 3, .return_sequences = sequences, .reset_after = false});
    check_second_batch<SimpleRNN, 1>({.units = 3, .return_sequences = sequences});
  }
}

inline constexpr auto model = functional([](Builder& g) {
  const Tensor x = LSTM{.units = 4, .return_sequences = true, .stateful = true}(g.input({time, 2}));
  return Dense{1}(GRU{.units = 3, .stateful = true}(x));
});
inline constexpr auto long_model = functional([](Builder& g) {
  const Tensor x = LSTM{.units = 4, .return_sequences = true}(g.input({2 * time, 2}));
  return Dense{1}(GRU{.units = 3}(x));
});
static_assert(training_memory<model, Adam, MeanSquaredError, rows>.states == 4 * rows * (2 * 4 + 3) + 4,
              "states of each layer and row, each array aligned to 8 bytes");
static_assert(training_memory<long_model, Adam, MeanSquaredError, rows>.states == 0);

TEST_CASE("a trainer's stateful model goes on, streams, and is begun anew", "[recurrent]") {
  auto trainer = compile<model>(Adam{}, MeanSquaredError{}, {}, batch<rows>);
  auto whole = compile<long_model>(Adam{}, MeanSquaredError{}, {}, batch<rows>);
  trainer.initialize(3);
  whole.initialize(3);
  std::vector<float> x;
  for (const double v : numbers_of(rows * 2 * time * 2, 5)) x.push_back(static_cast<float>(v));
  std::vector<float> expected(rows), y(rows), halves[2];
  for (std::size_t half = 0; half < 2; ++half)
    for (std::size_t r = 0; r < rows; ++r)
      for (std::size_t i = 0; i < time * 2; ++i)
        halves[half].push_back(x[r * 2 * time * 2 + half * time * 2 + i]);
  whole.predict(std::span<const float>(x), std::span<float>(expected));
  for (int run = 0; run < 2; ++run) {
    trainer.predict(std::span<const float>(halves[0]), std::span<float>(y));
    CHECK(y != expected);
    trainer.predict(std::span<const float>(halves[1]), std::span<float>(y));
    CHECK(y == expected);
    trainer.reset_states();
  }
  // One sample at a time it is the first row that goes on.
  trainer.predict(std::span<const float>(halves[0]).first(time * 2));
  CHECK(trainer.predict(std::span<const float>(halves[1]).first(time * 2))[0] == expected[0]);

  static Stream<model> stream;
  StreamState<model> state{};
  float last = 0;
  for (std::size_t t = 0; t < 2 * time; ++t)
    stream.step(trainer.weights(), state, std::span<const float>(x).subspan(2 * t, 2), {&last, 1});
  CHECK(last == expected[0]);
}

}  // namespace
