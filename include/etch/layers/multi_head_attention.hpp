// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/attention_steps.hpp>
#include <etch/layers/window.hpp>
#include <etch/ops/dense.hpp>

#include <array>

namespace etch {

/// Attention of several heads (Vaswani et al. 2017): each projects query, key and value, attends with scores
/// scaled by 1 / sqrt(key_dim), and the heads' results are projected together.
///
/// Inputs query [m, q], value [n, v] and key [n, k] (left out: the value); self attention is `mha(x, x)`.
/// Result [m, output_dim]. Weights by Keras's names and shapes: query/kernel [q, heads, key_dim],
/// query/bias [heads, key_dim], the same of key and value, attention_output/kernel [heads, value_dim, output]
/// and attention_output/bias [output].
///
/// Masked values are not attended to; the result keeps the query's mask, and rows of masked queries hold what
/// unmasked ones would. `use_causal_mask`: query i sees the first i + 1 keys (in Keras an argument of the
/// call).
struct MultiHeadAttention {
  int num_heads = 0;
  int key_dim = 0;
  int value_dim = 0;  ///< 0: key_dim
  float dropout = 0;
  bool use_bias = true;
  int output_dim = 0;  ///< Keras's output_shape; 0: the query's width
  Initializer kernel_initializer = Initializer::glorot_uniform;
  Initializer bias_initializer = Initializer::zeros;
  Regularizer kernel_regularizer{}, bias_regularizer{}, activity_regularizer{};
  Constraint kernel_constraint{}, bias_constraint{};
  bool use_causal_mask = false;
  const char* name = nullptr;
  bool trainable = true;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& query, const Tensor& value) {
    return (*this)(query, value, value);
  }
  constexpr Tensor operator()(const Tensor& query, const Tensor& value, const Tensor& key) {
    Builder& g = *query.builder;
    g.check(num_heads > 0, "MultiHeadAttention needs at least one head", num_heads, 1, state.line);
    g.check(key_dim > 0, "MultiHeadAttention needs a key_dim of at least 1", key_dim, 1, state.line);
    g.check(value_dim >= 0, "MultiHeadAttention needs a value_dim of at least 1, or 0 for key_dim", value_dim,
            1, state.line);
    detail::check_attention(query, value, key, dropout, state.line);
    if (g.graph.fault) return detail::stopped(query);
    make_weights(query, value, key);
    const Tensor q = heads_first(project(query, 0, key_dim)), k = heads_first(project(key, 1, key_dim)),
                 v = heads_first(project(value, 2, width()));
    const float scale = 1.0f / math::sqrt(static_cast<float>(key_dim));
    Tensor y = detail::attention_scores(q, k, scale, state.line);
    y = detail::attention_shares(y, use_causal_mask, detail::key_mask(value, key), state.line);
    y = detail::drop_shares(y, dropout, state.line);
    y = detail::attended(y, v, state.line);
    y = detail::permute_step(y, {1, 0, 2, 3}, state.line);
    y = dense(detail::reshaped(y, {query.shape[0], detail::extent_product(num_heads, width())}), 3,
              output_width(query));
    y = detail::regularize_activity(y, activity_regularizer, state.line);
    y.mask = query.mask;
    const Tensor inputs[]{query, value, key};
    note(inputs, y);
    return y;
  }

 private:
  constexpr int width() const { return value_dim > 0 ? value_dim : key_dim; }
  constexpr int output_width(const Tensor& query) const {
    return output_dim > 0 ? output_dim : query.shape.last();
  }

  /// One layer with the weights of four projections: kernel and, with use_bias, bias of each.
  constexpr void make_weights(const Tensor& query, const Tensor& value, const Tensor& key) {
    Builder& g = *query.builder;
    const int out = output_width(query);
    const Shape kernels[]{{query.shape.last(), num_heads, key_dim},
                          {key.shape.last(), num_heads, key_dim},
                          {value.shape.last(), num_heads, width()},
                          {num_heads, width(), out}};
    const Shape biases[]{{num_heads, key_dim}, {num_heads, key_dim}, {num_heads, width()}, {out}};
    const bool first = g.first_call(state);
    for (int i = 0; i < 4; ++i) {
      if (!first) {
        g.same_parameter(state, i * (use_bias ? 2 : 1), kernels[i]);
        continue;
      }
      Parameter kernel =
          detail::weight(kernels[i], {kernel_initializer, kernel_regularizer, kernel_constraint}, trainable);
      // A matrix in three axes: what it sums over, and all that it makes, heads and all.
      kernel.fan_in = i < 3 ? kernels[i][0] : detail::extent_product(num_heads, width());
      kernel.fan_out = static_cast<int>(volume(kernels[i]) / kernel.fan_in);
      g.parameter(state, kernel);
      if (use_bias)
        g.parameter(state, detail::weight(biases[i], {bias_initializer, bias_regularizer, bias_constraint},
                                          trainable));
    }
  }

  /// x kernel + bias over the last axis, with the weights of projection `index`.
  constexpr Tensor dense(const Tensor& x, int index, int units) {
    LayerState part = state;
    part.parameters = use_bias ? 2 : 1;
    part.first_parameter = static_cast<std::int16_t>(state.first_parameter + index * part.parameters);
    const ops::Dense::Attributes a{units, use_bias, linear, linear};
    return x.builder->apply(op_rule<ops::Dense>, part, pack(a), ops::Dense::shape(x.shape, a), {&x, 1});
  }
  constexpr Tensor project(const Tensor& x, int index, int features) {
    return detail::reshaped(dense(x, index, detail::extent_product(num_heads, features)),
                            {x.shape[0], num_heads, features});
  }
  constexpr Tensor heads_first(const Tensor& x) const {
    return detail::permute_step(x, {1, 0, 2, 3}, state.line);
  }

  constexpr void note(std::span<const Tensor> inputs, Tensor& y) {
    const char* const with_bias[]{"query/kernel",
                                  "query/bias",
                                  "key/kernel",
                                  "key/bias",
                                  "value/kernel",
                                  "value/bias",
                                  "attention_output/kernel",
                                  "attention_output/bias"};
    const char* const without[]{"query/kernel", "key/kernel", "value/kernel", "attention_output/kernel"};
    const std::span<const char* const> names =
        use_bias ? std::span<const char* const>(with_bias) : std::span<const char* const>(without);
    y.builder->note("MultiHeadAttention", "multi_head_attention", name, state, inputs, y, names);
  }
};

}  // namespace etch
