// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/activation.hpp>
#include <etch/layers/permute.hpp>

namespace etch::detail {

/// The steps that attention layers are made of. Heads are the first axis: [heads, time, features].

/// scale a b^T: how much each query [heads, m, k] has to do with each key [heads, n, k], [heads, m, n].
constexpr Tensor attention_scores(const Tensor& query, const Tensor& key, float scale, int line) {
  const int heads = query.shape[0], m = query.shape[1], n = key.shape[1];
  const kernels::MatMul product{heads, m, n, query.shape[2], 0, 1, scale};
  LayerState none{line};
  const Tensor inputs[]{query, key};
  return query.builder->apply(op_rule<ops::MatMul>, none, pack(product), {heads, m, n}, inputs);
}

/// The mask of a sequence of `time` steps, as an operand.
constexpr Tensor mask_tensor(Builder* builder, std::int16_t mask, int time) {
  Tensor tensor{builder, mask};
  tensor.shape = {time};
  return tensor;
}

/// Shares of the keys for each query: softmax over the last axis of the scores, without the keys that `mask`
/// (a value [n], or -1) leaves out and, if `causal`, those that come after the query.
constexpr Tensor attention_shares(const Tensor& scores, bool causal, std::int16_t mask, int line) {
  if (!causal && mask < 0) return apply_activation(scores, softmax, line);
  const int heads = scores.shape[0], queries = scores.shape[1], keys = scores.shape[2];
  const ops::Softmax::Attributes a{heads * queries, keys, 1, 0, causal, queries, mask >= 0};
  const Tensor inputs[]{scores, mask_tensor(scores.builder, mask, keys)};
  LayerState none{line};
  return scores.builder->apply(op_rule<ops::Softmax>, none, pack(a), scores.shape,
                               {inputs, mask >= 0 ? 2U : 1U});
}

/// The values [heads, n, v], added up by their shares [heads, m, n]: [heads, m, v].
constexpr Tensor attended(const Tensor& shares, const Tensor& values, int line) {
  const int heads = shares.shape[0], m = shares.shape[1], n = shares.shape[2], v = values.shape[2];
  const kernels::MatMul product{heads, m, v, n};
  LayerState none{line};
  const Tensor inputs[]{shares, values};
  return shares.builder->apply(op_rule<ops::MatMul>, none, pack(product), {heads, m, v}, inputs);
}

constexpr Tensor drop_shares(const Tensor& shares, float rate, int line) {
  if (rate == 0) return shares;
  return apply_plain<ops::Dropout>(shares, ops::Dropout::Attributes{rate, shares.builder->graph.steps.count},
                                   line);
}

constexpr Tensor reshaped(Tensor x, const Shape& shape) {
  x.shape = shape;
  return x;
}

/// Checks what every attention asks of its inputs: [time, features], as many values as keys.
constexpr void check_attention(const Tensor& query, const Tensor& value, const Tensor& key, float dropout,
                               int line) {
  Builder& g = *query.builder;
  for (const Tensor& x : {query, value, key})
    g.check(x.shape.rank == 2, "attention needs inputs of 2 axes: time and features", x.shape.rank, 2, line);
  g.check(value.shape[0] == key.shape[0], "attention needs as many values as keys", value.shape[0],
          key.shape[0], line);
  g.check(dropout >= 0 && dropout < 1, "attention needs a dropout of at least 0 and below 1 (in thousandths)",
          thousandths(dropout), 999, line);
}

/// The mask of the keys: that of the values, which Keras takes, else that of the keys.
constexpr std::int16_t key_mask(const Tensor& value, const Tensor& key) {
  return value.mask >= 0 ? value.mask : key.mask;
}

}  // namespace etch::detail
