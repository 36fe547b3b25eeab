// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/layer.hpp>
#include <etch/layers/merge.hpp>
#include <etch/layers/window.hpp>

namespace etch {

namespace detail {

/// What the pooling layers are told; no strides: those of the pool.
struct PoolWindow {
  kernels::PoolKind kind;
  Pair size, strides;
  Padding padding;
};

/// True where training keeps the value for the backward pass whatever its reader needs: an input of the
/// model, or the result of a step whose own gradient reads it.
constexpr bool kept_for_training(const Builder& g, int value) {
  for (int s = g.graph.steps.count - 1; s >= 0; --s) {
    const Step& step = g.graph.steps.item[s];
    for (int k = 0; k < step.outputs; ++k)
      if (g.graph.result(step, k) == value) return gradient_rule(step).needs_output;
  }
  return true;
}

/// Pools `x`, seen as [height, width, channels], and gives it the shape `out`, or [height', width', channels]
/// without the height for 1-D inputs where that has no axes.
constexpr Tensor pool_step(const Tensor& x, kernels::Pool pool, const Shape& out, int line) {
  Builder& g = *x.builder;
  pool.saves_taps =
      pool.kind == kernels::PoolKind::max && out.size() < x.shape.size() && !kept_for_training(g, x.value);
  LayerState none{line};
  const Tensor inputs[]{x};
  return g.apply(op_rule<ops::Pool>, none, pack(pool), out, inputs);
}

constexpr Tensor pool_layer(const Tensor& x, int axes, const PoolWindow& w, const LayerNames& names,
                            LayerState& state) {
  Builder& g = *x.builder;
  g.check(x.shape.rank == axes + 1,
          axes == 1 ? "1-D pooling needs an input of [length, channels]"
                    : "2-D pooling needs an input of [height, width, channels]",
          x.shape.rank, axes + 1, state.line);
  const Pair strides{w.strides.first == 0 ? w.size.first : w.strides.first,
                     w.strides.second == 0 ? w.size.second : w.strides.second};
  g.check(w.size.first > 0 && w.size.second > 0, "pooling needs a pool size of at least 1",
          w.size.first < w.size.second ? w.size.first : w.size.second, 1, state.line);
  g.check(strides.first > 0 && strides.second > 0, "pooling needs strides of at least 1",
          strides.first < strides.second ? strides.first : strides.second, 1, state.line);
  g.check(w.padding != Padding::causal, "pooling pads `valid` or `same`", 0, 1, state.line);
  if (g.graph.fault) return stopped(x);
  const int height = axes == 1 ? 1 : x.shape[0], width = x.shape[axes - 1], channels = x.shape.last();
  const Windows rows = windows_along(height, w.size.first, strides.first, w.padding);
  const Windows columns = windows_along(width, w.size.second, strides.second, w.padding);
  g.check(rows.count > 0, "the pool is higher than the input: take a smaller one or padding `same`",
          w.size.first, height, state.line);
  g.check(columns.count > 0, "the pool is longer than the input: take a smaller one or padding `same`",
          w.size.second, width, state.line);
  if (g.graph.fault) return stopped(x);
  const Shape out = axes == 1 ? Shape{columns.count, channels} : Shape{rows.count, columns.count, channels};
  Tensor y = pool_step(x,
                       {w.kind, height, width, channels, rows.count, columns.count, w.size.first,
                        w.size.second, strides.first, strides.second, rows.before, columns.before},
                       out, state.line);
  const Tensor inputs[]{x};
  g.note(names.type, names.base, names.given, state, inputs, y);
  return y;
}

/// The mean over the steps that the mask counts.
constexpr Tensor masked_average(const Tensor& x, const Shape& out, int line) {
  Builder& g = *x.builder;
  const int length = x.shape[0], channels = x.shape[1];
  const Tensor mask{x.builder, x.mask, -1, {length}};
  LayerState none{line};
  const Tensor counted[]{mask, x}, all[]{mask, mask};
  const kernels::MatMul sum{1, 1, channels, length};
  const Tensor parts[]{g.apply(op_rule<ops::MatMul>, none, pack(sum), {channels}, counted),
                       g.apply(op_rule<ops::MatMul>, none, pack(kernels::MatMul{1, 1, 1, length}), {1}, all)};
  Tensor y = binary_step(parts[0], parts[1], kernels::BinaryKind::divide, 1, line);
  y.shape = out;
  return y;
}

constexpr Tensor global_pool_layer(const Tensor& x, int axes, kernels::PoolKind kind, bool keepdims,
                                   const LayerNames& names, LayerState& state) {
  Builder& g = *x.builder;
  g.check(x.shape.rank == axes + 1,
          axes == 1 ? "1-D pooling needs an input of [length, channels]"
                    : "2-D pooling needs an input of [height, width, channels]",
          x.shape.rank, axes + 1, state.line);
  if (g.graph.fault) return stopped(x);
  const int height = axes == 1 ? 1 : x.shape[0], width = x.shape[axes - 1], channels = x.shape.last();
  Shape out{channels};
  if (keepdims) out = axes == 1 ? Shape{1, channels} : Shape{1, 1, channels};
  const bool masked = kind == kernels::PoolKind::average && axes == 1 && x.mask >= 0;
  Tensor y = masked ? masked_average(x, out, state.line)
                    : pool_step(x, {kind, height, width, channels, 1, 1, height, width, 1, 1, 0, 0}, out,
                                state.line);
  const Tensor inputs[]{x};
  g.note(names.type, names.base, names.given, state, inputs, y);
  return y;
}

}  // namespace detail

/// Max and average over windows, channel by channel. [length, channels] to [length', channels] and
/// [height, width, channels] to [height', width', channels]; extents as TensorFlow's `valid` and `same`
/// padding. `strides` of 0 mean those of the pool. Padded taps count for nothing: an average is over the taps
/// inside.
struct MaxPooling1D {
  int pool_size = 2;
  int strides = 0;
  Padding padding = valid;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    return detail::pool_layer(x, 1, {kernels::PoolKind::max, {1, pool_size}, {1, strides}, padding},
                              {"MaxPooling1D", "max_pooling1d", name}, state);
  }
};

struct MaxPooling2D {
  Pair pool_size = 2;
  Pair strides = 0;
  Padding padding = valid;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    return detail::pool_layer(x, 2, {kernels::PoolKind::max, pool_size, strides, padding},
                              {"MaxPooling2D", "max_pooling2d", name}, state);
  }
};

struct AveragePooling1D {
  int pool_size = 2;
  int strides = 0;
  Padding padding = valid;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    return detail::pool_layer(x, 1, {kernels::PoolKind::average, {1, pool_size}, {1, strides}, padding},
                              {"AveragePooling1D", "average_pooling1d", name}, state);
  }
};

struct AveragePooling2D {
  Pair pool_size = 2;
  Pair strides = 0;
  Padding padding = valid;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    return detail::pool_layer(x, 2, {kernels::PoolKind::average, pool_size, strides, padding},
                              {"AveragePooling2D", "average_pooling2d", name}, state);
  }
};

/// Over all positions: [length, channels] or [height, width, channels] to [channels], or with `keepdims` to
/// the same number of axes with extents of 1. GlobalAveragePooling1D leaves masked steps out.
struct GlobalMaxPooling1D {
  bool keepdims = false;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    return detail::global_pool_layer(x, 1, kernels::PoolKind::max, keepdims,
                                     {"GlobalMaxPooling1D", "global_max_pooling1d", name}, state);
  }
};

struct GlobalMaxPooling2D {
  bool keepdims = false;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    return detail::global_pool_layer(x, 2, kernels::PoolKind::max, keepdims,
                                     {"GlobalMaxPooling2D", "global_max_pooling2d", name}, state);
  }
};

struct GlobalAveragePooling1D {
  bool keepdims = false;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    return detail::global_pool_layer(x, 1, kernels::PoolKind::average, keepdims,
                                     {"GlobalAveragePooling1D", "global_average_pooling1d", name}, state);
  }
};

struct GlobalAveragePooling2D {
  bool keepdims = false;
  const char* name = nullptr;
  LayerState state{};
  constexpr Tensor operator()(const Tensor& x) {
    return detail::global_pool_layer(x, 2, kernels::PoolKind::average, keepdims,
                                     {"GlobalAveragePooling2D", "global_average_pooling2d", name}, state);
  }
};

/// Keras's short names.
using MaxPool1D = MaxPooling1D;
using MaxPool2D = MaxPooling2D;
using AvgPool1D = AveragePooling1D;
using AvgPool2D = AveragePooling2D;
using GlobalMaxPool1D = GlobalMaxPooling1D;
using GlobalMaxPool2D = GlobalMaxPooling2D;
using GlobalAvgPool1D = GlobalAveragePooling1D;
using GlobalAvgPool2D = GlobalAveragePooling2D;

}  // namespace etch
