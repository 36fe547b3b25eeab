// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/convolution_step.hpp>

namespace etch {

namespace detail {

struct DepthwiseWeights {
  int multiplier;
  bool use_bias;
  WeightRules kernel, bias;
  bool trainable;
};

/// Every channel is a group of its own: in memory, the kernel is that of a grouped convolution.
constexpr Tensor depthwise_layer(const Tensor& x, const ConvolutionWindow& w, const DepthwiseWeights& of,
                                 const ConvolutionEnd& end, LayerState& state) {
  Builder& g = *x.builder;
  const int line = state.line;
  g.check(of.multiplier > 0, "a depthwise convolution needs a depth multiplier of at least 1", of.multiplier,
          1, line);
  g.check(w.padding != Padding::causal, "padding `causal` is for Conv1D and SeparableConv1D", 0, 1, line);
  if (!check_window(x, w, line)) return stopped(x);
  const int channels = x.shape.last(), filters = extent_product(channels, of.multiplier);
  kernel_and_bias(g, state, w.kernel(channels, of.multiplier), of.kernel, of.use_bias ? filters : 0, of.bias,
                  of.trainable);
  const Tensor y = convolution_step(x, w, filters, channels, state, of.use_bias);
  return end_convolution(x, y, end, state, kernel_names);
}

}  // namespace detail

/// `depth_multiplier` filters along the length for each channel alone. Input [length, channels], output
/// [new length, channels * depth_multiplier]; kernel [kernel_size, channels, depth_multiplier] Glorot
/// uniform, bias zeros. Padding `valid` or `same`. As in Keras.
struct DepthwiseConv1D {
  int kernel_size = 1;
  int strides = 1;
  Padding padding = valid;
  int depth_multiplier = 1;
  int dilation_rate = 1;
  ActivationKind activation = linear;
  bool use_bias = true;
  Initializer depthwise_initializer = Initializer::glorot_uniform;
  Initializer bias_initializer = Initializer::zeros;
  Regularizer depthwise_regularizer{}, bias_regularizer{}, activity_regularizer{};
  Constraint depthwise_constraint{}, bias_constraint{};
  const char* name = nullptr;
  bool trainable = true;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    return detail::depthwise_layer(
        x, {1, {1, kernel_size}, {1, strides}, {1, dilation_rate}, padding},
        {depth_multiplier,
         use_bias,
         {depthwise_initializer, depthwise_regularizer, depthwise_constraint},
         {bias_initializer, bias_regularizer, bias_constraint},
         trainable},
        {"DepthwiseConv1D", "depthwise_conv1d", name, activation, activity_regularizer}, state);
  }
};

/// `depth_multiplier` filters for each channel alone. Input [height, width, channels], output [new height,
/// new width, channels * depth_multiplier]; kernel [*kernel_size, channels, depth_multiplier] Glorot uniform,
/// bias zeros. Padding `valid` or `same`. As in Keras.
struct DepthwiseConv2D {
  Pair kernel_size = 1;
  Pair strides = 1;
  Padding padding = valid;
  int depth_multiplier = 1;
  Pair dilation_rate = 1;
  ActivationKind activation = linear;
  bool use_bias = true;
  Initializer depthwise_initializer = Initializer::glorot_uniform;
  Initializer bias_initializer = Initializer::zeros;
  Regularizer depthwise_regularizer{}, bias_regularizer{}, activity_regularizer{};
  Constraint depthwise_constraint{}, bias_constraint{};
  const char* name = nullptr;
  bool trainable = true;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    return detail::depthwise_layer(
        x, {2, kernel_size, strides, dilation_rate, padding},
        {depth_multiplier,
         use_bias,
         {depthwise_initializer, depthwise_regularizer, depthwise_constraint},
         {bias_initializer, bias_regularizer, bias_constraint},
         trainable},
        {"DepthwiseConv2D", "depthwise_conv2d", name, activation, activity_regularizer}, state);
  }
};

}  // namespace etch
