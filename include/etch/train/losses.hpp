// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/loss_kind.hpp>

#include <concepts>

/// Keras 3's losses, with its names, formulas and defaults. t is the target and p the prediction, n the
/// extent of the last axis, mean and sum run over that axis, epsilon is 1e-7. Each is the loss of one
/// position (an index of all axes but the last); a sample's loss is the mean of its positions, and training
/// lowers the mean over samples.
///
/// A loss is a type with `kind`, `from_logits`, `user`, `name` and `parameters()`. Members such as `delta`
/// are run-time numbers: another value makes no other code.
namespace etch {

/// mean((p - t)^2)
struct MeanSquaredError {
  static constexpr LossKind kind = LossKind::mean_squared_error;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "mean_squared_error";
  constexpr LossParameters parameters() const { return {}; }
};

/// mean(|p - t|)
struct MeanAbsoluteError {
  static constexpr LossKind kind = LossKind::mean_absolute_error;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "mean_absolute_error";
  constexpr LossParameters parameters() const { return {}; }
};

/// 100 mean(|t - p| / max(|t|, epsilon))
struct MeanAbsolutePercentageError {
  static constexpr LossKind kind = LossKind::mean_absolute_percentage_error;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "mean_absolute_percentage_error";
  constexpr LossParameters parameters() const { return {}; }
};

/// mean((log(max(p, epsilon) + 1) - log(max(t, epsilon) + 1))^2)
struct MeanSquaredLogarithmicError {
  static constexpr LossKind kind = LossKind::mean_squared_logarithmic_error;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "mean_squared_logarithmic_error";
  constexpr LossParameters parameters() const { return {}; }
};

/// mean of (p - t)^2 / 2 up to |p - t| = delta, beyond it delta |p - t| - delta^2 / 2 (Huber 1964).
struct Huber {
  static constexpr LossKind kind = LossKind::huber;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "huber";
  float delta = 1;
  constexpr LossParameters parameters() const { return {delta}; }
};

/// mean(log(cosh(p - t)))
struct LogCosh {
  static constexpr LossKind kind = LossKind::log_cosh;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "log_cosh";
  constexpr LossParameters parameters() const { return {}; }
};

/// mean(p - t log(p + epsilon))
struct Poisson {
  static constexpr LossKind kind = LossKind::poisson;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "poisson";
  constexpr LossParameters parameters() const { return {}; }
};

/// sum(t log(t / p)), both clipped to [epsilon, 1].
struct KLDivergence {
  static constexpr LossKind kind = LossKind::kl_divergence;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "kl_divergence";
  constexpr LossParameters parameters() const { return {}; }
};

/// mean(max(1 - t p, 0)). Targets are -1 or 1; where a batch has only 0 and 1, 0 stands for -1.
struct Hinge {
  static constexpr LossKind kind = LossKind::hinge;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "hinge";
  constexpr LossParameters parameters() const { return {}; }
};

/// mean(max(1 - t p, 0)^2), with the targets of `Hinge`.
struct SquaredHinge {
  static constexpr LossKind kind = LossKind::squared_hinge;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "squared_hinge";
  constexpr LossParameters parameters() const { return {}; }
};

/// max(max((1 - t) p) - sum(t p) + 1, 0), for one-hot targets.
struct CategoricalHinge {
  static constexpr LossKind kind = LossKind::categorical_hinge;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "categorical_hinge";
  constexpr LossParameters parameters() const { return {}; }
};

/// -sum(t p) / (max(|t|, epsilon) max(|p|, epsilon)) with the Euclidean norms: from -1 (same direction) to 1.
struct CosineSimilarity {
  static constexpr LossKind kind = LossKind::cosine_similarity;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "cosine_similarity";
  constexpr LossParameters parameters() const { return {}; }
};

/// -mean(t log(p) + (1 - t) log(1 - p)), p clipped to [epsilon, 1 - epsilon]. `label_smoothing` s in [0, 1]
/// moves targets to t (1 - s) + s / 2.
struct BinaryCrossentropy {
  static constexpr LossKind kind = LossKind::binary_crossentropy;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "binary_crossentropy";
  float label_smoothing = 0;
  constexpr LossParameters parameters() const { return {label_smoothing}; }
};

/// Binary cross-entropy of an element times (1 - q)^gamma, where q = t p + (1 - t)(1 - p) (Lin et al. 2017,
/// arXiv:1708.02002); with `apply_class_balancing` also times t alpha + (1 - t)(1 - alpha).
struct BinaryFocalCrossentropy {
  static constexpr LossKind kind = LossKind::binary_focal_crossentropy;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "binary_focal_crossentropy";
  bool apply_class_balancing = false;
  float alpha = 0.25f;
  float gamma = 2;
  float label_smoothing = 0;
  constexpr LossParameters parameters() const {
    return {gamma, apply_class_balancing ? alpha : -1.0f, 1, label_smoothing};
  }
};

/// -sum(t log(p)), p clipped to [epsilon, 1 - epsilon]: predictions are probabilities (Keras also divides by
/// their sum). `label_smoothing` s in [0, 1] moves targets to t (1 - s) + s / n.
struct CategoricalCrossentropy {
  static constexpr LossKind kind = LossKind::categorical_crossentropy;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "categorical_crossentropy";
  float label_smoothing = 0;
  constexpr LossParameters parameters() const { return {label_smoothing}; }
};

/// -sum(alpha (1 - q)^gamma t log(q)) with q = p / sum(p), clipped to [epsilon, 1 - epsilon].
struct CategoricalFocalCrossentropy {
  static constexpr LossKind kind = LossKind::categorical_focal_crossentropy;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "categorical_focal_crossentropy";
  float alpha = 0.25f;
  float gamma = 2;
  float label_smoothing = 0;
  constexpr LossParameters parameters() const { return {gamma, alpha, 1, label_smoothing}; }
};

/// -log(p[class]), p clipped to [epsilon, 1 - epsilon]: predictions are probabilities. Targets are class
/// indices, one a position. A position of class `ignore_class` counts as masked.
struct SparseCategoricalCrossentropy {
  static constexpr LossKind kind = LossKind::sparse_categorical_crossentropy;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "sparse_categorical_crossentropy";
  static constexpr int no_class = -2147483647;
  int ignore_class = no_class;
  constexpr LossParameters parameters() const {
    return {static_cast<float>(ignore_class), ignore_class == no_class ? 0.0f : 1.0f};
  }
};

/// 1 - 2 sum(t p) / (sum(t) + sum(p) + epsilon) over all axes of a sample: Keras's `axis` of all but the
/// batch. No mask.
struct Dice {
  static constexpr LossKind kind = LossKind::dice;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "dice";
  constexpr LossParameters parameters() const { return {}; }
};

/// 1 - I / (I + alpha sum((1 - t) p) + beta sum(t (1 - p)) + epsilon), I = sum(t p), over all axes of a
/// sample: alpha weighs false positives and beta false negatives (Salehi et al. 2017, arXiv:1706.05721; Keras
/// had the two interchanged until July 2026). No mask.
struct Tversky {
  static constexpr LossKind kind = LossKind::tversky;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = nullptr;
  static constexpr const char* name = "tversky";
  float alpha = 0.5f;
  float beta = 0.5f;
  constexpr LossParameters parameters() const { return {alpha, beta}; }
};

/// The same loss for a model whose output is before softmax or sigmoid: Keras's `from_logits=True`, as a
/// type, since it decides which code is made.
template <class Loss>
struct FromLogits : Loss {
  static_assert(takes_logits(Loss::kind), "FromLogits takes a cross-entropy");
  static constexpr bool from_logits = true;
};

namespace detail {
/// Whether a user's type has what `CustomLoss` calls.
template <class Loss>
concept LossRow = requires(const float* p, const double* q, float* slope, double* slope_double) {
  { Loss::name } -> std::convertible_to<const char*>;
  { Loss::template row<float>(p, p, slope, 1) } -> std::same_as<float>;
  { Loss::template row<double>(q, q, slope_double, 1) } -> std::same_as<double>;
};
template <class Loss>
inline constexpr LossOp loss_op{Loss::name, &Loss::template row<float>, &Loss::template row<double>};
}  // namespace detail

/// A loss of the user's own. `Loss` has
///   static constexpr const char* name = "contrastive";
///   template <class T> static T row(const T* prediction, const T* target, T* slope, int n);
/// `row` gives the loss of one position (`n` predictions, the last axis) and, unless `slope` is null, writes
/// its derivative by each prediction; T is float, or double where gradients are checked.
template <class Loss>
struct CustomLoss {
  static_assert(detail::LossRow<Loss>,
                "a user's loss needs a name and template <class T> static T row(const T* prediction, const "
                "T* target, T* slope, int n)");
  static constexpr LossKind kind = LossKind::user;
  static constexpr bool from_logits = false;
  static constexpr const LossOp* user = &detail::loss_op<Loss>;
  static constexpr const char* name = Loss::name;
  constexpr LossParameters parameters() const { return {}; }
};

}  // namespace etch
