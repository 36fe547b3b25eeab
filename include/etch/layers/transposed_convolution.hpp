// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/convolution_step.hpp>

namespace etch {

namespace detail {

/// Keras's lengths of a transposed convolution: `size` taps reach, `extra` is the output padding, or -1 for
/// none given.
constexpr int transposed_length(std::int64_t length, int size, int stride, Padding padding, int extra) {
  if (padding == Padding::valid) {
    if (extra < 0) extra = stride > size ? stride - size : 0;
    return extent((length - 1) * stride + size + extra);
  }
  return extent(extra < 0 ? length * stride : (length - 1) * stride + size % 2 + extra);
}

/// Outputs before the first one: `same` cuts what the window reaches too far, the smaller half of it in
/// front.
constexpr int transposed_cut(std::int64_t inputs, int size, int stride, int length) {
  const int over = extent((inputs - 1) * stride + size - length);
  return over > 0 ? over / 2 : 0;
}

struct TransposedWeights {
  int filters;
  Pair output_padding;
  bool use_bias;
  WeightRules kernel, bias;
  bool trainable;
};

constexpr bool check_transposed(const Tensor& x, const ConvolutionWindow& w, const TransposedWeights& of,
                                int line) {
  Builder& g = *x.builder;
  g.check(w.padding != Padding::causal, "a transposed convolution pads `valid` or `same`", 0, 1, line);
  const Pair extra = of.output_padding;
  g.check(extra.first < w.strides.first, "output padding must be smaller than the stride", extra.first,
          w.strides.first, line);
  g.check(extra.second < w.strides.second, "output padding must be smaller than the stride", extra.second,
          w.strides.second, line);
  return check_window(x, w, line) && check_groups(x, of.filters, 1, line);
}

constexpr Tensor transposed_layer(const Tensor& x, const ConvolutionWindow& w, const TransposedWeights& of,
                                  const ConvolutionEnd& end, LayerState& state) {
  if (!check_transposed(x, w, of, state.line)) return stopped(x);
  Builder& g = *x.builder;
  const int rows = w.axes == 1 ? 1 : x.shape[0], columns = x.shape[w.axes - 1];
  const Pair size = w.reach(), extra = of.output_padding;
  const int height = transposed_length(rows, size.first, w.strides.first, w.padding, extra.first);
  const int width = transposed_length(columns, size.second, w.strides.second, w.padding, extra.second);
  g.check(height > 0 && width > 0, "this output padding leaves nothing of the output",
          height < width ? height : width, 1, state.line);
  if (g.graph.fault) return stopped(x);
  kernel_and_bias(g, state, w.kernel(of.filters, x.shape.last()), of.kernel, of.use_bias ? of.filters : 0,
                  of.bias, of.trainable);
  const ops::TransposedConvolution::Attributes attributes{
      w.size.first,
      w.size.second,
      w.strides.first,
      w.strides.second,
      w.dilation.first,
      w.dilation.second,
      transposed_cut(rows, size.first, w.strides.first, height),
      transposed_cut(columns, size.second, w.strides.second, width),
      1,
      of.use_bias};
  const Tensor inputs[]{x};
  const Tensor y = g.apply(op_rule<ops::TransposedConvolution>, state, pack(attributes),
                           w.image(height, width, of.filters), inputs);
  return end_convolution(x, y, end, state, kernel_names);
}

}  // namespace detail

/// Transposed convolution along one axis. Input [length, channels], output [new length, filters]; kernel
/// [kernel_size, filters, channels] Glorot uniform, bias [filters] zeros. New length: length * strides with
/// padding `same`, (length - 1) * strides + kernel_size with `valid`, or as `output_padding` says where it is
/// given (-1: not given). As in Keras.
struct Conv1DTranspose {
  int filters = 0;
  int kernel_size = 1;
  int strides = 1;
  Padding padding = valid;
  int output_padding = -1;
  int dilation_rate = 1;
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
    return detail::transposed_layer(
        x, {1, {1, kernel_size}, {1, strides}, {1, dilation_rate}, padding},
        {filters,
         {-1, output_padding},
         use_bias,
         {kernel_initializer, kernel_regularizer, kernel_constraint},
         {bias_initializer, bias_regularizer, bias_constraint},
         trainable},
        {"Conv1DTranspose", "conv1d_transpose", name, activation, activity_regularizer}, state);
  }
};

/// Transposed convolution over images. Input [height, width, channels], output [new height, new width,
/// filters]; kernel [*kernel_size, filters, channels] Glorot uniform, bias [filters] zeros. New extents:
/// extent * strides with padding `same`, (extent - 1) * strides + kernel_size with `valid`, or as
/// `output_padding` says where it is given (-1: not given). As in Keras.
struct Conv2DTranspose {
  int filters = 0;
  Pair kernel_size = 1;
  Pair strides = 1;
  Padding padding = valid;
  Pair output_padding = -1;
  Pair dilation_rate = 1;
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
    return detail::transposed_layer(
        x, {2, kernel_size, strides, dilation_rate, padding},
        {filters,
         output_padding,
         use_bias,
         {kernel_initializer, kernel_regularizer, kernel_constraint},
         {bias_initializer, bias_regularizer, bias_constraint},
         trainable},
        {"Conv2DTranspose", "conv2d_transpose", name, activation, activity_regularizer}, state);
  }
};

}  // namespace etch
