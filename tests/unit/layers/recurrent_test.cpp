// SPDX-License-Identifier: BSL-1.0
// The recurrent layers: their ways back against finite differences, with every option, and what they refuse.
#include <catch2/catch.hpp>
#include <codegen/testing/check_gradient.hpp>
#include <codegen/testing/interpreter.hpp>
#include <etch/model/declare/compiled_graph.hpp>
#include <etch/model/training/training_code.hpp>

#include <string>

namespace {

using namespace etch;

constexpr auto tanh_kind = ActivationKind::tanh;

template <class Define>
void check(const char* what, const Define& define, GradientCheck with = {}) {
  INFO(what);
  for (const int rows : {1, 3}) {
    with.rows = rows;
    if (!with.inputs.empty() && rows > 1) continue;
    CHECK(check_gradient(define, with) <= 1e-5);
  }
}

/// Calls `with` for both values of each option that the recurrent layers share.
template <class With>
void for_options(With with) {
  for (const bool bias : {true, false})
    for (const bool sequences : {true, false})
      for (const bool backwards : {true, false}) {
        CAPTURE(bias, sequences, backwards);
        with(bias, sequences, backwards);
      }
}

TEST_CASE("gradients of SimpleRNN", "[gradient][recurrent]") {
  for_options([](bool bias, bool sequences, bool backwards) {
    check("last", [=](Builder& g) {
      return Flatten{}(
          SimpleRNN{.units = 3, .use_bias = bias, .return_sequences = sequences, .go_backwards = backwards}(
              g.input({4, 2})));
    });
    check("stacked", [=](Builder& g) {
      const Tensor x =
          SimpleRNN{.units = 3, .activation = sigmoid, .return_sequences = true}(g.input({4, 2}));
      return Flatten{}(SimpleRNN{
          .units = 2, .use_bias = bias, .return_sequences = sequences, .go_backwards = backwards}(x));
    });
  });
}

TEST_CASE("gradients of LSTM", "[gradient][recurrent]") {
  for_options([](bool bias, bool sequences, bool backwards) {
    check("last", [=](Builder& g) {
      return Flatten{}(
          LSTM{.units = 3, .use_bias = bias, .return_sequences = sequences, .go_backwards = backwards}(
              g.input({4, 2})));
    });
    check("stacked", [=](Builder& g) {
      const Tensor x = LSTM{.units = 3, .return_sequences = true}(g.input({3, 2}));
      const Tensor y = LSTM{.units = 2,
                            .activation = sigmoid,
                            .recurrent_activation = tanh_kind,
                            .use_bias = bias,
                            .return_sequences = sequences,
                            .go_backwards = backwards}(x);
      return Dense{2}(Flatten{}(y));
    });
  });
  for (const ActivationKind kind : {ActivationKind::hard_sigmoid, ActivationKind::hard_sigmoid_keras2})
    check("hard gates", [=](Builder& g) {
      return LSTM{.units = 3, .recurrent_activation = kind}(g.input({3, 2}));
    });
  for (const ActivationKind kind :
       {linear, ActivationKind::elu, ActivationKind::softsign, ActivationKind::softplus})
    check("other activations", [=](Builder& g) {
      return LSTM{.units = 3, .activation = kind}(g.input({3, 2}));
    });
}

TEST_CASE("gradients of GRU", "[gradient][recurrent]") {
  for (const bool after : {true, false})
    for_options([after](bool bias, bool sequences, bool backwards) {
      CAPTURE(after);
      check("last", [=](Builder& g) {
        return Flatten{}(GRU{.units = 3,
                             .use_bias = bias,
                             .return_sequences = sequences,
                             .go_backwards = backwards,
                             .reset_after = after}(g.input({4, 2})));
      });
      check("stacked", [=](Builder& g) {
        const Tensor x = GRU{.units = 3, .return_sequences = true, .reset_after = !after}(g.input({3, 2}));
        const Tensor y = GRU{.units = 2,
                             .activation = sigmoid,
                             .recurrent_activation = tanh_kind,
                             .use_bias = bias,
                             .return_sequences = sequences,
                             .go_backwards = backwards,
                             .reset_after = after}(x);
        return Dense{2}(Flatten{}(y));
      });
    });
}

TEST_CASE("gradients through initial and last states", "[gradient][recurrent]") {
  for (const bool sequences : {true, false}) {
    check("encoder and decoder of LSTM", [=](Builder& g) {
      LSTM encoder{.units = 3, .return_sequences = sequences},
          decoder{.units = 3, .return_sequences = sequences};
      const auto [y, h, c] = encoder.return_state(g.input({3, 2}));
      const auto [z, last_h, last_c] = decoder.return_state(g.input({2, 2}), h, c);
      return Concatenate{}(Flatten{}(y), Flatten{}(z), last_h, last_c);
    });
    check("of GRU", [=](Builder& g) {
      GRU encoder{.units = 3, .return_sequences = sequences},
          decoder{.units = 3, .return_sequences = sequences};
      const auto [y, h] = encoder.return_state(g.input({3, 2}));
      const auto [z, last] = decoder.return_state(g.input({2, 2}), h);
      return Concatenate{}(Flatten{}(y), Flatten{}(z), last);
    });
    check("of SimpleRNN", [=](Builder& g) {
      SimpleRNN encoder{.units = 3, .return_sequences = sequences},
          decoder{.units = 3, .return_sequences = sequences};
      const auto [y, h] = encoder.return_state(g.input({3, 2}));
      const auto [z, last] = decoder.return_state(g.input({2, 2}), h);
      return Concatenate{}(Flatten{}(y), Flatten{}(z), last);
    });
  }
  check("only the cell is read", [](Builder& g) {
    LSTM lstm{.units = 3, .return_sequences = true};
    const auto [y, h, c] = lstm.return_state(g.input({3, 2}));
    return Dense{2}(c);
  });
  check("a layer that begins with its own last states", [](Builder& g) {
    LSTM lstm{.units = 3};
    const Tensor x = g.input({3, 2});
    const auto [y, h, c] = lstm.return_state(x);
    return lstm(x, h, c);
  });
  check("a state from a dense layer", [](Builder& g) {
    GRU gru{.units = 3};
    return gru(g.input({3, 2}), Dense{3, tanh_kind}(g.input({4})));
  });
}

TEST_CASE("gradients with dropout of the inputs", "[gradient][recurrent]") {
  check("LSTM", [](Builder& g) {
    const Tensor x = LSTM{.units = 3, .dropout = 0.4f, .return_sequences = true}(g.input({3, 4}));
    return GRU{.units = 3, .dropout = 0.5f}(x);
  });
}

/// Samples of 4 steps of 2 features; a step at 0 is masked: at the ends, between, everywhere, nowhere.
std::vector<double> padded(int rows) {
  const int lengths[]{0b0110, 0b1101, 0b0000, 0b1111, 0b1000};
  std::vector<double> x;
  for (int r = 0; r < rows; ++r)
    for (int t = 0; t < 4; ++t)
      for (int i = 0; i < 2; ++i)
        x.push_back((lengths[r % 5] >> t) & 1
                        ? detail::check_noise(3, static_cast<std::size_t>(8 * r + 2 * t + i), 1)
                        : 0.0);
  return x;
}

template <class Layer>
void check_masked(Layer layer) {
  for (const bool sequences : {true, false})
    for (const bool backwards : {true, false})
      for (const int rows : {1, 3, 5}) {
        CAPTURE(sequences, backwards, rows);
        const GradientCheck with{.rows = rows, .input_gradients = false, .inputs = {padded(rows)}};
        layer.return_sequences = sequences;
        layer.go_backwards = backwards;
        const auto once = [=](Builder& g) {
          Layer own = layer;
          return Flatten{}(own(Masking{}(g.input({4, 2}))));
        };
        CHECK(check_gradient(once, with) <= 1e-5);
        const auto twice = [=](Builder& g) {
          Layer first = layer, second = layer;
          first.return_sequences = true;
          Dense between{.units = 2};
          between.allow_axes = true;
          return Flatten{}(second(between(first(Masking{}(g.input({4, 2}))))));
        };
        CHECK(check_gradient(twice, with) <= 1e-5);
      }
}

TEST_CASE("gradients with masks", "[gradient][recurrent]") {
  check_masked(SimpleRNN{.units = 3});
  check_masked(LSTM{.units = 3});
  check_masked(GRU{.units = 3});
  check_masked(GRU{.units = 3, .reset_after = false});
}

std::vector<float> predict(const auto& define, std::vector<float> x, int rows) {
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

TEST_CASE("steps that a mask leaves out do not count", "[recurrent]") {
  const auto with = [](Builder& g) { return LSTM{.units = 3}(Masking{.mask_value = 7}(g.input({5, 2}))); };
  const auto without = [](Builder& g) { return LSTM{.units = 3}(g.input({3, 2})); };
  const auto masked = predict(with, {7, 7, 1, 7, 7, 7, 2, 3, 7, -1}, 1);
  CHECK(masked == predict(without, {1, 7, 2, 3, 7, -1}, 1));
  CHECK(masked != predict(without, {1, 7, 2, 3, 7, -2}, 1));
}

TEST_CASE("dropout of the inputs leaves prediction alone", "[recurrent]") {
  const auto with = [](float rate) {
    return [rate](Builder& g) { return GRU{.units = 3, .dropout = rate}(g.input({4, 2})); };
  };
  const std::vector<float> x{1, 2, 3, 4, 5, 6, 7, 8};
  CHECK(predict(with(0.5f), x, 1) == predict(with(0), x, 1));
}

TEST_CASE("Embedding leaves out index 0 with mask_zero", "[recurrent]") {
  const auto with = [](bool mask) {
    return [mask](Builder& g) {
      return GRU{.units = 3}(Embedding{.input_dim = 5, .output_dim = 2, .mask_zero = mask}(g.input({4})));
    };
  };
  CHECK(predict(with(true), {0, 3, 0, 1}, 1) == predict(with(true), {3, 1, 0, 0}, 1));
  CHECK(predict(with(false), {0, 3, 0, 1}, 1) != predict(with(false), {3, 1, 0, 0}, 1));
  check("weights", with(true), {.input_gradients = false, .inputs = {{0, 3, 0, 1}}});
}

TEST_CASE("a masked step repeats the output before it", "[recurrent]") {
  const auto y = predict(
      [](Builder& g) {
        return GRU{.units = 2, .return_sequences = true}(Masking{}(g.input({4, 1})));
      },
      {0, 1, 0, 2}, 1);
  CHECK(y[0] == 0);
  CHECK(y[1] == 0);
  CHECK(y[2] != 0);
  CHECK(y[4] == y[2]);
  CHECK(y[5] == y[3]);
  CHECK(y[6] != y[2]);
}

inline constexpr auto lstm_model = sequential(Input{10, 16}, LSTM{.units = 32});
inline constexpr auto lstm_plain = sequential(Input{10, 16}, LSTM{.units = 32, .use_bias = false});
inline constexpr auto gru_model = sequential(Input{10, 16}, GRU{.units = 32});
inline constexpr auto gru_before = sequential(Input{10, 16}, GRU{.units = 32, .reset_after = false});
inline constexpr auto rnn_model = sequential(Input{10, 16}, SimpleRNN{.units = 32});
// As keras.Model.count_params gives them.
static_assert(numbers<lstm_model>().total == 6272);
static_assert(numbers<lstm_plain>().total == 6144);
static_assert(numbers<gru_model>().total == 4800);
static_assert(numbers<gru_before>().total == 4704);
static_assert(numbers<rnn_model>().total == 1568);
static_assert(numbers<lstm_model>().macs == 10 * 4 * (16 + 32) * 32);

TEST_CASE("the forget gate's bias begins at 1", "[recurrent]") {
  auto g = std::make_unique<Builder>(true);
  const auto both = functional([](Builder& b) {
    const Tensor one = LSTM{.units = 2}(b.input({3, 2}));
    const Tensor other = LSTM{.units = 2, .unit_forget_bias = false}(b.input({3, 2}));
    return Concatenate{}(one, other);
  });
  trace_at_run_time(both, *g);
  Interpreter<float> net(g->graph, 1, {});
  net.initialize(1);
  const auto first = net.parameter(2), second = net.parameter(5);
  CHECK(std::vector<float>(first.begin(), first.end()) == std::vector<float>{0, 0, 1, 1, 0, 0, 0, 0});
  CHECK(std::vector<float>(second.begin(), second.end()) == std::vector<float>(8, 0.0f));
}

}  // namespace
