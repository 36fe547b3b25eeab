// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/layer.hpp>

namespace etch {

namespace detail {
/// The mask that tells which steps of x [time, ...] have an element other than `value`.
constexpr Tensor compute_mask(const Tensor& x, float value, int line) {
  LayerState none{line};
  return x.builder->apply(op_rule<ops::ComputeMask>, none, pack(ops::ComputeMask::Attributes{value}),
                          {x.shape[0]}, {&x, 1});
}
}  // namespace detail

/// Leaves out the steps of a sequence [time, features] whose elements all are `mask_value`: the layers after
/// it that know masks skip them. The steps that are left out become 0, as in Keras.
struct Masking {
  float mask_value = 0;
  const char* name = nullptr;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    g.check(x.shape.rank == 2, "Masking needs an input [time, features]", x.shape.rank, 2, state.line);
    if (g.graph.fault) return detail::stopped(x);
    const Tensor inputs[]{x, detail::compute_mask(x, mask_value, state.line)};
    LayerState none{state.line};
    Tensor y = g.apply(op_rule<ops::ApplyMask>, none, pack(ops::ApplyMask::Attributes{}), x.shape, inputs);
    y.mask = inputs[1].value;
    g.note("Masking", "masking", name, state, {inputs, 1}, y);
    return y;
  }
};

}  // namespace etch
