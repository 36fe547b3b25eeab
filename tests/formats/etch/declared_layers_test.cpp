// SPDX-License-Identifier: BSL-1.0
// Graphs of every family of layers go through their text unchanged; attributes that do not fit are refused.
#include <codegen/formats/etch/graph_reader.hpp>
#include <codegen/formats/etch/import.hpp>
#include <codegen/model/model_session.hpp>
#include <etch/layers/layers.hpp>
#include <etch/model/declare/graph_text.hpp>
#include <etch/model/declare/hash.hpp>
#include <tests/unit/error_of.hpp>

#include <catch2/catch.hpp>
#include <cstring>

namespace {

using namespace etch;
using Catch::Matchers::Contains;

template <class Define>
std::unique_ptr<Graph<declaration_capacity>> traced(const Define& define) {
  const auto builder = std::make_unique<Builder>();
  builder->output(define(*builder));
  builder->finish(0);
  REQUIRE_FALSE(builder->graph.fault);
  return std::make_unique<Graph<declaration_capacity>>(builder->graph);
}

template <class Define>
void check(const char* what, const Define& define) {
  INFO(what);
  const auto graph = traced(define);
  std::unique_ptr<Graph<declaration_capacity>> read;
  CHECK(error_of([&] { read = host::read_graph_text(graph_text(*graph), what); }) == "");
  if (read) CHECK(structure_hash(*read) == structure_hash(*graph));
}

TEST_CASE("graphs of all families of layers can be read back") {
  check("convolutions", [](Builder& g) {
    Tensor x = Conv2D{.filters = 6, .kernel_size = 3, .strides = 2, .padding = same, .activation = relu}(
        g.input({9, 8, 3}));
    x = Conv2D{.filters = 4, .kernel_size = {3, 2}, .groups = 2}(x);
    x = DepthwiseConv2D{.kernel_size = 2, .padding = same, .depth_multiplier = 2}(x);
    x = SeparableConv2D{.filters = 4, .kernel_size = 1, .activation = relu}(x);
    return Conv2DTranspose{.filters = 2, .kernel_size = 3, .strides = 2, .padding = same}(x);
  });
  check("sequences of convolutions", [](Builder& g) {
    const Tensor x =
        Conv1D{.filters = 4, .kernel_size = 3, .padding = causal, .dilation_rate = 2}(g.input({11, 2}));
    return Conv1DTranspose{.filters = 2, .kernel_size = 3, .strides = 2}(x);
  });
  check("windows", [](Builder& g) {
    Tensor x = MaxPooling2D{}(ZeroPadding2D{{1, 2}}(g.input({8, 7, 3})));
    x = AveragePooling2D{.pool_size = 2, .strides = 1, .padding = same}(UpSampling2D{2, bilinear}(x));
    x = Resizing{.height = 9, .width = 7}(x);
    x = BatchNormalization{}(Cropping2D{1}(x));
    return Dense{2}(Concatenate{}(GlobalMaxPooling2D{}(x), GlobalAveragePooling2D{}(x)));
  });
  check("windows of sequences", [](Builder& g) {
    Tensor x = MaxPooling1D{}(ZeroPadding1D{{1, 2}}(g.input({9, 3})));
    x = UpSampling1D{3}(AveragePooling1D{2, 1, same}(Dense{.units = 4, .allow_axes = true}(x)));
    return Dense{2}(Add{}(GlobalMaxPooling1D{}(x), GlobalAveragePooling1D{}(x)));
  });
  check("shapes", [](Builder& g) {
    const Tensor x = Dense{6, relu}(g.input({5}));
    const Tensor y = Permute{{2, 1}}(RepeatVector{3}(x));
    return Dot{{1, 2}, true}(y, Permute{{2, 1}}(y));
  });
  check("signals", [](Builder& g) {
    const MFCC mfcc{.frame_length = 16, .frame_step = 8, .mel_bins = 6, .coefficients = 4};
    return Dense{2}(Flatten{}(MFCC(mfcc)(g.input({40}))));
  });
  check("embedding", [](Builder& g) {
    return Dense{2}(Flatten{}(Embedding{.input_dim = 5, .output_dim = 3}(g.input({4}))));
  });
  check("recurrent", [](Builder& g) {
    const Tensor x = Bidirectional{LSTM{.units = 3, .return_sequences = true}}(Masking{}(g.input({4, 3})));
    const Tensor y = GRU{.units = 4, .return_sequences = true}(x);
    return Dense{2}(Flatten{}(
        TimeDistributed{Dense{2, ActivationKind::tanh}}(SimpleRNN{.units = 3, .return_sequences = true}(y))));
  });
  check("stateful", [](Builder& g) { return Dense{2}(GRU{.units = 3, .stateful = true}(g.input({4, 3}))); });
  check("normalizations", [](Builder& g) {
    const Tensor x = GroupNormalization{.groups = 3}(LayerNormalization{}(Dense{6}(g.input({4}))));
    return Softmax{}(PReLU{}(ELU{0.5f}(UnitNormalization{}(GaussianNoise{0.1f}(Rescaling{2.0f, 1.0f}(x))))));
  });
  check("attention", [](Builder& g) {
    const Tensor x = g.input({5, 4}), memory = g.input({3, 4});
    const Tensor y = MultiHeadAttention{.num_heads = 2, .key_dim = 3}(x, memory);
    return Attention{.use_scale = true}(Add{}(x, y), y);
  });
}

TEST_CASE("an input, and one value twice, can be outputs of a file's graph") {
  Builder g;
  const Tensor x = g.input({3}), y = ReLU{}(x);
  for (const Tensor& output : {y, x, y}) g.output(output);
  g.finish(0);
  const auto graph = host::read_graph_text(graph_text(g.graph), "net");
  const auto model = host::import_declared(*graph, {}, "net");
  host::ModelSession session(model);
  const std::vector<float> in{-1, 2, -3}, positive{0, 2, 0};
  session.run(std::as_bytes(std::span(in)));
  const std::vector<float>* const expected[]{&positive, &in, &positive};
  for (int k = 0; k < 3; ++k) {
    std::vector<float> out(3);
    std::memcpy(out.data(), session.output(k).data(), 12);
    CHECK(out == *expected[k]);
  }
}

/// Changes one word of the only step's attributes, or its weights' shape.
TEST_CASE("attributes that do not fit shapes and weights are refused") {
  const auto error_with = [](const auto& define, auto&& change) {
    const auto graph = traced(define);
    change(*graph);
    return error_of([&] { host::read_graph_text(graph_text(*graph), "net"); });
  };
  const auto dense = [](Builder& g) { return Dense{3}(g.input({5})); };
  const auto convolution = [](Builder& g) {
    return Conv2D{.filters = 4, .kernel_size = 3, .padding = same}(g.input({6, 6, 2}));
  };
  const auto pool = [](Builder& g) { return MaxPooling2D{}(g.input({6, 6, 2})); };
  const auto norm = [](Builder& g) { return BatchNormalization{}(g.input({6})); };
  const auto set = [](unsigned word, int to) { return [=](auto& g) { g.steps[0].attributes[word] = to; }; };
  CHECK(error_with(dense, [](auto&) {}) == "");
  const auto refused = Contains("the graph in it is damaged: step 0 (");
  CHECK_THAT(error_with(dense, set(0, 4)), refused);
  CHECK_THAT(error_with(dense, set(1, 0)), refused);
  for (const unsigned word : {0U, 1U, 2U, 3U, 4U, 5U, 8U})
    for (const int to : {0, -1, INT32_MAX}) CHECK_THAT(error_with(convolution, set(word, to)), refused);
  CHECK_THAT(error_with(convolution, set(0, 5)), refused);
  CHECK_THAT(error_with(convolution, set(6, INT32_MIN)), refused);
  for (unsigned word = 1; word < 9; ++word)
    for (const int to : {0, -1, 4000}) {
      const bool window = word == 6 || word == 7;  // larger windows still have a place within the input
      if (!window || to <= 0) CHECK_THAT(error_with(pool, set(word, to)), refused);
    }
  CHECK_THAT(error_with(norm, set(2, 0)), refused);
  CHECK_THAT(error_with(dense, [](auto& g) { g.steps[0].in = {6}; }), Contains("number of elements"));
}

}  // namespace
