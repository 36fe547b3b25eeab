// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/axes.hpp>
#include <etch/layers/dot.hpp>
#include <etch/layers/layer.hpp>

namespace etch {

namespace detail {
/// The weights of a normalization: gamma ones and beta zeros, unless the layer says else.
struct NormRules {
  bool scale = true, center = true;
  WeightRules gamma{}, beta{};
  const char* gamma_name = "gamma";
};

/// Applies a normalization whose attributes tell its blocks; `weights` is the shape of gamma and beta.
constexpr Tensor apply_normalize(const Tensor& x, ops::Normalize::Attributes a, const Shape& weights,
                                 const NormRules& rules, bool trainable, const char* type, const char* base,
                                 const char* name, LayerState& state) {
  Builder& g = *x.builder;
  a.scale = rules.scale;
  a.center = rules.center;
  if (g.first_call(state)) {
    if (rules.scale) g.parameter(state, weight(weights, rules.gamma, trainable));
    if (rules.center) g.parameter(state, weight(weights, rules.beta, trainable));
  } else if (state.parameters > 0) {
    g.same_parameter(state, 0, weights);
  }
  const Tensor inputs[]{x};
  Tensor y = g.apply(op_rule<ops::Normalize>, state, pack(a), x.shape, inputs);
  y.mask = x.mask;
  const char* const names[]{rules.scale ? rules.gamma_name : "beta", "beta"};
  g.note(type, base, name, state, inputs, y, names);
  return y;
}

/// One group over the trailing axes, for each position of the axes before them.
constexpr ops::Normalize::Attributes trailing_groups(const Shape& in, int axes, Shape& normalized) {
  ops::Normalize::Attributes a{};
  for (int i = 0; i < in.rank - axes; ++i) a.blocks *= in[i];
  for (int i = in.rank - axes; i < in.rank; ++i) normalized.append(in[i]);
  a.channels = normalized.size();
  return a;
}
}  // namespace detail

/// Normalizes each position over the last axis, or over several of the last (Ba et al. 2016):
/// (x - mean) / sqrt(variance + epsilon) gamma + beta. Shapes and masks stay.
/// Parameters: gamma ones, beta zeros, of the extents of `axis`.
struct LayerNormalization {
  Axes axis = -1;
  float epsilon = 1e-3f;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = Initializer::zeros, gamma_initializer = Initializer::ones;
  Regularizer beta_regularizer{}, gamma_regularizer{};
  Constraint beta_constraint{}, gamma_constraint{};
  const char* name = nullptr;
  bool trainable = true;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    g.check(axis.trailing(x.shape.rank), "LayerNormalization needs the last axis, or several of the last",
            axis.count > 0 ? axis.item[0] : 0, x.shape.rank, state.line);
    g.check(epsilon > 0, "LayerNormalization needs an epsilon above 0", 0, 1, state.line);
    if (g.graph.fault) return detail::stopped(x);
    Shape weights;
    auto a = detail::trailing_groups(x.shape, axis.count, weights);
    a.epsilon = epsilon;
    return detail::apply_normalize(x, a, weights,
                                   {scale,
                                    center,
                                    {gamma_initializer, gamma_regularizer, gamma_constraint},
                                    {beta_initializer, beta_regularizer, beta_constraint}},
                                   trainable, "LayerNormalization", "layer_normalization", name, state);
  }
};

/// x / sqrt(mean of x^2 + epsilon) scale over the last axis, or several of the last (Zhang and Sennrich
/// 2019). Parameter: scale ones.
struct RMSNormalization {
  Axes axis = -1;
  float epsilon = 1e-6f;
  const char* name = nullptr;
  bool trainable = true;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    g.check(axis.trailing(x.shape.rank), "RMSNormalization needs the last axis, or several of the last",
            axis.count > 0 ? axis.item[0] : 0, x.shape.rank, state.line);
    g.check(epsilon > 0, "RMSNormalization needs an epsilon above 0", 0, 1, state.line);
    if (g.graph.fault) return detail::stopped(x);
    Shape weights;
    auto a = detail::trailing_groups(x.shape, axis.count, weights);
    a.kind = kernels::NormalizeKind::rms;
    a.epsilon = epsilon;
    return detail::apply_normalize(x, a, weights, {true, false, {Initializer::ones}, {}, "scale"}, trainable,
                                   "RMSNormalization", "rms_normalization", name, state);
  }
};

/// Normalizes each group of `groups` channels of the last axis over all positions (Wu and He 2018).
/// `groups` -1: one group a channel (instance normalization). Parameters: gamma ones, beta zeros, [channels].
struct GroupNormalization {
  int groups = 32;
  float epsilon = 1e-3f;
  bool center = true;
  bool scale = true;
  Initializer beta_initializer = Initializer::zeros, gamma_initializer = Initializer::ones;
  Regularizer beta_regularizer{}, gamma_regularizer{};
  Constraint beta_constraint{}, gamma_constraint{};
  const char* name = nullptr;
  bool trainable = true;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    const int channels = x.shape.last(), parts = groups == -1 ? channels : groups;
    g.check(parts >= 1 && channels % parts == 0,
            "GroupNormalization needs groups that divide the channels, or -1 for a group a channel", parts,
            channels, state.line);
    g.check(epsilon > 0, "GroupNormalization needs an epsilon above 0", 0, 1, state.line);
    if (g.graph.fault) return detail::stopped(x);
    ops::Normalize::Attributes a{};
    a.positions = x.shape.size() / channels;
    a.channels = channels;
    a.groups = parts;
    a.epsilon = epsilon;
    return detail::apply_normalize(x, a, {channels},
                                   {scale,
                                    center,
                                    {gamma_initializer, gamma_regularizer, gamma_constraint},
                                    {beta_initializer, beta_regularizer, beta_constraint}},
                                   trainable, "GroupNormalization", "group_normalization", name, state);
  }
};

/// Scales the vectors along `axis` to a Euclidean length of 1, as `keras.ops.normalize`. Shapes and masks
/// stay.
struct UnitNormalization {
  int axis = -1;
  const char* name = nullptr;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    const int along = Axes::position(axis, x.shape.rank);
    x.builder->check(along >= 0 && along < x.shape.rank,
                     "UnitNormalization needs an axis of its input, counted from 1", axis, x.shape.rank,
                     state.line);
    if (x.builder->graph.fault) return detail::stopped(x);
    Tensor y = detail::unit_length(x, along, state.line);
    y.mask = x.mask;
    const Tensor inputs[]{x};
    x.builder->note("UnitNormalization", "unit_normalization", name, state, inputs, y);
    return y;
  }
};

}  // namespace etch
