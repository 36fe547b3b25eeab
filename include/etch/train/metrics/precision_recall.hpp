// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/fault.hpp>
#include <etch/train/metrics/metric.hpp>

namespace etch {

namespace detail {

/// What counts as a positive prediction, by Keras's arguments of Precision and Recall. Without a threshold of
/// its own `top_k` has none.
struct Decision {
  float threshold;
  int top_k, class_id;

  constexpr bool positive(const float* row, int n, int i) const {
    if (row[i] != row[i] || (top_k > 0 && rank_of(row, n, i, true) >= top_k)) return false;
    return threshold >= 0 ? row[i] > threshold : top_k > 0 || row[i] > 0.5f;
  }
  /// Calls `f(predicted, true, weight)` for every element that takes part.
  template <class F>
  constexpr void each(const MetricBatch& b, const F& f) const {
    if (class_id >= b.elements) fail("Precision and Recall take a class_id below the number of outputs");
    const int first = class_id >= 0 ? class_id : 0, end = class_id >= 0 ? class_id + 1 : b.elements;
    for (int r = 0; r < b.rows; ++r)
      for (int i = first; i < end; ++i)
        f(positive(b.row(r), b.elements, i), b.target(r, i) != 0.0f, b.weight(r));
  }
};

}  // namespace detail

/// true positives / (true positives + false positives), over all elements, or those of class `class_id`. A
/// prediction above `threshold` is positive; with `top_k`, one that is among the largest of its row, and
/// above the threshold if one is given. 0 where nothing is positive.
struct Precision {
  static constexpr const char* name = "precision";
  float threshold = -1;  ///< below 0: 0.5, or none with `top_k`
  int top_k = 0;         ///< 0: by threshold alone
  int class_id = -1;     ///< -1: all classes
  detail::Sum true_positives{}, false_positives{};

  constexpr void reset() { true_positives = false_positives = {}; }
  constexpr void update(const MetricBatch& b) {
    detail::Decision{threshold, top_k, class_id}.each(b, [&](bool predicted, bool is, float weight) {
      if (predicted) (is ? true_positives : false_positives).add(weight);
    });
  }
  constexpr float result() const {
    const float right = true_positives.result();
    return detail::share(right, right + false_positives.result());
  }
};

/// true positives / (true positives + false negatives), with the arguments of `Precision`.
struct Recall {
  static constexpr const char* name = "recall";
  float threshold = -1;
  int top_k = 0;
  int class_id = -1;
  detail::Sum true_positives{}, false_negatives{};

  constexpr void reset() { true_positives = false_negatives = {}; }
  constexpr void update(const MetricBatch& b) {
    detail::Decision{threshold, top_k, class_id}.each(b, [&](bool predicted, bool is, float weight) {
      if (is) (predicted ? true_positives : false_negatives).add(weight);
    });
  }
  constexpr float result() const {
    const float right = true_positives.result();
    return detail::share(right, right + false_negatives.result());
  }
};

}  // namespace etch
