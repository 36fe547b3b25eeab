// SPDX-License-Identifier: BSL-1.0
#include <etch/layers/layers.hpp>
#include <etch/model/declare/graph_text.hpp>
#include <tests/fuzz/corpus.hpp>
#include <tests/fuzz/model_file_parts.hpp>

#include <functional>

namespace etch::fuzz {

namespace {

using Define = std::function<void(Builder&)>;

Bytes file_of(const Define& define) {
  const auto builder = std::make_unique<Builder>();
  define(*builder);
  builder->finish(0);
  return ModelFileParts::of_graph(graph_text(builder->graph)).file();
}

const std::pair<const char*, Define> models[]{
    {"dense",
     [](Builder& g) {
       g.output(Softmax{}(Dense{3}(BatchNormalization{}(Dense{4, relu}(g.input({5}))))));
     }},
    {"convolutions",
     [](Builder& g) {
       Tensor x = Conv2D{.filters = 4, .kernel_size = 3, .strides = 2, .padding = same, .activation = relu}(
           g.input({7, 6, 2}));
       x = Conv2D{.filters = 4, .kernel_size = {3, 2}, .padding = same, .groups = 2}(x);
       g.output(Conv2DTranspose{.filters = 2, .kernel_size = 3, .strides = 2, .padding = same}(x));
     }},
    {"depthwise",
     [](Builder& g) {
       const Tensor x =
           DepthwiseConv2D{.kernel_size = 2, .padding = same, .depth_multiplier = 2}(g.input({5, 4, 2}));
       g.output(SeparableConv2D{.filters = 3, .kernel_size = 1, .activation = relu}(x));
     }},
    {"convolutions_of_sequences",
     [](Builder& g) {
       const Tensor x =
           Conv1D{.filters = 4, .kernel_size = 3, .padding = causal, .dilation_rate = 2}(g.input({8, 2}));
       g.output(Conv1DTranspose{.filters = 2, .kernel_size = 3, .strides = 2}(x));
     }},
    {"windows",
     [](Builder& g) {
       Tensor x = MaxPooling2D{}(ZeroPadding2D{{1, 2}}(g.input({8, 7, 3})));
       x = AveragePooling2D{.pool_size = 2, .strides = 1, .padding = same}(UpSampling2D{2, bilinear}(x));
       x = BatchNormalization{}(Cropping2D{1}(x));
       g.output(Dense{2}(Concatenate{}(GlobalMaxPooling2D{}(x), GlobalAveragePooling2D{}(x))));
     }},
    {"shapes",
     [](Builder& g) {
       const Tensor y = Permute{{2, 1}}(RepeatVector{3}(Dense{6, relu}(g.input({5}))));
       g.output(Dot{{1, 2}, true}(Permute{{2, 1}}(y), y));
     }},
    {"branches",
     [](Builder& g) {
       const Tensor x = g.input({4, 4, 2});
       const Tensor a = Conv2D{.filters = 3, .kernel_size = 1}(x),
                    b = Conv2D{.filters = 3, .kernel_size = 3, .padding = same}(x);
       g.output(Concatenate{}(Add{}(a, b), Multiply{}(a, b)));
       g.output(Dense{2}(GlobalAveragePooling2D{}(b)));
     }},
    {"embedding",
     [](Builder& g) {
       g.output(Dense{2}(Flatten{}(Embedding{.input_dim = 5, .output_dim = 3}(g.input({4})))));
     }},
    {"recurrent",
     [](Builder& g) {
       const Tensor x = Bidirectional{LSTM{.units = 2, .return_sequences = true}}(Masking{}(g.input({3, 2})));
       g.output(Dense{2}(Flatten{}(TimeDistributed{Dense{2, ActivationKind::tanh}}(
           SimpleRNN{.units = 3, .return_sequences = true}(x)))));
     }},
    {"stateful",
     [](Builder& g) {
       g.output(Dense{2}(GRU{.units = 3, .stateful = true}(g.input({4, 3}))));
     }},
    {"normalizations",
     [](Builder& g) {
       const Tensor x = GroupNormalization{.groups = 3}(LayerNormalization{}(Dense{6}(g.input({4}))));
       g.output(
           Softmax{}(PReLU{}(ELU{0.5f}(UnitNormalization{}(GaussianNoise{0.1f}(Rescaling{2.0f, 1.0f}(x)))))));
     }},
    {"attention", [](Builder& g) {
       const Tensor x = g.input({3, 4}), memory = g.input({2, 4});
       const Tensor y = MultiHeadAttention{.num_heads = 2, .key_dim = 3}(x, memory);
       g.output(Attention{.use_scale = true}(Add{}(x, y), y));
     }}};

}  // namespace

Corpus model_file_corpus() {
  Corpus corpus;
  for (const auto& [name, define] : models)
    corpus.emplace_back(std::string(name) + ".safetensors", file_of(define));
  return corpus;
}

}  // namespace etch::fuzz
