// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <cstdint>

/// What training asks of a weight besides its gradient, as plain numbers: a graph holds them, an op's
/// attributes too. Users name them by `L2`, `MaxNorm` and so on (train/regularizers.hpp, constraints.hpp).
namespace etch {

/// The penalty l1 * sum |w| + l2 * sum w^2, as in Keras.
struct Regularizer {
  float l1 = 0, l2 = 0;
  constexpr bool operator==(const Regularizer&) const = default;
  constexpr bool any() const { return l1 != 0 || l2 != 0; }
};

enum class ConstraintKind : std::int32_t { none, max_norm, non_negative, unit_norm, min_max_norm };

/// Where a weight must lie after each update. Norms run over `axes` axes from `axis` on.
struct Constraint {
  ConstraintKind kind = ConstraintKind::none;
  float a = 0;     ///< the largest norm
  float b = 0;     ///< min_max_norm: the smallest norm
  float rate = 1;  ///< min_max_norm: how much of the way to the allowed norms one step goes
  std::int32_t axis = 0;
  std::int32_t axes = 1;
  constexpr bool operator==(const Constraint&) const = default;
  constexpr bool any() const { return kind != ConstraintKind::none; }
};

}  // namespace etch
