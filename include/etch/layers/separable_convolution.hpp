// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/convolution_step.hpp>

namespace etch {

namespace detail {

struct SeparableWeights {
  int filters, multiplier;
  bool use_bias;
  WeightRules depthwise, pointwise, bias;
  bool trainable;
};

/// A depthwise step with the first weight, then a dense step over the channels with the others.
constexpr Tensor separable_layer(const Tensor& x, const ConvolutionWindow& w, const SeparableWeights& of,
                                 const ConvolutionEnd& end, LayerState& state) {
  Builder& g = *x.builder;
  g.check(of.multiplier > 0, "a separable convolution needs a depth multiplier of at least 1", of.multiplier,
          1, state.line);
  if (!check_window(x, w, state.line) || !check_groups(x, of.filters, 1, state.line)) return stopped(x);
  const int channels = x.shape.last(), middle = extent_product(channels, of.multiplier);
  ConvolutionWindow one{w.axes, 1, 1, 1};
  if (g.first_call(state)) {
    g.parameter(state, weight(w.kernel(channels, of.multiplier), of.depthwise, of.trainable));
    g.parameter(state, weight(one.kernel(middle, of.filters), of.pointwise, of.trainable));
    if (of.use_bias) g.parameter(state, weight({of.filters}, of.bias, of.trainable));
  } else {
    g.same_parameter(state, 0, w.kernel(channels, of.multiplier));
  }
  LayerState depthwise = state, pointwise = state;
  depthwise.parameters = 1;
  ++pointwise.first_parameter;
  --pointwise.parameters;
  const Tensor between = convolution_step(x, w, middle, channels, depthwise, false);
  const Tensor y = convolution_step(between, one, of.filters, 1, pointwise, of.use_bias);
  const char* const names[]{"depthwise_kernel", "pointwise_kernel", "bias"};
  return end_convolution(x, y, end, state, names);
}

}  // namespace detail

/// A depthwise convolution along the length, then `filters` mixtures of its channels with the bias. Input
/// [length, channels], output [new length, filters]; depthwise kernel [kernel_size, channels,
/// depth_multiplier], pointwise kernel [1, channels * depth_multiplier, filters], bias [filters]. As in
/// Keras.
struct SeparableConv1D {
  int filters = 0;
  int kernel_size = 1;
  int strides = 1;
  Padding padding = valid;
  int dilation_rate = 1;
  int depth_multiplier = 1;
  ActivationKind activation = linear;
  bool use_bias = true;
  Initializer depthwise_initializer = Initializer::glorot_uniform;
  Initializer pointwise_initializer = Initializer::glorot_uniform;
  Initializer bias_initializer = Initializer::zeros;
  Regularizer depthwise_regularizer{}, pointwise_regularizer{}, bias_regularizer{}, activity_regularizer{};
  Constraint depthwise_constraint{}, pointwise_constraint{}, bias_constraint{};
  const char* name = nullptr;
  bool trainable = true;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    return detail::separable_layer(
        x, {1, {1, kernel_size}, {1, strides}, {1, dilation_rate}, padding},
        {filters,
         depth_multiplier,
         use_bias,
         {depthwise_initializer, depthwise_regularizer, depthwise_constraint},
         {pointwise_initializer, pointwise_regularizer, pointwise_constraint},
         {bias_initializer, bias_regularizer, bias_constraint},
         trainable},
        {"SeparableConv1D", "separable_conv1d", name, activation, activity_regularizer}, state);
  }
};

/// A depthwise convolution, then `filters` mixtures of its channels with the bias. Input [height, width,
/// channels], output [new height, new width, filters]; depthwise kernel [*kernel_size, channels,
/// depth_multiplier], pointwise kernel [1, 1, channels * depth_multiplier, filters], bias [filters]. As in
/// Keras.
struct SeparableConv2D {
  int filters = 0;
  Pair kernel_size = 1;
  Pair strides = 1;
  Padding padding = valid;
  Pair dilation_rate = 1;
  int depth_multiplier = 1;
  ActivationKind activation = linear;
  bool use_bias = true;
  Initializer depthwise_initializer = Initializer::glorot_uniform;
  Initializer pointwise_initializer = Initializer::glorot_uniform;
  Initializer bias_initializer = Initializer::zeros;
  Regularizer depthwise_regularizer{}, pointwise_regularizer{}, bias_regularizer{}, activity_regularizer{};
  Constraint depthwise_constraint{}, pointwise_constraint{}, bias_constraint{};
  const char* name = nullptr;
  bool trainable = true;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    x.builder->check(padding != Padding::causal, "padding `causal` is for 1-D convolutions", 2, 1,
                     state.line);
    return detail::separable_layer(
        x, {2, kernel_size, strides, dilation_rate, padding},
        {filters,
         depth_multiplier,
         use_bias,
         {depthwise_initializer, depthwise_regularizer, depthwise_constraint},
         {pointwise_initializer, pointwise_regularizer, pointwise_constraint},
         {bias_initializer, bias_regularizer, bias_constraint},
         trainable},
        {"SeparableConv2D", "separable_conv2d", name, activation, activity_regularizer}, state);
  }
};

}  // namespace etch
