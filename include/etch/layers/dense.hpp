// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/activation.hpp>
#include <etch/layers/layer.hpp>

namespace etch {

/// Fully connected layer over the last axis: activation(x kernel + bias).
/// Input [..., in], output [..., units]; kernel [in, units] Glorot uniform, bias [units] zeros, as in Keras.
struct Dense {
  int units = 0;
  ActivationKind activation = linear;
  bool use_bias = true;
  Initializer kernel_initializer = Initializer::glorot_uniform;
  const char* name = nullptr;
  bool trainable = true;
  LayerState state{};

  constexpr Tensor operator()(const Tensor& x) {
    Builder& g = *x.builder;
    g.check(units > 0, "Dense needs at least one unit", units, 1, state.line);
    g.check(x.shape.rank >= 1 && x.shape.rank <= Shape::max_rank, "Dense needs an input of 1 to 4 axes",
            x.shape.rank, 1, state.line);
    g.check(x.shape.rank == 1 || allow_axes, "Dense expects a rank-1 input: put Flatten before it",
            x.shape.rank, 1, state.line);
    if (g.graph.fault) return detail::stopped(x);
    const Shape kernel{x.shape.last(), units};
    if (g.first_call(state)) {
      Parameter weights = detail::kernel_parameter(kernel, kernel_initializer);
      weights.trainable = trainable;
      g.parameter(state, weights);
      if (use_bias) g.parameter(state, detail::vector_parameter(units, Initializer::zeros, trainable));
    } else {
      g.same_parameter(state, 0, kernel);
    }
    const ops::Dense::Attributes attributes{units, use_bias, linear, linear};
    const Tensor inputs[]{x};
    Tensor y =
        g.apply(op_code<ops::Dense>, state, pack(attributes), ops::Dense::shape(x.shape, attributes), inputs);
    y = detail::apply_activation(y, activation, state.line);
    const char* const names[]{"kernel", "bias"};
    g.note("Dense", "dense", name, state, inputs, y, names);
    return y;
  }

  bool allow_axes = false;  ///< true: apply to the last axis of an input of more axes, as Keras does silently
};

}  // namespace etch
