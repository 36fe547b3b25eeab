// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/differentiation.hpp>

namespace etch::detail {

/// The last softmax or sigmoid and its cross-entropy differentiate together: exact, and no division.
template <Sizes S>
constexpr bool goes_through(const Differentiation<S>& d, int prediction, const LossSpec& spec) {
  const int s = d.producer[prediction];
  if (s < 0 || spec.logits || d.uses.count[prediction] != 1) return false;
  const ActivationKind kind = plain_activation(d.from.steps.item[s]);
  switch (spec.kind) {
    case LossKind::sparse_categorical_crossentropy:
    case LossKind::categorical_crossentropy:
      return kind == ActivationKind::softmax;
    case LossKind::binary_crossentropy:
      return kind == ActivationKind::sigmoid;
    default:
      return false;
  }
}

template <Sizes S>
constexpr void append_losses(Differentiation<S>& d) {
  const int n = d.out.outputs = d.from.outputs.count;
  d.out.loss_step = d.to().steps.count;
  for (int k = 0; k < n; ++k) {  // the index of a label is the order of its value
    const Shape& shape = d.from.output_shapes.item[k];
    d.out.predictions[k] = d.from.outputs.item[k];
    const bool classes = takes_classes(d.options.losses[k].kind);
    d.out.labels[k] =
        append_value(d.to(), classes ? shape.size() / shape.last() : shape.size(), Role::label, true);
  }
  for (int k = 0; k < n; ++k) d.out.sample_weights[k] = append_value(d.to(), 1, Role::label, true);
  for (int k = 0; k < n; ++k) append_loss(d, k);
  d.out.loss_value = n == 1 ? d.out.loss_values[0] : append_total_loss(d);
  append_penalties(d);
  d.out.backward_step = d.to().steps.count;
}

template <Sizes S>
constexpr void append_loss(Differentiation<S>& d, int k) {
  const LossSpec& spec = d.options.losses[k];
  const std::int16_t prediction = d.out.predictions[k], mask = d.from.output_masks.item[k];
  const bool through = goes_through(d, prediction, spec);
  const Shape& shape = d.from.output_shapes.item[k];
  const bool masked = mask >= 0 && d.from.values.item[mask].elements == shape.size() / shape.last();
  Step step = make_step<ops::Loss>({spec.kind, spec.logits, through, k, masked});
  step.loss = spec.user;
  step.in_parts = d.options.in_parts;
  step.in = step.out = shape;
  std::int16_t operands[6]{prediction, d.out.labels[k], d.out.sample_weights[k]};
  int inputs = 3;
  if (masked) operands[inputs++] = mask;
  const auto slope = append_value(d.to(), shape.size(), Role::temporary, true);
  const Role role = d.options.in_parts ? Role::gradient : Role::temporary;  // a sum over all parts
  d.out.loss_values[k] = append_value(d.to(), 1, role, false);
  operands[inputs] = d.needs[prediction] ? slope : static_cast<std::int16_t>(-1);
  operands[inputs + 1] = d.out.loss_values[k];
  append_step(d.to(), step, operands, inputs, 2);
  if (!d.needs[prediction]) return;
  if (through) d.bypassed[d.producer[prediction]] = true;
  d.slope_of[k] = slope;
  d.slope_target[k] =
      through ? d.from.operand(d.from.steps.item[d.producer[prediction]], 0) : int{prediction};
}

template <Sizes S>
constexpr std::int16_t append_total_loss(Differentiation<S>& d) {
  std::int16_t operands[2 * max_trained_outputs + 1]{};
  const int n = d.out.outputs;
  for (int k = 0; k < n; ++k) {
    operands[k] = d.out.loss_values[k];
    operands[n + k] = d.out.predictions[k];
  }
  const std::int16_t total = operands[2 * n] = append_value(d.to(), 1, Role::temporary, false);
  const Step step = make_step<ops::TotalLoss>({n});
  append_step(d.to(), step, operands, 2 * n, 1);
  return total;
}

/// Adds the penalties of layers' results and of weights to the loss.
template <Sizes S>
constexpr void append_penalties(Differentiation<S>& d) {
  for (int s = 0; s < d.from.steps.count; ++s)
    if (d.live[s] && gradient_rule(d.from.steps.item[s]).penalizes) append_to_loss(d, d.saved[s][0]);
  for (int p = 0; p < d.from.parameters.count; ++p) {
    const Regularizer& regularizer = d.from.parameters.item[p].regularizer;
    if (!regularizer.any() || !d.trained(p) || d.contributions[p] == 0) continue;
    Step step = make_step<ops::Penalty>({regularizer.l1, regularizer.l2});
    step.in_parts = d.options.in_parts;
    const std::int16_t operands[]{static_cast<std::int16_t>(p), d.out.loss_value,
                                  append_value(d.to(), 1, Role::temporary, false)};
    append_step(d.to(), step, operands, 2, 1);
    d.out.loss_value = operands[2];
  }
}
template <Sizes S>
constexpr void append_to_loss(Differentiation<S>& d, std::int16_t penalty) {
  const Step step = make_step<ops::Add>({1});
  const std::int16_t operands[]{d.out.loss_value, penalty, append_value(d.to(), 1, Role::temporary, false)};
  append_step(d.to(), step, operands, 2, 1);
  d.out.loss_value = operands[2];
}

}  // namespace etch::detail
