// SPDX-License-Identifier: BSL-1.0
// One time a call gives the bits of the whole sequence; the state is the caller's.
#include <catch2/catch.hpp>
#include <codegen/testing/check_gradient.hpp>
#include <cstring>
#include <etch/model/program/predictor.hpp>
#include <etch/model/program/stream.hpp>
#include <etch/model/training/initialize.hpp>

namespace {

using namespace etch;

inline constexpr int steps = 7;

inline constexpr auto stacked = functional([](Builder& g) {
  Tensor x = Dense{.units = 5, .activation = relu, .allow_axes = true}(g.input({steps, 3}));
  const Tensor lstm = LSTM{.units = 6, .return_sequences = true}(x);
  x = Add{}(lstm, GRU{.units = 6, .return_sequences = true}(BatchNormalization{}(lstm)));
  x = Concatenate{}(x, SimpleRNN{.units = 4, .return_sequences = true}(Dropout{0.5f}(x)));
  x = TimeDistributed{Dense{3}}(LayerNormalization{}(Multiply{}(x, x)));
  return Softmax{}(x);
});
inline constexpr auto last_only = functional([](Builder& g) {
  const Tensor x = g.input({steps, 2});
  LSTM encoder{.units = 4, .return_sequences = true};
  const auto [y, h, c] = encoder.return_state(Masking{}(x));
  return outputs(Dense{3}(GRU{.units = 9, .reset_after = false}(y)), Dense{2}(c));
});
inline constexpr auto convolutions = functional([](Builder& g) {
  Tensor x =
      Conv1D{.filters = 4, .kernel_size = 3, .padding = causal, .activation = relu}(g.input({steps, 2}));
  x = Conv1D{.filters = 3, .kernel_size = 2, .padding = causal, .dilation_rate = 2}(x);
  x = Conv1D{.filters = 3, .kernel_size = 1}(x);
  return SimpleRNN{.units = 2, .return_sequences = true}(x);
});
static_assert(StreamState<stacked>::elements == 2 * 6 + 6 + 4);
static_assert(StreamState<last_only>::elements == 2 * 4 + 9);
static_assert(StreamState<convolutions>::elements == 2 * 2 + 2 * 4 + 2);
// The state is all that a step carries: a struct of floats, with neither pointers nor constructors.
static_assert(sizeof(StreamState<stacked>) == 4 * 22);
static_assert(std::is_trivially_copyable_v<StreamState<stacked>>);
static_assert(detail::stream_program<stacked>.plan.weight_bytes ==
              Predictor<stacked>::program.plan.weight_bytes);
// Memory does not grow with the sequence.
static_assert(detail::stream_program<stacked>.plan.arena_bytes <
              Predictor<stacked>::program.plan.arena_bytes);

/// Weights with some noise in each, as bytes of a plan.
template <const auto& Model>
std::vector<float> weights_of() {
  constexpr int bytes = Predictor<Model>::program.plan.weight_bytes;
  std::vector<float> weights(bytes / 4);
  initialize_weights(Predictor<Model>::program.graph, Predictor<Model>::program.plan, 5,
                     reinterpret_cast<std::byte*>(weights.data()));
  for (std::size_t i = 0; i < weights.size(); ++i)
    weights[i] += 0.2f * static_cast<float>(detail::check_noise(1, i, 2));
  return weights;
}

std::vector<float> noise(int n) {
  std::vector<float> x;
  for (int i = 0; i < n; ++i)
    x.push_back(static_cast<float>(detail::check_noise(2, static_cast<std::size_t>(i), 4)));
  return x;
}

bool same_bits(const float* a, const float* b, std::size_t n) { return std::memcmp(a, b, 4 * n) == 0; }

TEST_CASE("a stream gives the bits of the sequence", "[stream]") {
  const auto weights = weights_of<stacked>();
  const auto x = noise(steps * 3);
  std::vector<float> whole(steps * 3), one(3);
  static Predictor<stacked> predictor;
  static Stream<stacked> stream;
  const float* const in[]{x.data()};
  float* const out[]{whole.data()};
  predictor.predict(std::as_bytes(std::span(weights)), in, out);
  StreamState<stacked> state{};
  for (std::size_t t = 0; t < steps; ++t) {
    stream.step(std::as_bytes(std::span(weights)), state, std::span(x).subspan(3 * t, 3), one);
    CAPTURE(t);
    CHECK(same_bits(one.data(), whole.data() + 3 * t, 3));
  }
}

TEST_CASE("a stream of convolutions gives the bits of the sequence", "[stream]") {
  const auto weights = weights_of<convolutions>();
  const auto x = noise(steps * 2);
  std::vector<float> whole(steps * 2), one(2);
  static Predictor<convolutions> predictor;
  static Stream<convolutions> stream;
  const float* const in[]{x.data()};
  float* const out[]{whole.data()};
  predictor.predict(std::as_bytes(std::span(weights)), in, out);
  StreamState<convolutions> state{};
  for (std::size_t t = 0; t < steps; ++t) {
    stream.step(std::as_bytes(std::span(weights)), state, std::span(x).subspan(2 * t, 2), one);
    CAPTURE(t);
    CHECK(same_bits(one.data(), whole.data() + 2 * t, 2));
  }
}

TEST_CASE("states are copied, kept and begun anew", "[stream]") {
  const auto weights = weights_of<last_only>();
  auto x = noise(steps * 2);
  x[4] = x[5] = 0;  // masked
  static Predictor<last_only> predictor;
  static Stream<last_only> stream;
  float whole[5], found[5];
  const float* const in[]{x.data()};
  float* const out[]{whole, whole + 3};
  float* const to[]{found, found + 3};
  predictor.predict(std::as_bytes(std::span(weights)), in, out);
  const auto step = [&](StreamState<last_only>& state, int t) {
    const float* const from[]{x.data() + 2 * t};
    stream.step(std::as_bytes(std::span(weights)), state, std::span<const float* const, 1>(from),
                std::span<float* const, 2>(to));
  };
  StreamState<last_only> state{};
  for (int t = 0; t < 4; ++t) step(state, t);
  const StreamState<last_only> kept = state;
  for (int t = 4; t < steps; ++t) step(state, t);
  CHECK(same_bits(found, whole, 5));
  for (int t = 0; t < steps; ++t) step(state, t);  // goes on: another result
  CHECK_FALSE(same_bits(found, whole, 5));
  state = kept;
  for (int t = 4; t < steps; ++t) step(state, t);
  CHECK(same_bits(found, whole, 5));
  state = {};
  for (int t = 0; t < steps; ++t) step(state, t);
  CHECK(same_bits(found, whole, 5));
}

}  // namespace
