// SPDX-License-Identifier: BSL-1.0
// Shapes and weight counts that Keras prints for the same layers, what wrong uses say, and folding.
#include <catch2/catch.hpp>
#include <cmath>
#include <codegen/testing/interpreter.hpp>
#include <etch/model/declare/declare.hpp>
#include <etch/passes/fold.hpp>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace etch;

std::unique_ptr<Builder> traced(auto layer, Shape in) {
  auto g = std::make_unique<Builder>();
  g->output(layer(g->input(in)));
  g->finish(__LINE__);
  return g;
}

void check(auto layer, Shape in, Shape out, int weights) {
  const auto g = traced(layer, in);
  INFO(in[0] << " " << in[1] << " -> " << out[0] << " " << out[1]);
  REQUIRE_FALSE(g->graph.fault);
  CHECK(g->graph.output_shapes[0] == out);
  int count = 0;
  for (const Parameter& p : g->graph.parameters) count += p.shape.size();
  CHECK(count == weights);
}

std::string mistake(auto layer, Shape in) {
  const Fault fault = traced(layer, in)->graph.fault;
  return fault ? fault.sentence : "";
}

}  // namespace

TEST_CASE("convolution layers have Keras's shapes and weights") {
  check(Conv2D{32, 3}, {28, 28, 1}, {26, 26, 32}, 320);  // Keras's MNIST example
  check(Conv2D{64, 3}, {13, 13, 32}, {11, 11, 64}, 18496);
  check(Conv2D{.filters = 64, .kernel_size = 7, .strides = 2, .padding = same}, {224, 224, 3}, {112, 112, 64},
        9472);  // ResNet50's first
  check(Conv2D{.filters = 32, .kernel_size = 3, .strides = 2, .padding = same, .use_bias = false},
        {224, 224, 3}, {112, 112, 32}, 864);  // MobileNet's first
  check(Conv2D{.filters = 8, .kernel_size = {3, 5}, .strides = {2, 1}, .dilation_rate = {1, 2}}, {9, 12, 2},
        {4, 4, 8}, 3 * 5 * 2 * 8 + 8);
  check(Conv2D{.filters = 8, .kernel_size = 3, .groups = 4}, {6, 6, 12}, {4, 4, 8}, 3 * 3 * 3 * 8 + 8);
  check(Conv2D{16, 1}, {5, 6, 4}, {5, 6, 16}, 80);
  check(Conv2D{.filters = 16, .kernel_size = 1, .strides = 2}, {5, 6, 4}, {3, 3, 16}, 80);
  check(Conv1D{32, 3}, {10, 128}, {8, 32}, 12320);  // Keras's Conv1D example
  check(Conv1D{.filters = 6, .kernel_size = 3, .padding = causal, .dilation_rate = 4}, {7, 2}, {7, 6}, 42);
  check(Conv1D{.filters = 6, .kernel_size = 3, .strides = 2, .padding = causal}, {7, 2}, {4, 6}, 42);
}

TEST_CASE("depthwise and separable layers have Keras's shapes and weights") {
  check(DepthwiseConv2D{.kernel_size = 3, .padding = same, .use_bias = false}, {112, 112, 32}, {112, 112, 32},
        288);  // MobileNet's conv_dw_1
  check(DepthwiseConv2D{.kernel_size = 3, .depth_multiplier = 2}, {10, 10, 12}, {8, 8, 24}, 240);
  check(DepthwiseConv1D{.kernel_size = 3, .strides = 2, .padding = same, .depth_multiplier = 3}, {10, 12},
        {5, 36}, 144);
  check(SeparableConv2D{.filters = 128, .kernel_size = 3, .padding = same, .use_bias = false}, {147, 147, 64},
        {147, 147, 128}, 8768);  // Xception's block2_sepconv1
  check(SeparableConv1D{.filters = 4, .kernel_size = 3, .padding = causal, .depth_multiplier = 2}, {10, 12},
        {10, 4}, 3 * 12 * 2 + 24 * 4 + 4);
}

TEST_CASE("transposed convolution layers have Keras's shapes and weights") {
  check(Conv2DTranspose{.filters = 64, .kernel_size = 3, .strides = 2, .padding = same}, {7, 7, 64},
        {14, 14, 64}, 36928);  // Keras's variational autoencoder
  check(Conv2DTranspose{.filters = 1, .kernel_size = 3, .padding = same}, {28, 28, 32}, {28, 28, 1}, 289);
  check(Conv2DTranspose{32, 2, 2}, {10, 8, 128}, {20, 16, 32}, 16416);  // Keras's documentation
  check(Conv2DTranspose{4, {3, 2}, {2, 3}}, {3, 4, 2}, {7, 12, 4}, 3 * 2 * 4 * 2 + 4);
  check(Conv2DTranspose{.filters = 4, .kernel_size = 3, .strides = 2, .output_padding = 1}, {3, 4, 2},
        {8, 10, 4}, 76);
  for (const int extra : {0, 1})
    check(Conv2DTranspose{4, 3, 2, same, extra}, {3, 4, 2}, {5 + extra, 7 + extra, 4}, 76);
  check(Conv1DTranspose{.filters = 3, .kernel_size = 4, .strides = 3, .padding = same}, {5, 2}, {15, 3}, 27);
  check(Conv1DTranspose{.filters = 3, .kernel_size = 4, .dilation_rate = 2}, {5, 2}, {11, 3}, 27);
}

TEST_CASE("wrong convolutions say what is wrong") {
  const Shape image{8, 8, 6};
  CHECK(mistake(Conv2D{0, 3}, image) == "a convolution needs at least one filter");
  CHECK(mistake(Conv2D{4, 0}, image) == "a convolution needs a kernel size of at least 1");
  CHECK(mistake(Conv2D{4, 3, 0}, image) == "a convolution needs strides of at least 1");
  CHECK(mistake(Conv2D{.filters = 4, .dilation_rate = {1, 0}}, image) ==
        "a convolution needs a dilation rate of at least 1");
  CHECK(mistake(Conv2D{4, 3}, {8, 8}) == "a 2-D convolution needs an input of [height, width, channels]");
  CHECK(mistake(Conv1D{4, 3}, image) == "a 1-D convolution needs an input of [length, channels]");
  CHECK(mistake(Conv2D{4, {9, 3}}, image) ==
        "the kernel is higher than the input: take a smaller one or padding `same`");
  CHECK(mistake(Conv2D{.filters = 4, .kernel_size = 5, .dilation_rate = {1, 2}}, image) ==
        "the kernel is longer than the input: take a smaller one or padding `same`");
  CHECK(mistake(Conv2D{.filters = 4, .kernel_size = 3, .groups = 4}, image) ==
        "the groups of a convolution must divide the channels of its input");
  CHECK(mistake(Conv2D{.filters = 4, .kernel_size = 3, .groups = 3}, image) ==
        "the groups of a convolution must divide its filters");
  CHECK(mistake(Conv2D{.filters = 4, .kernel_size = 3, .groups = 0}, image) ==
        "a convolution needs at least one group");
  CHECK(mistake(Conv2D{4, 3, 1, causal}, image) == "padding `causal` is for 1-D convolutions");
  CHECK(mistake(SeparableConv2D{4, 3, 1, causal}, image) == "padding `causal` is for 1-D convolutions");
  CHECK(mistake(DepthwiseConv2D{3, 1, causal}, image) ==
        "padding `causal` is for Conv1D and SeparableConv1D");
  CHECK(mistake(DepthwiseConv2D{3, 1, valid, 0}, image) ==
        "a depthwise convolution needs a depth multiplier of at least 1");
  CHECK(mistake(SeparableConv2D{.filters = 4, .kernel_size = 3, .depth_multiplier = 0}, image) ==
        "a separable convolution needs a depth multiplier of at least 1");
  CHECK(mistake(Conv2DTranspose{4, 3, 2, causal}, image) ==
        "a transposed convolution pads `valid` or `same`");
  CHECK(mistake(Conv2DTranspose{4, 3, 2, valid, 2}, image) ==
        "output padding must be smaller than the stride");
  CHECK(mistake(Conv1DTranspose{4, 2, 2, same, 0}, {1, 3}) ==
        "this output padding leaves nothing of the output");
}

TEST_CASE("a convolution layer called twice shares its weights and wants equal channels") {
  const auto twice = [](const Tensor& x, int channels) {
    Conv2D layer{4, 3, 1, same};
    return layer(Conv2D{channels, 3, 1, same}(layer(x)));
  };
  CHECK(mistake([&](const Tensor& x) { return twice(x, 3); }, {8, 8, 3}) == "");
  CHECK(mistake([&](const Tensor& x) { return twice(x, 4); }, {8, 8, 3}) ==
        "a layer called twice needs inputs of one width, since its weights are shared");
}

TEST_CASE("prediction takes the function after a convolution into it") {
  const auto steps = [](auto layer, Shape in) { return infer(traced(layer, in)->graph).steps.count; };
  CHECK(steps(Conv2D{.filters = 4, .kernel_size = 3, .activation = relu}, {8, 8, 6}) == 1);
  CHECK(steps(Conv2DTranspose{.filters = 4, .kernel_size = 3, .activation = sigmoid}, {8, 8, 6}) == 1);
  CHECK(steps(SeparableConv2D{.filters = 4, .kernel_size = 3, .activation = relu}, {8, 8, 6}) == 2);
}
