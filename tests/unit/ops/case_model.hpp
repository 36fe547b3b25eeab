// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/layers/layers.hpp>

#include "step_graph.hpp"

#include <vector>

namespace etch::test {

inline Shape shape_of(const StepOperands& o, int k, const StepCase& c) {
  if (k == 0) return c.in;
  if (k == o.inputs + o.weights) return c.out;
  return {static_cast<int>(o.item[k].elements)};
}

/// The first result of a case's step, as a model that trains. All that it reads and that has a gradient
/// depends on weights.
template <class Op>
Tensor result_of(Builder& g, const StepCase& c) {
  const StepOperands o = test::operands_of(op_code<Op>, c);
  std::vector<Tensor> inputs;
  for (int k = 0; k < o.inputs; ++k) {
    const Shape shape = shape_of(o, k, c);
    const bool mask = k == o.inputs - 1 && StepCases<Op>::masked(c);
    inputs.push_back(mask ? g.input(shape) : Reshape{shape}(Dense{shape.size()}(g.input({3}))));
  }
  LayerState state{};
  if (o.weights > 0) g.first_call(state);
  for (int k = 0; k < o.weights; ++k)
    g.parameter(state, {.shape = shape_of(o, o.inputs + k, c),
                        .initializer = Initializer::ones,
                        .trainable = k < o.weights - StepCases<Op>::statistics(c)});
  std::vector<Shape> outs;
  for (int k = o.inputs + o.weights; k < o.count(); ++k) outs.push_back(shape_of(o, k, c));
  std::vector<Tensor> results(outs.size());
  Words attributes = c.attributes;
  Op::split_activation(attributes);  // only predictions have one
  g.apply_many(op_rule<Op>, state, attributes, outs, inputs, results, c.primitive);
  return results[0];
}

}  // namespace etch::test
