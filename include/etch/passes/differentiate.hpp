// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/loss_steps.hpp>
#include <etch/passes/update_steps.hpp>

namespace etch {

namespace detail {

template <Sizes S>
constexpr void append_forward(Differentiation<S>& d) {
  for (int s = 0; s < d.from.steps.count; ++s) {
    if (!d.live[s]) continue;
    Step step = d.from.steps.item[s];
    const GradientRule rule = gradient_rule(step);
    std::int16_t operands[max_operands]{};
    int n = step.inputs + step.outputs;
    for (int k = 0; k < n; ++k) operands[k] = d.from.operands.item[step.first + k];
    step.phase = rule.trains_as_forward ? Phase::forward : Phase::training;
    step.in_parts = d.options.in_parts;
    for (int k = 0; k < rule.saved; ++k) {
      const Value v = visit_op(step.op, [&](auto op) { return decltype(op)::saved(step, k); });
      d.saved[s][k] = operands[n++] = append_value(d.to(), sample_elements(step, v), v.role, v.per_row);
    }
    const std::int16_t scratch = append_scratch(d.to(), step);
    if (scratch >= 0) operands[n++] = scratch;
    append_step(d.to(), step, operands, step.inputs, n - step.inputs);
  }
}

/// A gradient that may still be read elsewhere must not be overwritten: the planner sees to that by
/// lifetimes.
template <Sizes S>
constexpr void pass_through(Differentiation<S>& d, const Step& step) {
  const std::int16_t dy = d.gradient[d.from.result(step)];
  for (int k = 0; k < step.inputs; ++k)
    if (d.needs[d.from.operand(step, k)]) d.accumulate(d.from.operand(step, k), dy, false);
}

/// A parameter whose update reads more than one piece of its gradient after the other.
template <Sizes S>
constexpr bool needs_one_gradient(const Differentiation<S>& d, int p) {
  const Parameter& parameter = d.from.parameters.item[p];
  return parameter.regularizer.any() || parameter.constraint.any();
}

template <Sizes S>
constexpr bool fused(const Differentiation<S>& d, const Step& step, int first_parameter) {
  if (!d.options.fuse || d.options.in_parts || d.options.clip != kernels::Clip::none || d.options.average ||
      d.options.accumulate)
    return false;
  if (!visit_op(step.op, [](auto op) { return decltype(op)::fuses_update; })) return false;
  for (int k = first_parameter; k < step.inputs; ++k) {
    const int p = d.from.operand(step, k);
    if (!d.trained(d.weight_of(p))) continue;
    if (p >= d.from.parameters.count || d.contributions[p] != 1 || needs_one_gradient(d, p) ||
        d.from.parameters.item[p].chosen)
      return false;
  }
  return true;
}

/// A backward step may also multiply by the derivative of the activation before it, where nothing else reads
/// that activation.
template <Sizes S>
constexpr int fuse_activation_before(const Differentiation<S>& d, Step& step) {
  const int x = d.from.operand(step, 0), s = d.producer[x];
  if (s < 0 || d.uses.count[x] != 1 || !step.input_gradient) return -1;
  const ActivationKind kind = plain_activation(d.from.steps.item[s]);
  if (kind == ActivationKind::linear || !is_elementwise(kind) || !derivative_from_result(kind)) return -1;
  return fuse_input_activation(step, kind) ? s : -1;
}

using OperandList = List<std::int16_t, max_operands>;

/// The backward step of a step, without its operands.
template <Sizes S>
constexpr Step backward_of(const Differentiation<S>& d, Step step, bool fuse) {
  const int data = step.inputs - step.parameters;
  step.phase = Phase::backward;
  step.in_parts = d.options.in_parts;
  const kernels::Rule kept = step.in_parts ? kernels::Rule::sum : kernels::Rule::none;
  step.rule = step.parameters == 0 ? kernels::Rule::none : fuse ? d.options.rule : kept;
  step.input_gradient = step.trainable = false;
  for (int k = 0; k < data; ++k)
    step.input_gradient = step.input_gradient || d.needs[d.from.operand(step, k)];
  unsigned fixed = 0;
  for (int k = 0; k < step.parameters; ++k) {
    const bool trains = d.trained(d.weight_of(d.from.operand(step, data + k)));
    step.trainable = step.trainable || trains;
    if (!trains)
      fixed |= 1u << k;
    else if (const int p = d.weight_of(d.from.operand(step, data + k)); p < d.from.parameters.count)
      step.chosen = d.from.parameters.item[p].chosen;
  }
  if (step.trainable) step.fixed = static_cast<std::uint8_t>(fixed);
  return step;
}

/// What the backward step of step `s` reads of the forward pass, behind the gradients of the results.
template <Sizes S>
constexpr void push_reads(const Differentiation<S>& d, int s, const Step& backward, OperandList& operands) {
  const Step& step = d.from.steps.item[s];
  const bool reads = reads_input(backward);
  const GradientRule rule = gradient_rule(step);
  const int data = step.inputs - step.parameters;
  for (int k = 0; k < step.outputs; ++k) operands.push(d.gradient[d.from.result(step, k)]);
  for (int k = 0; rule.needs_input && k < data; ++k)
    operands.push(static_cast<std::int16_t>(reads ? d.from.operand(step, k) : -1));
  for (int k = 0; rule.needs_output && k < step.outputs; ++k)
    operands.push(d.from.operands.item[step.first + step.inputs + k]);
  for (int k = 0; k < rule.saved; ++k) operands.push(d.saved[s][k]);
  for (int k = data; k < step.inputs; ++k) operands.push(d.from.operands.item[step.first + k]);
}

/// Two operands for each weight: the slots of an update that is fused, or its gradient.
template <Sizes S>
constexpr void push_weight_gradients(Differentiation<S>& d, const Step& step, bool fuse,
                                     OperandList& operands) {
  const int slots = kernels::slots_of(d.options.rule);
  for (int k = step.inputs - step.parameters; k < step.inputs; ++k) {
    const int p = d.weight_of(d.from.operand(step, k));
    std::int16_t first = -1, second = -1;
    if (d.trained(p) && fuse) {
      if (slots > 0) first = slot(d, p, 0);
      if (slots > 1) second = slot(d, p, 1);
    } else if (d.trained(p)) {
      const Role role = d.options.in_parts ? Role::gradient : Role::temporary;
      first = append_value(d.to(), d.gradient_elements(p), role, false);
    }
    operands.push(first);
    operands.push(second);
  }
}

/// The gradients of its inputs, -1 where none is needed.
template <Sizes S>
constexpr void push_input_gradients(Differentiation<S>& d, const Step& step, OperandList& operands) {
  for (int k = 0; k < step.inputs - step.parameters; ++k) {
    const int x = d.from.operand(step, k);
    operands.push(d.needs[x] ? append_value(d.to(), d.from.values.item[x].elements, Role::temporary, true)
                             : static_cast<std::int16_t>(-1));
  }
}

template <Sizes S>
constexpr bool has_gradient(const Differentiation<S>& d, int s) {
  const Step& step = d.from.steps.item[s];
  bool wanted = false;
  for (int k = 0; k < step.outputs; ++k)
    wanted = wanted || (d.gradient[d.from.result(step, k)] >= 0 && d.needs[d.from.result(step, k)]);
  return wanted && !d.bypassed[s];
}

template <Sizes S>
constexpr void append_backward(Differentiation<S>& d, int s) {
  if (!has_gradient(d, s)) return;
  const Step& forward = d.from.steps.item[s];
  if (gradient_rule(forward).passes) return pass_through(d, forward);
  const int data = forward.inputs - forward.parameters;
  const bool fuse = fused(d, forward, data);
  Step step = backward_of(d, forward, fuse);
  const int before = fuse_activation_before(d, step);
  if (before >= 0) d.bypassed[before] = true;

  OperandList operands;
  push_reads(d, s, step, operands);
  const int weights = operands.count;
  push_weight_gradients(d, forward, fuse, operands);
  const int results = operands.count;
  push_input_gradients(d, forward, operands);
  operands.push(append_scratch(d.to(), step));
  append_step(d.to(), step, operands.item, results, operands.count - results);

  for (int k = 0; k < data; ++k) {
    const int x = d.from.operand(before >= 0 ? d.from.steps.item[before] : forward, before >= 0 ? 0 : k);
    if (operands.item[results + k] >= 0) d.accumulate(x, operands.item[results + k], false);
  }
  for (int k = 0; !fuse && k < forward.parameters; ++k) {
    const int p = d.weight_of(d.from.operand(forward, data + k));
    if (!d.trained(p)) continue;
    if (d.options.in_parts) {
      d.part_sums.push({p, operands.item[weights + 2 * k]});
      continue;
    }
    d.accumulate(p, operands.item[weights + 2 * k], true);
    if (updates_early(d) && ++d.added[p] == d.contributions[p]) append_update(d, p);
  }
}

/// The updates that wait for all gradients.
template <Sizes S>
constexpr void append_late_updates(Differentiation<S>& d, std::int16_t norm) {
  for (int p = 0; p < d.from.parameters.count; ++p) {
    if (d.gradient[p] < 0) continue;
    if (!d.options.fuse) {
      d.to().values.item[d.gradient[p]].role = Role::gradient;
      d.out.gradient_of[p] = d.gradient[p];
    }
    append_update(d, p, norm);
  }
}

template <Sizes S>
constexpr void append_training(Differentiation<S>& d) {
  append_forward(d);
  append_losses(d);
  for (int k = 0; k < d.out.outputs; ++k)
    if (d.slope_of[k] >= 0) d.accumulate(d.slope_target[k], d.slope_of[k], false);
  for (int s = d.from.steps.count - 1; s >= 0; --s) append_backward(d, s);
  if (d.options.in_parts) d.out.update_step = d.to().steps.count;
  for (int k = 0; k < d.part_sums.count; ++k)
    d.accumulate(d.part_sums.item[k].parameter, d.part_sums.item[k].value, true);
  std::int16_t norm = -1;
  if (d.options.clip == kernels::Clip::global_norm) norm = append_global_norm(d);
  if (!d.options.in_parts) d.out.update_step = d.to().steps.count;
  if (!updates_early(d)) append_late_updates(d, norm);
}

}  // namespace detail

/// Appends losses, gradients and updates to a declared graph; each output has a loss of its own.
template <Sizes S>
constexpr auto differentiate(const Graph<S>& declared, const TrainingOptions& options) {
  require_stage(declared.stage == Stage::declared,
                "differentiate takes a graph as it was declared: not one that infer or differentiate gave");
  detail::Differentiation<S> d{declared, options};
  d.out.graph.stage = Stage::training;
  d.prepare();
  detail::append_training(d);
  return d.out;
}

}  // namespace etch
