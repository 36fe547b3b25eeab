// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/ops/op_list.hpp>

namespace etch::detail {

/// How many steps read each value; outputs of the model count as one more reader.
template <Sizes S>
struct Uses {
  int count[S.values > 0 ? S.values : 1]{};
};

template <Sizes S>
constexpr Uses<S> uses_of(const Graph<S>& g) {
  Uses<S> uses;
  for (int s = 0; s < g.steps.count; ++s)
    for (int k = 0; k < g.steps.item[s].inputs; ++k) {
      const int v = g.operand(g.steps.item[s], k);
      if (v >= 0) ++uses.count[v];
    }
  for (int k = 0; k < g.outputs.count; ++k) ++uses.count[g.outputs.item[k]];
  return uses;
}

/// Appends a step with its operands; `Operand` lists hold inputs first.
template <Sizes S, int N>
constexpr void append_step(Graph<S>& g, Step step, const std::int16_t (&operands)[N], int inputs,
                           int outputs) {
  step.first = g.operands.count;
  step.inputs = static_cast<std::uint8_t>(inputs);
  step.outputs = static_cast<std::uint8_t>(outputs);
  for (int i = 0; i < inputs + outputs; ++i) g.operands.push(operands[i]);
  g.steps.push(step);
}

template <Sizes S>
constexpr std::int16_t append_value(Graph<S>& g, int elements, Role role, bool per_row) {
  return static_cast<std::int16_t>(g.values.push({elements, role, per_row}));
}

/// Copies everything but the steps and the stage.
template <Sizes To, Sizes From>
constexpr void copy_values(const Graph<From>& from, Graph<To>& to) {
  to.numerics = from.numerics;
  for (int i = 0; i < from.parameters.count; ++i) to.parameters.push(from.parameters.item[i]);
  for (int i = 0; i < from.values.count; ++i) to.values.push(from.values.item[i]);
  for (int i = 0; i < from.inputs.count; ++i) to.inputs.push(from.inputs.item[i]);
  for (int i = 0; i < from.outputs.count; ++i) to.outputs.push(from.outputs.item[i]);
  for (int i = 0; i < from.input_shapes.count; ++i) to.input_shapes.push(from.input_shapes.item[i]);
  for (int i = 0; i < from.output_shapes.count; ++i) to.output_shapes.push(from.output_shapes.item[i]);
  for (int i = 0; i < from.output_masks.count; ++i) to.output_masks.push(from.output_masks.item[i]);
}

/// The function of an activation step that other steps may take in: element-wise and without parameters of
/// its own. Linear where there is none.
constexpr ActivationKind plain_activation(const Step& step) {
  if (step.op != op_code<ops::Activation>) return ActivationKind::linear;
  return unpack<ops::Activation::Attributes>(step.attributes).kind;
}

constexpr NormFold norm_fold(const Step& step) {
  return visit_op(step.op, [&](auto op) { return decltype(op)::norm_fold(step); });
}

/// Elements that one sample of the model takes of a value that a step asks for.
constexpr int sample_elements(const Step& step, const Value& v) {
  return v.per_row ? v.elements * step.repeat : v.elements;
}

/// Gives a step the scratch that its kernel asks for in this phase, as its last result; -1 where it asks
/// none.
template <Sizes S>
constexpr std::int16_t append_scratch(Graph<S>& g, const Step& step,
                                      kernels::KernelSets sets = kernels::every_set) {
  const Value wanted = scratch_of(step, sets);
  if (wanted.elements == 0) return -1;
  const std::int16_t scratch =
      append_value(g, sample_elements(step, wanted), Role::temporary, wanted.per_row);
  g.values.item[scratch].type = wanted.type;
  return scratch;
}

}  // namespace etch::detail
