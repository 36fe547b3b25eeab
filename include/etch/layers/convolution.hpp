// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/convolution_step.hpp>

namespace etch {

namespace detail {

struct ConvolutionWeights {
  int filters, groups;
  bool use_bias;
  WeightRules kernel, bias;
  bool trainable;
};

constexpr Tensor convolution_layer(const Tensor& x, const ConvolutionWindow& w, const ConvolutionWeights& of,
                                   const ConvolutionEnd& end, LayerState& state) {
  if (!check_window(x, w, state.line) || !check_groups(x, of.filters, of.groups, state.line))
    return stopped(x);
  kernel_and_bias(*x.builder, state, w.kernel(x.shape.last() / of.groups, of.filters), of.kernel,
                  of.use_bias ? of.filters : 0, of.bias, of.trainable);
  const Tensor y = convolution_step(x, w, of.filters, of.groups, state, of.use_bias);
  return end_convolution(x, y, end, state, kernel_names);
}

}  // namespace detail

/// Convolution along one axis: activation(kernel over windows of x + bias). Input [length, channels], output
/// [new length, filters]; kernel [kernel_size, channels / groups, filters] Glorot uniform, bias [filters]
/// zeros. Padding `causal` puts all padding before, so that no output reads later inputs. As in Keras.
struct Conv1D {
  int filters = 0;
  int kernel_size = 1;
  int strides = 1;
  Padding padding = valid;
  int dilation_rate = 1;
  int groups = 1;
  ActivationKind activation = linear;
  bool use_bias = true;
  Initializer kernel_initializer = Initializer::glorot_uniform;
  Initializer bias_initializer = Initializer::zeros;
  Regularizer kernel_regularizer{}, bias_regularizer{}, activity_regularizer{};
  Constraint kernel_constraint{}, bias_constraint{};
  const char* name = nullptr;
  bool trainable = true;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    return detail::convolution_layer(x, {1, {1, kernel_size}, {1, strides}, {1, dilation_rate}, padding},
                                     {filters,
                                      groups,
                                      use_bias,
                                      {kernel_initializer, kernel_regularizer, kernel_constraint},
                                      {bias_initializer, bias_regularizer, bias_constraint},
                                      trainable},
                                     {"Conv1D", "conv1d", name, activation, activity_regularizer}, state);
  }
};

/// Convolution over images: activation(kernel over windows of x + bias). Input [height, width, channels],
/// output [new height, new width, filters]; kernel [*kernel_size, channels / groups, filters] Glorot uniform,
/// bias [filters] zeros. Sizes are one number or {rows, columns}. Padding `same` follows TensorFlow's rule.
/// As in Keras, but for strides and dilation together, which Keras refuses.
struct Conv2D {
  int filters = 0;
  Pair kernel_size = 1;
  Pair strides = 1;
  Padding padding = valid;
  Pair dilation_rate = 1;
  int groups = 1;
  ActivationKind activation = linear;
  bool use_bias = true;
  Initializer kernel_initializer = Initializer::glorot_uniform;
  Initializer bias_initializer = Initializer::zeros;
  Regularizer kernel_regularizer{}, bias_regularizer{}, activity_regularizer{};
  Constraint kernel_constraint{}, bias_constraint{};
  const char* name = nullptr;
  bool trainable = true;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    x.builder->check(padding != Padding::causal, "padding `causal` is for 1-D convolutions", 2, 1,
                     state.line);
    return detail::convolution_layer(x, {2, kernel_size, strides, dilation_rate, padding},
                                     {filters,
                                      groups,
                                      use_bias,
                                      {kernel_initializer, kernel_regularizer, kernel_constraint},
                                      {bias_initializer, bias_regularizer, bias_constraint},
                                      trainable},
                                     {"Conv2D", "conv2d", name, activation, activity_regularizer}, state);
  }
};

}  // namespace etch
