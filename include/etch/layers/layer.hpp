// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/builder.hpp>
#include <etch/ops/op_list.hpp>

namespace etch::detail {

/// What a user says of one weight of a layer.
struct WeightRules {
  Initializer initializer = Initializer::zeros;
  Regularizer regularizer{};
  Constraint constraint{};
};

/// A weight with its fans as Keras counts them: the last two axes times the receptive field before them.
constexpr Parameter weight(const Shape& shape, const WeightRules& rules, bool trainable = true) {
  Parameter p{shape, rules.initializer, trainable, rules.regularizer, rules.constraint};
  const int last = shape.last(), before = shape.rank > 1 ? shape[shape.rank - 2] : last;
  // Of more elements than an array may have, it is refused when it is made.
  const int field = shape.rank > 2 && volume(shape) > 0 ? shape.size() / (last * before) : 1;
  p.fan_in = before * field;
  p.fan_out = last * field;
  return p;
}
constexpr Parameter kernel_parameter(const Shape& shape, Initializer initializer) {
  return weight(shape, {initializer});
}
constexpr Parameter vector_parameter(int n, Initializer initializer, bool trainable = true) {
  return weight({n}, {initializer}, trainable);
}

/// Adds the penalty of Keras's `activity_regularizer` to a layer's result.
constexpr Tensor regularize_activity(const Tensor& x, const Regularizer& regularizer, int line) {
  if (!regularizer.any() || x.builder->graph.fault) return x;
  LayerState none{line};
  const Tensor inputs[]{x};
  Tensor y = x.builder->apply(op_rule<ops::ActivityRegularization>, none,
                              pack(ops::ActivityRegularization::Attributes{regularizer.l1, regularizer.l2}),
                              x.shape, inputs);
  y.row = x.row;
  y.mask = x.mask;
  return y;
}

/// How a layer is called in the summary: its type, and the name it was given or the one it is numbered from.
struct LayerNames {
  const char* type;
  const char* base;
  const char* given;
};

/// A tensor that stands for the result after a mistake was recorded: the rest of the declaration runs on.
constexpr Tensor stopped(const Tensor& x) { return {x.builder, x.value, x.row, x.shape}; }

}  // namespace etch::detail
