// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <cstdint>

namespace etch {

/// Keras's losses, by Keras's names, and `user` for one that `LossOp` describes.
enum class LossKind : std::int32_t {
  sparse_categorical_crossentropy,
  categorical_crossentropy,
  binary_crossentropy,
  mean_squared_error,
  mean_absolute_error,
  mean_absolute_percentage_error,
  mean_squared_logarithmic_error,
  huber,
  log_cosh,
  poisson,
  hinge,
  squared_hinge,
  binary_focal_crossentropy,
  categorical_focal_crossentropy,
  kl_divergence,
  categorical_hinge,
  cosine_similarity,
  dice,
  tversky,
  user,
};

/// Whether the targets are class indices, one a position, instead of one number an element.
constexpr bool takes_classes(LossKind kind) { return kind == LossKind::sparse_categorical_crossentropy; }

/// Whether the loss can take predictions before softmax or sigmoid.
constexpr bool takes_logits(LossKind kind) {
  return kind == LossKind::sparse_categorical_crossentropy || kind == LossKind::categorical_crossentropy ||
         kind == LossKind::binary_crossentropy || kind == LossKind::binary_focal_crossentropy ||
         kind == LossKind::categorical_focal_crossentropy;
}

/// Whether a whole sample has one score instead of one each position.
constexpr bool scores_samples(LossKind kind) { return kind == LossKind::dice || kind == LossKind::tversky; }

/// A user's loss of one position, type-erased: the loss of `n` predictions against `n` targets, and its slope
/// by each prediction unless `slope` is null.
struct LossOp {
  const char* name;
  float (*row)(const float* prediction, const float* target, float* slope, int n);
  double (*row_double)(const double* prediction, const double* target, double* slope, int n);
};

/// A loss's run-time numbers: data, so that no kernel is made for each value.
///   huber                            a = delta
///   binary, categorical crossentropy a = label smoothing
///   sparse categorical crossentropy  a = the class to ignore, where b is not 0
///   focal crossentropies             a = gamma, b = alpha (below 0: no class balancing), c = label smoothing
///   tversky                          a = alpha, b = beta
/// `weight` is the loss's share where a model has several: it scales the gradient and not the total.
struct LossParameters {
  float a = 0, b = 0, weight = 1, c = 0;
  constexpr bool operator==(const LossParameters&) const = default;
};

namespace kernels {
using etch::LossParameters;

/// A loss over samples of `positions` times `elements` predictions: `elements` is the last axis, `positions`
/// all the others. `logits`: the prediction is before softmax or sigmoid. `through`: the prediction is a
/// softmax's or sigmoid's result and `dp` is the gradient before it, which is exact where the two steps apart
/// would divide by small numbers.
struct Loss {
  LossKind kind = LossKind::mean_squared_error;
  int positions = 1, elements = 1;
  int logits = 0, through = 0, gradient = 1;  // truth values
  const LossOp* user = nullptr;
  constexpr bool operator==(const Loss&) const = default;
};

}  // namespace kernels
}  // namespace etch
