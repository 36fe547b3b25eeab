// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/compiled_graph.hpp>

// Every activation, batch normalization with and without bias before it, odd sizes.
inline constexpr auto small_model = etch::sequential(
    etch::Input{3, 5}, etch::Flatten{}, etch::Dense{.units = 17, .use_bias = false},
    etch::BatchNormalization{}, etch::Activation{etch::ActivationKind::tanh}, etch::Dense{9, etch::sigmoid},
    etch::BatchNormalization{}, etch::Dense{7}, etch::Softmax{});

// Two inputs and two outputs, and more activations than the other.
inline constexpr auto pair_model = etch::functional([](etch::Builder& g) {
  const etch::Tensor a = g.input({6}), b = g.input({4});
  const etch::Tensor joined =
      etch::Concatenate{}(etch::Dense{20, etch::relu}(a), etch::Dense{20, etch::relu}(b));
  const etch::Tensor deep = etch::Dense{40, etch::relu}(joined);
  const etch::Tensor sum = etch::Add{}(joined, deep);
  return etch::outputs(etch::Dense{5}(sum), etch::Dense{2, etch::sigmoid}(deep));
});

// Every step of 16x8 that a declared model has: convolutions of all kinds, in place and padded, functions,
// moves.
inline constexpr auto wide_model = etch::functional([](etch::Builder& g) {
  using namespace etch;
  Tensor x = ReLU{}(BatchNormalization{}(Conv2D{.filters = 6, .kernel_size = 3}(g.input({9, 8, 3}))));
  x = Conv2D{.filters = 6, .kernel_size = 1}(ZeroPadding2D{.padding = 1}(x));
  Tensor y = DepthwiseConv2D{.kernel_size = 3, .padding = Padding::same}(x);
  x = Subtract{}(Multiply{}(Activation{ActivationKind::sigmoid}(y), x), y);
  x = DepthwiseConv2D{
      .kernel_size = 3, .strides = 2, .depth_multiplier = 2}(Activation{ActivationKind::silu}(x));
  y = Concatenate{}(MaxPooling2D{.pool_size = 2}(x), AveragePooling2D{.pool_size = 2}(x));
  y = Conv2D{.filters = 8, .kernel_size = 1}(UpSampling2D{}(Activation{ActivationKind::tanh}(y)));
  return Softmax{}(Dense{7}(GlobalAveragePooling2D{}(Permute{.dims = {2, 1, 3}}(y))));
});

// A sequence that streams: what a causal convolution and a recurrent layer carry on, and two results.
inline constexpr auto stream_model = etch::functional([](etch::Builder& g) {
  using namespace etch;
  Tensor x = Conv1D{.filters = 4, .kernel_size = 3, .padding = causal, .activation = relu}(g.input({12, 3}));
  x = GRU{.units = 5, .return_sequences = true}(x);
  return outputs(Dense{.units = 2, .allow_axes = true}(x), x);
});
