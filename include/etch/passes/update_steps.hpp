// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/differentiation.hpp>

namespace etch::detail {

/// Each update follows its gradient at once; else all wait for the last gradient.
template <Sizes S>
constexpr bool updates_early(const Differentiation<S>& d) {
  return d.options.fuse && !d.options.in_parts && d.options.clip != kernels::Clip::global_norm;
}

/// What an update needs to know of a parameter besides its gradient.
template <Sizes S>
constexpr ops::Update::Attributes update_attributes(const Differentiation<S>& d, int p) {
  const Parameter& parameter = d.from.parameters.item[p];
  ops::Update::Attributes a{d.options.rule, d.options.clip, parameter.regularizer, parameter.constraint};
  const int first = parameter.constraint.axis, end = first + parameter.constraint.axes;
  for (int axis = 0; axis < parameter.shape.rank; ++axis)
    (axis < first ? a.outer : axis < end ? a.n : a.inner) *= parameter.shape[axis];
  return a;
}
template <Sizes S>
constexpr std::int16_t slot(const Differentiation<S>& d, int p, int k) {
  return static_cast<std::int16_t>(d.out.slots_of[p] + k);
}

/// Tells a step which channels of a parameter train, where not all do.
template <Sizes S>
constexpr void note_chosen(const Differentiation<S>& d, int p, Step& step) {
  const Parameter& parameter = d.from.parameters.item[p];
  step.chosen = parameter.chosen;
  if (step.chosen) step.out = {parameter.shape.last()};
}

template <Sizes S>
constexpr void append_update(Differentiation<S>& d, int p, std::int16_t norm = -1) {
  constexpr std::int16_t none = -1;
  const int slots = kernels::slots_of(d.options.rule);
  Step step = make_step<ops::Update>(update_attributes(d, p));
  note_chosen(d, p, step);
  const std::int16_t operands[]{static_cast<std::int16_t>(p),
                                d.gradient[p],
                                slots > 0 ? slot(d, p, 0) : none,
                                slots > 1 ? slot(d, p, 1) : none,
                                d.options.average ? slot(d, p, average_slot(d.options)) : none,
                                d.options.accumulate ? slot(d, p, accumulator_slot(d.options)) : none,
                                norm};
  append_step(d.to(), step, operands, 7, 0);
}

/// The norm of all gradients, parameter by parameter.
template <Sizes S>
constexpr std::int16_t append_global_norm(Differentiation<S>& d) {
  std::int16_t norm = -1;
  for (int p = 0; p < d.from.parameters.count; ++p) {
    if (d.gradient[p] < 0) continue;
    Step step = make_step<ops::GradientNorm>({d.from.parameters.item[p].regularizer, norm < 0});
    note_chosen(d, p, step);
    const std::int16_t operands[]{
        static_cast<std::int16_t>(p), d.gradient[p],
        d.options.accumulate ? slot(d, p, accumulator_slot(d.options)) : static_cast<std::int16_t>(-1), norm,
        append_value(d.to(), 2, Role::temporary, false)};
    append_step(d.to(), step, operands, 4, 1);
    norm = operands[4];
  }
  return norm;
}

}  // namespace etch::detail
