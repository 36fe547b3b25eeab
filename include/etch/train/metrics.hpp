// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <span>

namespace etch {

/// What a metric sees of one batch: predictions and targets, row by row. A row is one position: a sample
/// whose output has several axes counts once for each index of all but the last. Classes are set for sparse
/// labels only; weights, one a row, are null where all are 1.
struct MetricBatch {
  int rows = 0, elements = 0;
  const float* predictions = nullptr;
  const float* targets = nullptr;
  const std::int32_t* classes = nullptr;
  const float* weights = nullptr;
};

namespace detail {
/// The first largest element, as argmax has it.
inline int argmax(const float* x, int n) {
  int best = 0;
  for (int i = 1; i < n; ++i)
    if (x[i] > x[best]) best = i;
  return best;
}
}  // namespace detail

/// Share of right predictions, chosen by the targets as Keras chooses: class indices, one-hot rows, or, for
/// one output element, a threshold of 0.5.
struct Accuracy {
  static constexpr const char* name = "accuracy";
  static constexpr const char* val_name = "val_accuracy";
  std::uint32_t right = 0, seen = 0;

  void reset() { right = seen = 0; }
  void update(const MetricBatch& b) {
    for (int r = 0; r < b.rows; ++r) right += is_right(b, r) ? 1u : 0u;
    seen += static_cast<std::uint32_t>(b.rows);
  }
  float result() const { return seen ? static_cast<float>(right) / static_cast<float>(seen) : 0.0f; }

 private:
  static bool is_right(const MetricBatch& b, int r) {
    const float* p = b.predictions + r * b.elements;
    if (b.classes) return detail::argmax(p, b.elements) == b.classes[r];
    const float* t = b.targets + r * b.elements;
    if (b.elements == 1) return (p[0] > 0.5f) == (t[0] > 0.5f);
    return detail::argmax(p, b.elements) == detail::argmax(t, b.elements);
  }
};

/// Mean of |prediction - target| over elements.
struct MeanAbsoluteErrorMetric {
  static constexpr const char* name = "mae";
  static constexpr const char* val_name = "val_mae";
  float sum = 0;
  std::uint32_t seen = 0;
  void reset() { sum = 0, seen = 0; }
  void update(const MetricBatch& b) {
    if (!b.targets) return;
    for (int i = 0; i < b.rows * b.elements; ++i) {
      const float d = b.predictions[i] - b.targets[i];
      sum += d < 0 ? -d : d;
    }
    seen += static_cast<std::uint32_t>(b.rows * b.elements);
  }
  float result() const { return seen ? sum / static_cast<float>(seen) : 0.0f; }
};

}  // namespace etch
