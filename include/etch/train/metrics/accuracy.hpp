// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/metrics/metric.hpp>

namespace etch {

/// Share of right predictions, chosen by the targets as Keras chooses for "accuracy": class indices, one-hot
/// rows, or, for one output element, a threshold of 0.5.
struct Accuracy {
  static constexpr const char* name = "accuracy";
  detail::WeightedMean mean{};

  constexpr void reset() { mean = {}; }
  constexpr void update(const MetricBatch& b) {
    for (int r = 0; r < b.rows; ++r) mean.add(is_right(b, r) ? 1.0f : 0.0f, b.weight(r));
  }
  constexpr float result() const { return mean.result(); }

 private:
  static constexpr bool is_right(const MetricBatch& b, int r) {
    if (b.elements > 1 || b.classes) return detail::tells_class(b, r);
    return !detail::has_nan(b.row(r), 1) && (b.row(r)[0] > 0.5f) == (b.targets[r] > 0.5f);
  }
};

/// Mean over elements of whether the prediction is on the target's side of `threshold`; targets are 0 and 1.
struct BinaryAccuracy {
  static constexpr const char* name = "binary_accuracy";
  float threshold = 0.5f;
  detail::WeightedMean mean{};

  constexpr void reset() { mean = {}; }
  constexpr void update(const MetricBatch& b) {
    for (int r = 0; r < b.rows; ++r) {
      int right = 0;
      for (int i = 0; i < b.elements; ++i) {
        const float p = b.row(r)[i];
        right += p == p && (p > threshold ? 1.0f : 0.0f) == b.target(r, i) ? 1 : 0;
      }
      mean.add(static_cast<float>(right) / static_cast<float>(b.elements), b.weight(r));
    }
  }
  constexpr float result() const { return mean.result(); }
};

/// Share of rows whose target class is among the `k` largest predictions; of equal ones, all are or none.
struct TopKCategoricalAccuracy {
  static constexpr const char* name = "top_k_categorical_accuracy";
  int k = 5;
  detail::WeightedMean mean{};

  constexpr void reset() { mean = {}; }
  constexpr void update(const MetricBatch& b) {
    for (int r = 0; r < b.rows; ++r) mean.add(is_found(b, r) ? 1.0f : 0.0f, b.weight(r));
  }
  constexpr float result() const { return mean.result(); }

 private:
  constexpr bool is_found(const MetricBatch& b, int r) const {
    const int wanted = detail::class_of(b, r);
    if (wanted < 0 || wanted >= b.elements || detail::has_nan(b.row(r), b.elements)) return false;
    return detail::rank_of(b.row(r), b.elements, wanted, false) < k;
  }
};
/// The same of class indices, under Keras's name.
struct SparseTopKCategoricalAccuracy : TopKCategoricalAccuracy {
  static constexpr const char* name = "sparse_top_k_categorical_accuracy";
};

/// Share of rows whose largest prediction is the target's class.
struct CategoricalAccuracy {
  static constexpr const char* name = "categorical_accuracy";
  detail::WeightedMean mean{};

  constexpr void reset() { mean = {}; }
  constexpr void update(const MetricBatch& b) {
    for (int r = 0; r < b.rows; ++r) mean.add(detail::tells_class(b, r) ? 1.0f : 0.0f, b.weight(r));
  }
  constexpr float result() const { return mean.result(); }
};
/// The same of class indices, under Keras's name.
struct SparseCategoricalAccuracy : CategoricalAccuracy {
  static constexpr const char* name = "sparse_categorical_accuracy";
};

}  // namespace etch
