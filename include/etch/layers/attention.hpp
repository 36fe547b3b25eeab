// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/attention_steps.hpp>

namespace etch {

/// Dot-product attention (Luong et al. 2015): softmax(scale query key^T) value.
/// Inputs query [m, dim], value [n, v] and key [n, dim] (left out: the value); result [m, v]. Parameter, with
/// use_scale: scale [1] one. Masks: masked values are not attended to; where the query is masked the result
/// is 0. `use_causal_mask`: query i sees the first i + 1 keys (in Keras an argument of the call).
struct Attention {
  bool use_scale = false;
  float dropout = 0;
  bool use_causal_mask = false;
  const char* name = nullptr;
  bool trainable = true;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& query, const Tensor& value) {
    return (*this)(query, value, value);
  }
  constexpr Tensor operator()(const Tensor& query, const Tensor& value, const Tensor& key) {
    Builder& g = *query.builder;
    detail::check_attention(query, value, key, dropout, state.line);
    g.check(query.shape.last() == key.shape.last(), "Attention needs queries and keys of one width",
            query.shape.last(), key.shape.last(), state.line);
    if (g.graph.fault) return detail::stopped(query);
    if (use_scale && g.first_call(state))
      g.parameter(state, detail::weight({1}, {Initializer::ones}, trainable));
    const auto one_head = [](const Tensor& x) { return detail::reshaped(x, {1, x.shape[0], x.shape[1]}); };
    Tensor y = detail::attention_scores(one_head(query), one_head(key), 1.0f, state.line);
    if (use_scale)
      y = g.apply(op_rule<ops::LearnedScale>, state, pack(ops::LearnedScale::Attributes{}), y.shape, {&y, 1});
    y = detail::attention_shares(y, use_causal_mask, detail::key_mask(value, key), state.line);
    y = detail::drop_shares(y, dropout, state.line);
    y = detail::attended(y, one_head(value), state.line);
    y = detail::reshaped(y, {query.shape[0], value.shape[1]});
    if (query.mask >= 0) y = without_masked(y, query.mask);
    const Tensor inputs[]{query, value, key};
    const char* const names[]{"scale"};
    g.note("Attention", "attention", name, state, inputs, y, names);
    return y;
  }

 private:
  constexpr Tensor without_masked(const Tensor& x, std::int16_t mask) const {
    const Tensor inputs[]{x, detail::mask_tensor(x.builder, mask, x.shape[0])};
    LayerState none{state.line};
    Tensor y =
        x.builder->apply(op_rule<ops::ApplyMask>, none, pack(ops::ApplyMask::Attributes{}), x.shape, inputs);
    y.mask = mask;
    return y;
  }
};

}  // namespace etch
