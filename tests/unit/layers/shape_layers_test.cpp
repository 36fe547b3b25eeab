// SPDX-License-Identifier: BSL-1.0
// Pooling, padding, resizing, permuting, merging and look-up as layers: their numbers, and compiled code
// against the interpreter.
#include <catch2/catch.hpp>
#include <codegen/testing/interpreter.hpp>
#include <cstring>
#include <etch/model/training/trainer.hpp>
#include <limits>
#include <memory>
#include <string>

namespace {

using namespace etch;
using Floats = std::vector<float>;

/// What a declaration without weights makes of `inputs`, at run time.
template <class Define>
Floats predict(const Define& define, const std::vector<Floats>& inputs) {
  auto g = std::make_unique<Builder>();
  trace_at_run_time(functional(define), *g);
  if (g->graph.fault) FAIL(g->graph.fault.sentence);
  Interpreter<float> net(g->graph, 1, {});
  std::vector<const float*> pointers;
  for (const Floats& x : inputs) pointers.push_back(x.data());
  const auto y = net.predict(pointers, 1);
  return {y.begin(), y.end()};
}

Floats counted(int n) {
  Floats x;
  for (int i = 0; i < n; ++i) x.push_back(static_cast<float>(i));
  return x;
}

/// What is said of a declaration that cannot be.
template <class Layer>
std::string refusal_of(Layer layer, const Shape& input) {
  auto g = std::make_unique<Builder>();
  trace_at_run_time(functional([&](Builder& b) { return layer(b.input(input)); }), *g);
  return g->graph.fault ? g->graph.fault.sentence : "";
}

TEST_CASE("extents that no array has are refused, and stay whole numbers", "[shape]") {
  const int most = 1 << 30;
  const Shape image{3, 4, 5}, sequence{4, 5};
  const auto refused = [](auto layer, const Shape& input) { CHECK_FALSE(refusal_of(layer, input).empty()); };
  for (const int n : {46341, 1 << 20, most, most - 1}) {
    CAPTURE(n);
    refused(DepthwiseConv2D{{n, n}}, image);
    refused(DepthwiseConv2D{.kernel_size = 1, .depth_multiplier = most}, image);
    refused(SeparableConv1D{.filters = n, .kernel_size = 1, .depth_multiplier = n}, sequence);
    refused(Conv2D{.filters = n, .kernel_size = {n, n}, .padding = same, .dilation_rate = n}, image);
    refused(Conv1D{.filters = 2, .kernel_size = n, .padding = causal, .dilation_rate = n}, sequence);
    refused(Conv2DTranspose{.filters = 2, .kernel_size = n, .strides = n, .dilation_rate = n}, image);
    refused(Conv1DTranspose{.filters = n, .kernel_size = n, .strides = n, .padding = same}, sequence);
    refused(UpSampling2D{{n, n}}, image);
    refused(UpSampling1D{most}, sequence);
    refused(Resizing{.height = 2, .width = most}, image);
    refused(ZeroPadding2D{{n, n}}, image);
    refused(Cropping1D{{most, most}}, sequence);
    refused(MaxPooling2D{.pool_size = {n, n}, .strides = most}, image);
    refused(Reshape{{n, n, 16}}, image);
    refused(Reshape{{-1, n, n}}, image);
    refused(RepeatVector{most}, {5});
    refused(LSTM{n}, sequence);
    refused(GRU{most}, sequence);
    refused([&](Tensor x) { return MultiHeadAttention{.num_heads = n, .key_dim = n}(x, x); }, sequence);
    refused(Embedding{n, n}, {4});
  }
}

TEST_CASE("layers of shape give the numbers of Keras's definitions", "[shape]") {
  const auto image = [](Builder& g) { return g.input({2, 3, 1}); };  // 0 1 2 / 3 4 5
  const auto of = [&](auto layer) {
    return predict([&](Builder& g) { return decltype(layer)(layer)(image(g)); }, {counted(6)});
  };
  CHECK(of(MaxPooling2D{}) == Floats{4});
  CHECK(of(MaxPooling2D{.padding = same}) == Floats{4, 5});
  CHECK(of(AveragePooling2D{.strides = 1}) == Floats{2, 3});
  CHECK(of(AveragePooling2D{.padding = same}) == Floats{2, 3.5f});  // 2 and 5: the taps inside
  CHECK(of(GlobalMaxPooling2D{}) == Floats{5});
  CHECK(of(GlobalAveragePooling2D{}) == Floats{2.5f});
  CHECK(of(ZeroPadding2D{{{0, 1}, {1, 0}}}) == Floats{0, 0, 1, 2, 0, 3, 4, 5, 0, 0, 0, 0});
  CHECK(of(Cropping2D{{{1, 0}, {0, 1}}}) == Floats{3, 4});
  CHECK(of(UpSampling2D{{1, 2}}) == Floats{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5});
  CHECK(of(UpSampling2D{{1, 2}, bilinear}) ==
        Floats{0, 0.25f, 0.75f, 1.25f, 1.75f, 2, 3, 3.25f, 3.75f, 4.25f, 4.75f, 5});
  // 3 columns to 2: the new centres lie at 0.25 and 1.75 of the old.
  CHECK(of(Resizing{.height = 2, .width = 2}) == Floats{0.25f, 1.75f, 3.25f, 4.75f});
  // 2 rows to 1: halfway. 3 columns to 6: quarters, and the border's pixels beyond the outermost centres.
  CHECK(of(Resizing{.height = 1, .width = 3}) == Floats{1.5f, 2.5f, 3.5f});
  CHECK(of(Resizing{.height = 2, .width = 6}) ==
        Floats{0, 0.25f, 0.75f, 1.25f, 1.75f, 2, 3, 3.25f, 3.75f, 4.25f, 4.75f, 5});
  // 2 rows to 3: centres at 1/3, 1 and 5/3. 3 columns to 4: 3/8, 9/8, 15/8 and 21/8.
  CHECK(of(Resizing{.height = 3, .width = 4, .interpolation = nearest}) ==
        Floats{0, 1, 1, 2, 3, 4, 4, 5, 3, 4, 4, 5});
  CHECK(of(Resizing{.height = 2, .width = 3}) == counted(6));
  CHECK(of(Permute{{2, 1, 3}}) == Floats{0, 3, 1, 4, 2, 5});
  CHECK(predict([](Builder& g) { return RepeatVector{2}(g.input({3})); }, {{7, 8, 9}}) ==
        Floats{7, 8, 9, 7, 8, 9});
}

TEST_CASE("merges give the numbers of Keras's definitions", "[shape]") {
  const Floats a{1, 5, 3, 4}, b{2, 2, 9, 4};
  const auto of = [&](auto layer) {
    return predict(
        [&](Builder& g) {
          const Tensor x = g.input({2, 2});
          return decltype(layer)(layer)(x, g.input({2, 2}));
        },
        {a, b});
  };
  CHECK(of(Add{}) == Floats{3, 7, 12, 8});
  CHECK(of(Subtract{}) == Floats{-1, 3, -6, 0});
  CHECK(of(Multiply{}) == Floats{2, 10, 27, 16});
  CHECK(of(Average{}) == Floats{1.5f, 3.5f, 6, 4});
  CHECK(of(Maximum{}) == Floats{2, 5, 9, 4});
  CHECK(of(Minimum{}) == Floats{1, 2, 3, 4});
  CHECK(of(Dot{2}) == Floats{12, 29, 14, 43});
  CHECK(of(Dot{1}) == Floats{29, 14, 46, 26});
  CHECK(of(Dot{{2, 1}}) == Floats{47, 22, 42, 22});
  CHECK(predict(
            [](Builder& g) {
              const Tensor x = g.input({2});
              return Dot{1, true}(x, g.input({2}));
            },
            {{3, 4}, {8, 6}})[0] == Approx(0.96f));
}

TEST_CASE("an average over time leaves out the steps that the mask leaves out", "[shape]") {
  const auto masked = [](Builder& g) {
    Tensor x = g.input({3, 2});
    x.mask = g.input({3}).value;
    return GlobalAveragePooling1D{}(x);
  };
  CHECK(predict(masked, {{1, 2, 30, 40, 5, 8}, {1, 0, 1}}) == Floats{3, 5});
}

TEST_CASE("masks of merged tensors are merged: a step counts where all count it", "[shape]") {
  const auto merged = [](Builder& g) {
    Tensor x = g.input({3, 1}), y = g.input({3, 1});
    x.mask = g.input({3}).value;
    y.mask = g.input({3}).value;
    return GlobalAveragePooling1D{}(Add{}(x, y, x));
  };
  CHECK(predict(merged, {{1, 2, 3}, {10, 20, 30}, {1, 1, 0}, {0, 1, 1}}) == Floats{24});
}

inline constexpr auto everything = functional([](Builder& g) {
  const Tensor image = g.input({6, 7, 2}), words = g.input({3});
  Tensor x = Dense{.units = 3, .allow_axes = true}(ZeroPadding2D{{{1, 0}, {0, 1}}}(image));
  x = UpSampling2D{{1, 2}, bilinear}(MaxPooling2D{{2, 3}, 2, same}(x));
  x = Permute{{2, 1, 3}}(AveragePooling2D{{2, 1}}(Cropping2D{{{1, 0}, {0, 1}}}(x)));
  const Tensor most = GlobalMaxPooling2D{}(x), mean = GlobalAveragePooling2D{}(x);
  const Tensor rows = Embedding{4, 3}(words);
  const Tensor same_length = Multiply{}(rows, Average{}(most, mean, Subtract{}(most, mean)));
  const Tensor looked_up = Dot{{2, 1}, true}(same_length, Maximum{}(most, mean));
  return Dense{2}(
      Concatenate{}(looked_up, Flatten{}(UpSampling1D{}(RepeatVector{2}(Minimum{}(most, mean))))));
});

TEST_CASE("compiled training of every layer of shape equals the interpreter", "[shape]") {
  constexpr int batch = 4;
  using Model = Trainer<everything, Adam, MeanSquaredError, hana::tuple<>, batch>;
  static typename Model::Storage storage;
  Model model(storage, Adam{});
  model.initialize(17);
  Interpreter<float> other(training_declaration<everything>, batch, training_options<Adam, MeanSquaredError>);
  other.initialize(17);
  REQUIRE(other.training_program().plan.arena_bytes == Model::Code::program.plan.arena_bytes);
  const std::vector<const float*> inputs{model.input().data(), model.input().data() + batch * 84};
  for (int step = 0; step < 5; ++step) {
    const int rows = step == 2 ? batch - 1 : batch;
    const auto number = static_cast<std::uint32_t>(step);
    for (std::size_t i = 0; i < model.input().size(); ++i) {
      const float u = random::uniform({99, 5}, number, 0, static_cast<std::uint32_t>(i));
      model.input()[i] = i < batch * 84 ? 2 * u - 1 : static_cast<float>(static_cast<int>(4 * u));
    }
    for (int i = 0; i < 2 * rows; ++i) static_cast<float*>(model.labels())[i] = static_cast<float>(i % 3);
    const float loss = model.train_on_batch(rows);
    const float sum = other.train(inputs, model.labels(), {rows, 17, number, Adam{}.at(number)});
    REQUIRE(loss == sum / static_cast<float>(rows));
    REQUIRE(std::memcmp(model.weights().data(), other.weights().data(), model.weights().size()) == 0);
  }
}

}  // namespace
