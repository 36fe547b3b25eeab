// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/activation.hpp>
#include <etch/layers/layer.hpp>
#include <etch/layers/window.hpp>

namespace etch::detail {

/// What the convolution layers are told of their windows, (rows, columns); 1-D layers have one row.
struct ConvolutionWindow {
  int axes = 2;
  Pair size, strides, dilation;
  Padding padding = Padding::valid;

  constexpr Pair reach() const {
    const auto along = [](std::int64_t taps, std::int64_t apart) { return extent((taps - 1) * apart + 1); };
    return {along(size.first, dilation.first), along(size.second, dilation.second)};
  }
  /// The shape of a kernel with these last two extents.
  constexpr Shape kernel(int before, int last) const {
    return axes == 1 ? Shape{size.second, before, last} : Shape{size.first, size.second, before, last};
  }
  constexpr Shape image(int height, int width, int channels) const {
    return axes == 1 ? Shape{width, channels} : Shape{height, width, channels};
  }
};

constexpr bool check_window(const Tensor& x, const ConvolutionWindow& w, int line) {
  Builder& g = *x.builder;
  const auto least = [](const Pair& p) { return p.first < p.second ? p.first : p.second; };
  g.check(x.shape.rank == w.axes + 1,
          w.axes == 1 ? "a 1-D convolution needs an input of [length, channels]"
                      : "a 2-D convolution needs an input of [height, width, channels]",
          x.shape.rank, w.axes + 1, line);
  g.check(least(w.size) > 0, "a convolution needs a kernel size of at least 1", least(w.size), 1, line);
  g.check(least(w.strides) > 0, "a convolution needs strides of at least 1", least(w.strides), 1, line);
  g.check(least(w.dilation) > 0, "a convolution needs a dilation rate of at least 1", least(w.dilation), 1,
          line);
  return !g.graph.fault;
}

/// The filters of `groups` groups of channels.
constexpr bool check_groups(const Tensor& x, int filters, int groups, int line) {
  Builder& g = *x.builder;
  g.check(filters > 0, "a convolution needs at least one filter", filters, 1, line);
  g.check(groups > 0, "a convolution needs at least one group", groups, 1, line);
  if (g.graph.fault) return false;
  const int channels = x.shape.last();
  g.check(channels % groups == 0, "the groups of a convolution must divide the channels of its input", groups,
          channels, line);
  g.check(filters % groups == 0, "the groups of a convolution must divide its filters", groups, filters,
          line);
  return !g.graph.fault;
}

/// The step of a convolution with the weights of `weights`. One tap that moves by one is a dense step on
/// every position, whose gradient takes less memory.
constexpr Tensor convolution_step(const Tensor& x, const ConvolutionWindow& w, int filters, int groups,
                                  LayerState& weights, bool use_bias) {
  Builder& g = *x.builder;
  const Tensor inputs[]{x};
  const Pair one = 1;
  if (w.size == one && w.strides == one && groups == 1) {
    const ops::Dense::Attributes dense{filters, use_bias, linear, linear};
    return g.apply(op_rule<ops::Dense>, weights, pack(dense), ops::Dense::shape(x.shape, dense), inputs);
  }
  const int height = w.axes == 1 ? 1 : x.shape[0], width = x.shape[w.axes - 1];
  const Windows rows = windows_along(height, w.reach().first, w.strides.first, w.padding);
  const Windows columns = windows_along(width, w.reach().second, w.strides.second, w.padding);
  g.check(rows.count > 0, "the kernel is higher than the input: take a smaller one or padding `same`",
          w.reach().first, height, weights.line);
  g.check(columns.count > 0, "the kernel is longer than the input: take a smaller one or padding `same`",
          w.reach().second, width, weights.line);
  if (g.graph.fault) return stopped(x);
  const ops::Convolution::Attributes attributes{
      w.size.first,      w.size.second, w.strides.first, w.strides.second, w.dilation.first,
      w.dilation.second, rows.before,   columns.before,  groups,           use_bias};
  return g.apply(op_rule<ops::Convolution>, weights, pack(attributes),
                 w.image(rows.count, columns.count, filters), inputs);
}

/// Makes a layer's kernel and bias at its first call, and compares them at later ones.
constexpr void kernel_and_bias(Builder& g, LayerState& state, const Shape& kernel, const WeightRules& rules,
                               int bias, const WeightRules& bias_rules, bool trainable) {
  if (!g.first_call(state)) return g.same_parameter(state, 0, kernel);
  g.parameter(state, weight(kernel, rules, trainable));
  if (bias > 0) g.parameter(state, weight({bias}, bias_rules, trainable));
}

/// What the layers say of themselves in the summary, and do with their result.
struct ConvolutionEnd {
  const char* type;
  const char* base;
  const char* given;
  ActivationKind activation;
  Regularizer activity;
};

constexpr Tensor end_convolution(const Tensor& x, Tensor y, const ConvolutionEnd& end, LayerState& state,
                                 std::span<const char* const> names) {
  y = apply_activation(y, end.activation, state.line);
  y = regularize_activity(y, end.activity, state.line);
  const Tensor inputs[]{x};
  x.builder->note(end.type, end.base, end.given, state, inputs, y, names);
  return y;
}

inline constexpr const char* kernel_names[]{"kernel", "bias"};

}  // namespace etch::detail
