// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/rewrite.hpp>

namespace etch {

/// What a step of floats becomes in an int8 model.
constexpr Int8Form int8_form(const Step& step) {
  if (step.repeat != 1) return Int8Form::real;
  return visit_op(step.op, [&](auto op) { return decltype(op)::int8_form(step); });
}

/// Whether the function is a bound of a result: none, ReLU or ReLU6.
constexpr bool is_bound(ActivationKind kind) {
  return kind == ActivationKind::linear || kind == ActivationKind::relu || kind == ActivationKind::relu6;
}

}  // namespace etch
