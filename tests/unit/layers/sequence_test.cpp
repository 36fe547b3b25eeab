// SPDX-License-Identifier: BSL-1.0
// Layers around recurrent ones: both directions, each step of a sequence by itself.
#include <catch2/catch.hpp>
#include <codegen/testing/check_gradient.hpp>
#include <codegen/testing/interpreter.hpp>
#include <etch/model/declare/compiled_graph.hpp>
#include <etch/model/declare/model_notes.hpp>
#include <etch/model/program/predictor.hpp>
#include <etch/model/training/training_code.hpp>
#include <string>

namespace {

using namespace etch;

constexpr auto tanh_kind = ActivationKind::tanh;

template <class Define>
void check(const char* what, const Define& define, std::initializer_list<int> rows = {1, 3}) {
  INFO(what);
  for (const int n : rows) CHECK(check_gradient(define, {.rows = n}) <= 1e-5);
}

std::vector<float> predict(const auto& define, const std::vector<float>& x, int rows = 1) {
  auto g = std::make_unique<Builder>(false);
  trace_at_run_time(functional(define), *g);
  REQUIRE_FALSE(g->graph.fault);
  Interpreter<float> net(g->graph, rows, {});
  net.initialize(3);
  std::size_t i = 0;
  for (float& w : net.weights()) w += 0.5f * static_cast<float>(detail::check_noise(5, i++, 0));
  const float* const inputs[]{x.data()};
  const auto y = net.predict(inputs, rows);
  return {y.begin(), y.end()};
}

constexpr MergeMode modes[]{MergeMode::concat, MergeMode::sum, MergeMode::mul, MergeMode::ave};

TEST_CASE("gradients of Bidirectional", "[gradient][recurrent]") {
  for (const MergeMode mode : modes)
    for (const bool sequences : {true, false}) {
      CAPTURE(static_cast<int>(mode), sequences);
      check("LSTM", [=](Builder& g) {
        return Flatten{}(
            Bidirectional{LSTM{.units = 2, .return_sequences = sequences}, mode}(g.input({3, 2})));
      });
      check("GRU, then another", [=](Builder& g) {
        const Tensor x = Bidirectional{GRU{.units = 2, .return_sequences = true}, mode}(g.input({3, 2}));
        return Flatten{}(Bidirectional{SimpleRNN{.units = 2, .return_sequences = sequences}, mode}(x));
      });
      check("masked", [=](Builder& g) {
        const Tensor x =
            Masking{}(Dense{.units = 2, .activation = relu, .allow_axes = true}(g.input({4, 3})));
        return Flatten{}(Bidirectional{LSTM{.units = 2, .return_sequences = sequences}, mode}(x));
      });
    }
  check("with states", [](Builder& g) {
    const Tensor x = g.input({3, 2});
    const Tensor h = Dense{2}(Flatten{}(x));
    const auto [a, b] = Bidirectional{GRU{.units = 2}}.both(x, h, h);
    return Bidirectional{LSTM{.units = 2}, MergeMode::sum}(x, a, h, b, a);
  });
  check("apart, and shared", [](Builder& g) {
    Bidirectional both{GRU{.units = 2, .return_sequences = true}};
    const auto [a, b] = both.both(g.input({3, 2}));
    const auto [c, d] = both.both(g.input({3, 2}));
    return Concatenate{}(Flatten{}(a), Flatten{}(b), Flatten{}(c), Flatten{}(d));
  });
}

inline constexpr auto bidirectional = functional([](Builder& g) {
  return Dense{2}(Bidirectional{LSTM{32}}(g.input({10, 16})));
});
static_assert(numbers<bidirectional>().total == 2 * 6272 + 2 * (64 + 1));

TEST_CASE("the weights of both directions have names of their own", "[recurrent]") {
  CHECK(std::string(notes<bidirectional>.parameter(0)) == "bidirectional/forward_layer/kernel");
  CHECK(std::string(notes<bidirectional>.parameter(4)) == "bidirectional/backward_layer/recurrent_kernel");
}

TEST_CASE("the backward half of Bidirectional reads the sequence turned round", "[recurrent]") {
  const auto model = [](bool sequences) {
    return [sequences](Builder& g) {
      SimpleRNN one{.units = 1, .kernel_initializer = Initializer::ones, .return_sequences = sequences};
      return Flatten{}(Bidirectional{one}(g.input({3, 1})));
    };
  };
  const auto turned = predict(model(true), {3, 2, 1}), straight = predict(model(true), {1, 2, 3});
  // Steps of the sequence keep their places: [time][forward, backward].
  CHECK(turned.size() == 6);
  const auto last = predict(model(false), {1, 2, 3});
  CHECK(last[0] == straight[4]);
  CHECK(last[1] == straight[1]);
}

TEST_CASE("gradients of TimeDistributed", "[gradient][recurrent]") {
  check("Dense", [](Builder& g) { return Flatten{}(TimeDistributed{Dense{3, tanh_kind}}(g.input({4, 2}))); });
  check("Conv2D and pooling", [](Builder& g) {
    Tensor x = TimeDistributed{Conv2D{.filters = 2, .kernel_size = 2, .activation = tanh_kind}}(
        g.input({3, 4, 4, 1}));
    x = TimeDistributed{AveragePooling2D{}}(x);
    return Dense{2}(Flatten{}(x));
  });
  check("a block with Flatten, normalization and Add",
        [](Builder& g) {
          Dense first{4}, second{4, sigmoid};
          BatchNormalization norm{};
          const auto block = [&](const Tensor& x) {
            const Tensor y = norm(first(Flatten{}(x)));
            return Add{}(second(y), y, Dense{4}(y));
          };
          return LSTM{.units = 2}(TimeDistributed{block}(g.input({3, 2, 2})));
        },
        {2, 3});
  check("a recurrent layer for each step", [](Builder& g) {
    return GRU{.units = 2}(TimeDistributed{LSTM{.units = 3}}(g.input({2, 3, 2})));
  });
  check("nested", [](Builder& g) {
    using Inner = TimeDistributed<Dense>;
    return Flatten{}(TimeDistributed<Inner>{Inner{Dense{2, sigmoid}}}(g.input({2, 3, 2})));
  });
  check("shared with a layer outside", [](Builder& g) {
    Dense shared{2, tanh_kind};
    const Tensor x = g.input({3, 2});
    const auto inside = [&](const Tensor& step) { return shared(step); };
    return Concatenate{}(Flatten{}(TimeDistributed{inside}(x)), shared(GlobalAveragePooling1D{}(x)));
  });
}

inline constexpr auto by_step = functional([](Builder& g) {
  Tensor x = TimeDistributed{Conv2D{.filters = 3, .kernel_size = 3}}(g.input({4, 5, 5, 2}));
  x = TimeDistributed{BatchNormalization{}}(x);
  x = TimeDistributed{Flatten{}}(ReLU{}(x));
  return LSTM{.units = 2}(TimeDistributed{Dense{3}}(x));
});
static_assert(numbers<by_step>().total == 3 * 3 * 2 * 3 + 3 + 12 + 27 * 3 + 3 + 4 * (3 + 2 + 1) * 2);
static_assert(numbers<by_step>().macs == 4 * (9 * 9 * 2 * 3 + 27 * 3) + 4 * 4 * (3 + 2) * 2 + 4 * 27);

TEST_CASE("TimeDistributed computes each step as by itself, compiled too", "[recurrent]") {
  const auto whole = [](Builder& g) { return TimeDistributed{Dense{3, softmax}}(g.input({2, 4})); };
  const auto single = [](Builder& g) { return Dense{3, softmax}(g.input({4})); };
  const auto y = predict(whole, {1, 2, 3, 4, -1, 0, 1, 2});
  const auto first = predict(single, {1, 2, 3, 4}), second = predict(single, {-1, 0, 1, 2});
  CHECK(std::vector<float>(y.begin(), y.begin() + 3) == first);
  CHECK(std::vector<float>(y.begin() + 3, y.end()) == second);

  Interpreter<float> net(graph<by_step>, 1, {});
  net.initialize(3);
  std::vector<float> x;
  for (std::size_t i = 0; i < 4 * 50; ++i) x.push_back(static_cast<float>(detail::check_noise(1, i, 1)));
  const float* const inputs[]{x.data()};
  const auto expected = net.predict(inputs, 1);
  static Predictor<by_step> predictor;
  float found[2];
  float* const outputs[]{found};
  predictor.predict(std::as_bytes(net.weights().first(predictor.program.plan.weight_bytes / 4)), inputs,
                    outputs);
  CHECK(found[0] == expected[0]);
  CHECK(found[1] == expected[1]);
}

}  // namespace
