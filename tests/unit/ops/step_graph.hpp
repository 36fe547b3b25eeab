// SPDX-License-Identifier: BSL-1.0
#pragma once
#include "step_cases.hpp"

namespace etch::test {

/// The operands that the rule of a case's op asks for; three elements where it asks for no number.
constexpr StepOperands operands_of(int op, const StepCase& c) {
  StepOperands o = rule_of(op).operands(step_of(op, c), {{volume(c.in), c.x}, {volume(c.out), c.y}});
  for (Operand& operand : o.item)
    if (operand.elements == Operand::any) operand.elements = 3;
  return o;
}

namespace detail {

constexpr Shape shape_of(const Operand& operand) { return {static_cast<int>(operand.elements)}; }

template <class G>
constexpr std::int16_t add_value(G& g, const Operand& operand, Role role) {
  const bool weight = role == Role::parameter;
  if (weight) g.parameters.push({.shape = shape_of(operand), .type = operand.type});
  return static_cast<std::int16_t>(
      g.values.push({static_cast<int>(operand.elements), role, !weight, operand.type}));
}

template <class G>
constexpr void add_input(G& g, const StepOperands& o, int k, const Shape& shape) {
  Role role = Role::input;
  for (int r = o.inputs + o.weights; r < o.count(); ++r)
    if (o.item[r].again == k) role = Role::state;
  const std::int16_t v = add_value(g, o.item[k], role);
  g.operands.push(v);
  if (role == Role::state) return;
  g.inputs.push(v);
  g.input_shapes.push(shape);
}

template <class G>
constexpr void add_result(G& g, const Operand& result, const Shape& shape) {
  if (result.again >= 0) {
    g.operands.push(g.operands[result.again]);
    return;
  }
  const std::int16_t v = add_value(g, result, Role::temporary);
  g.operands.push(v);
  g.outputs.push(v);
  g.output_shapes.push(shape);
  g.output_masks.push(-1);
}

}  // namespace detail

/// Makes an empty graph one of a single step, whose values are those that its op asks for. All of its results
/// are outputs, and all inputs that are no states are the model's.
template <class G>
constexpr void put_step(G& g, int op, const StepCase& c) {
  Step step = step_of(op, c);
  const StepOperands o = operands_of(op, c);
  const int weights = o.inputs, results = weights + o.weights;
  for (int k = weights; k < results; ++k) detail::add_value(g, o.item[k], Role::parameter);
  for (int k = 0; k < o.inputs; ++k) detail::add_input(g, o, k, k == 0 ? c.in : detail::shape_of(o.item[k]));
  for (int k = 0; k < o.weights; ++k) g.operands.push(static_cast<std::int16_t>(k));
  for (int k = results; k < o.count(); ++k)
    detail::add_result(g, o.item[k], k == results ? c.out : detail::shape_of(o.item[k]));
  step.inputs = static_cast<std::uint8_t>(results);
  step.parameters = static_cast<std::uint8_t>(o.weights);
  step.outputs = static_cast<std::uint8_t>(o.results);
  g.steps.push(step);
}

}  // namespace etch::test
