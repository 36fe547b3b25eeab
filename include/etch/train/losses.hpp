// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/loss.hpp>

namespace etch {

/// Keras's losses.
struct SparseCategoricalCrossentropy {
  static constexpr bool from_logits = false;
  static constexpr LossKind kind = LossKind::sparse_categorical_crossentropy;
};
struct CategoricalCrossentropy {
  static constexpr bool from_logits = false;
  static constexpr LossKind kind = LossKind::categorical_crossentropy;
};
struct BinaryCrossentropy {
  static constexpr bool from_logits = false;
  static constexpr LossKind kind = LossKind::binary_crossentropy;
};
struct MeanSquaredError {
  static constexpr bool from_logits = false;
  static constexpr LossKind kind = LossKind::mean_squared_error;
};
struct MeanAbsoluteError {
  static constexpr bool from_logits = false;
  static constexpr LossKind kind = LossKind::mean_absolute_error;
};

/// The same cross-entropy for a model whose output is before softmax or sigmoid: Keras's `from_logits=True`,
/// as a type, since it decides which code is made.
template <class Loss>
struct FromLogits : Loss {
  static_assert(Loss::kind != LossKind::mean_squared_error && Loss::kind != LossKind::mean_absolute_error,
                "FromLogits takes a cross-entropy");
  static constexpr bool from_logits = true;
};

}  // namespace etch
