// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/weight_rules.hpp>

namespace etch {

/// Penalty l1 * sum |w|.
struct L1 {
  float l1 = 0.01f;
  constexpr operator Regularizer() const { return {l1, 0}; }
};

/// Penalty l2 * sum w^2.
struct L2 {
  float l2 = 0.01f;
  constexpr operator Regularizer() const { return {0, l2}; }
};

/// Both penalties. Defaults are none, as in Keras.
struct L1L2 {
  float l1 = 0, l2 = 0;
  constexpr operator Regularizer() const { return {l1, l2}; }
};

}  // namespace etch
