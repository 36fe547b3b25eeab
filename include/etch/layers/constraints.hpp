// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/weight_rules.hpp>

namespace etch {

/// Keras's constraints: applied to a weight after each update. `axis` and `axes` say over which axes a norm
/// runs: axis 0 for a dense kernel [in, units] (each unit's weights), axes 0 to 2 (`.axes = 3`) for the
/// kernel of a two-dimensional convolution.
struct MaxNorm {
  float max_value = 2;
  int axis = 0, axes = 1;
  constexpr operator Constraint() const { return {ConstraintKind::max_norm, max_value, 0, 1, axis, axes}; }
};

/// No weight below zero.
struct NonNeg {
  constexpr operator Constraint() const { return {ConstraintKind::non_negative, 0, 0, 1, 0, 1}; }
};

struct UnitNorm {
  int axis = 0, axes = 1;
  constexpr operator Constraint() const { return {ConstraintKind::unit_norm, 1, 0, 1, axis, axes}; }
};

/// Norms from min_value to max_value; each step goes `rate` of the way there.
struct MinMaxNorm {
  float min_value = 0, max_value = 1, rate = 1;
  int axis = 0, axes = 1;
  constexpr operator Constraint() const {
    return {ConstraintKind::min_max_norm, max_value, min_value, rate, axis, axes};
  }
};

}  // namespace etch
