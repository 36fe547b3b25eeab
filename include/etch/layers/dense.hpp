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
  Initializer bias_initializer = Initializer::zeros;
  Regularizer kernel_regularizer{}, bias_regularizer{}, activity_regularizer{};
  Constraint kernel_constraint{}, bias_constraint{};
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
      g.parameter(state, detail::weight(kernel, {kernel_initializer, kernel_regularizer, kernel_constraint},
                                        trainable));
      if (use_bias)
        g.parameter(
            state, detail::weight({units}, {bias_initializer, bias_regularizer, bias_constraint}, trainable));
    } else {
      g.same_parameter(state, 0, kernel);
    }
    const ops::Dense::Attributes attributes{units, use_bias, linear, linear};
    const Tensor inputs[]{x};
    Tensor y =
        g.apply(op_rule<ops::Dense>, state, pack(attributes), ops::Dense::shape(x.shape, attributes), inputs);
    y = detail::apply_activation(y, activation, state.line);
    y = detail::regularize_activity(y, activity_regularizer, state.line);
    y.mask = x.mask;
    const char* const names[]{"kernel", "bias"};
    g.note("Dense", "dense", name, state, inputs, y, names);
    return y;
  }

  bool allow_axes = false;  ///< true: apply to the last axis of an input of more axes, as Keras does silently
};

}  // namespace etch
