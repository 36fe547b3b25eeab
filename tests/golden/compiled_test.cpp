// SPDX-License-Identifier: BSL-1.0
// One model of each op as compiled code: the published results, and every bit as the interpreter has it.
#include <tests/golden/report.hpp>
#include <tests/golden/run_fixture.hpp>

#include <catch2/catch.hpp>
#include <etch/model/program/predictor.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

namespace {

using namespace etch;
using golden::Fixture;

constexpr auto tanh_kind = ActivationKind::tanh;
constexpr auto old_hard_sigmoid = ActivationKind::hard_sigmoid_keras2;

const std::vector<Fixture>& fixtures() {
  static const std::vector<Fixture> all = [] {
    const char* material = std::getenv("ETCH_MATERIAL");
    if (material == nullptr) {
      WARN("skipped: ETCH_MATERIAL does not name a folder with models/kerasjs");
      return std::vector<Fixture>();
    }
    return golden::load_kerasjs(std::filesystem::path(material) / "models/kerasjs");
  }();
  return all;
}

template <class Program>
std::vector<std::byte> weights_of(const Program& program, const Fixture& fixture) {
  REQUIRE(program.graph.parameters.count == static_cast<int>(fixture.weights.size()));
  std::vector<std::byte> bytes(static_cast<std::size_t>(program.plan.weight_bytes));
  for (int p = 0; p < program.graph.parameters.count; ++p) {
    const auto& values = fixture.weights[static_cast<std::size_t>(p)].values;
    REQUIRE(program.graph.parameters[p].shape.size() == static_cast<int>(values.size()));
    std::memcpy(&bytes[static_cast<std::size_t>(program.plan.offset[p])], values.data(), values.size() * 4);
  }
  return bytes;
}

template <const auto& Declared>
void check_compiled(const Fixture& fixture) {
  static Predictor<Declared> predictor;
  std::vector<float> result(fixture.expected.values.size());
  const float* inputs[Predictor<Declared>::inputs];
  for (std::size_t k = 0; k < fixture.inputs.size(); ++k) inputs[k] = fixture.inputs[k].values.data();
  float* const outputs[]{result.data()};
  predictor.predict(weights_of(Predictor<Declared>::program, fixture), inputs, outputs);
  const std::vector<float> interpreted = golden::run(fixture, 1);
  REQUIRE(interpreted.size() == result.size());
  CHECK(std::memcmp(result.data(), interpreted.data(), result.size() * sizeof(float)) == 0);
  CHECK(golden::relative_error(result, fixture.expected.values) <= golden::tolerance);
}

/// The compiled model is that of the fixture.
template <const auto& Declared>
void check(const char* key) {
  INFO(key);
  if (fixtures().empty()) return;
  const auto found = std::find_if(fixtures().begin(), fixtures().end(),
                                  [&](const Fixture& fixture) { return fixture.key == key; });
  REQUIRE(found != fixtures().end());
  check_compiled<Declared>(*found);
}

constexpr auto conv1d = sequential(
    Input{8, 3},
    Conv1D{.filters = 2, .kernel_size = 7, .padding = same, .dilation_rate = 2, .activation = tanh_kind});
constexpr auto conv2d = sequential(
    Input{6, 3, 1},
    Conv2D{.filters = 4, .kernel_size = 3, .strides = {3, 2}, .padding = same, .activation = relu});
constexpr auto transposed = sequential(
    Input{4, 4, 2},
    Conv2DTranspose{.filters = 5, .kernel_size = 3, .strides = 2, .padding = same, .activation = relu});
constexpr auto separable =
    sequential(Input{5, 5, 4},
               SeparableConv2D{.filters = 16, .kernel_size = 3, .depth_multiplier = 3, .activation = relu});
constexpr auto cropping = sequential(Input{8, 7, 6}, Cropping2D{{{4, 2}, {3, 1}}});
constexpr auto up_sampling = sequential(Input{4, 2, 2}, UpSampling2D{{3, 2}});
constexpr auto max_pooling =
    sequential(Input{6, 7, 3}, MaxPooling2D{.pool_size = 2, .strides = {2, 1}, .padding = same});
constexpr auto average_pooling = sequential(Input{6, 6}, AveragePooling1D{2, 1, same});
constexpr auto global_pooling = sequential(Input{6, 6, 3}, GlobalAveragePooling2D{});

TEST_CASE("compiled convolutions, pooling and resizing give the published results", "[golden]") {
  check<conv1d>("convolutional.Conv1D.4");
  check<conv2d>("convolutional.Conv2D.6");
  check<transposed>("convolutional.Conv2DTranspose.4");
  check<separable>("convolutional.SeparableConv2D.2");
  check<cropping>("convolutional.Cropping2D.2");
  check<up_sampling>("convolutional.UpSampling2D.2");
  check<max_pooling>("pooling.MaxPooling2D.7");
  check<average_pooling>("pooling.AveragePooling1D.4");
  check<global_pooling>("pooling.GlobalAveragePooling2D.0");
}

constexpr auto dense = sequential(Input{6}, Dense{2, ActivationKind::softplus, false});
constexpr auto softmaxes = sequential(Input{6}, Dense{2}, Softmax{});
constexpr auto permuted = sequential(Input{2, 3, 4}, Permute{{3, 2, 1}});
constexpr auto embedded = sequential(Input{10}, Embedding{.input_dim = 20, .output_dim = 5});
constexpr auto normalized = sequential(Input{4, 3}, BatchNormalization{.epsilon = 1e-5f});
constexpr auto prelu = sequential(Input{6}, PReLU{});
constexpr auto elu = sequential(Input{6}, ELU{1.1f});
template <class Merge>
constexpr auto merged(Merge) {
  return functional([](Builder& g) {
    const Tensor x = g.input({6}), a = Dense{2}(x), b = Dense{2}(x);
    return Merge{}(a, b);
  });
}
constexpr auto added = merged(Add{});
constexpr auto multiplied = merged(Multiply{});
constexpr auto maximum = merged(Maximum{});
constexpr auto joined = merged(Concatenate{});
constexpr auto dot = functional([](Builder& g) {
  const Tensor x = g.input({6});
  const Tensor a = RepeatVector{3}(Dense{2}(x)), b = RepeatVector{3}(Dense{2}(x));
  return Dot{2, true}(a, b);
});

TEST_CASE("compiled dense, merging, shaping and activation layers give the published results", "[golden]") {
  check<dense>("core.Dense.2");
  check<softmaxes>("core.Activation.0");
  check<permuted>("core.Permute.1");
  check<embedded>("embeddings.Embedding.1");
  check<normalized>("normalization.BatchNormalization.0");
  check<prelu>("advanced_activations.PReLU.0");
  check<elu>("advanced_activations.ELU.0");
  check<added>("merge.Add.0");
  check<multiplied>("merge.Multiply.0");
  check<maximum>("merge.Maximum.0");
  check<joined>("merge.Concatenate.0");
  check<dot>("merge.Dot.4");
}

constexpr auto simple_rnn =
    sequential(Input{7, 6}, SimpleRNN{.units = 4, .return_sequences = true, .go_backwards = true});
constexpr auto lstm = sequential(
    Input{3, 6}, LSTM{.units = 4, .recurrent_activation = old_hard_sigmoid, .return_sequences = true});
constexpr auto gru =
    sequential(Input{3, 6}, GRU{.units = 4, .recurrent_activation = old_hard_sigmoid, .reset_after = false});
constexpr auto bidirectional = sequential(
    Input{3, 6},
    Bidirectional{LSTM{.units = 4, .recurrent_activation = old_hard_sigmoid, .return_sequences = true}});
constexpr auto distributed =
    sequential(Input{5, 4, 4, 2}, TimeDistributed{Conv2D{.filters = 6, .kernel_size = 3}});

TEST_CASE("compiled recurrent layers give the published results", "[golden]") {
  check<simple_rnn>("recurrent.SimpleRNN.4");
  check<lstm>("recurrent.LSTM.2");
  check<gru>("recurrent.GRU.0");
  check<bidirectional>("wrappers.Bidirectional.6");
  check<distributed>("wrappers.TimeDistributed.1");
}

}  // namespace
