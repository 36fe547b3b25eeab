// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <cstdint>

/// A metric is any type with
///   static constexpr const char* name = "accuracy";
///   void reset();                       forgets all
///   void update(const MetricBatch&);    takes one batch along
///   float result() const;               of all batches since `reset`
///   static constexpr bool reported = false;   where it is no number of the logs, but read afterwards
///   (optional)
/// Its default value must be a constant. Results are those of one batch of all rows: uneven batches and
/// weights make no difference. A row of weight 0 may hold anything. A prediction that is not a number is
/// never right: it is counted as wrong, and an error of it is not a number either.
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

  constexpr const float* row(int r) const { return predictions + r * elements; }
  constexpr float weight(int r) const { return weights ? weights[r] : 1.0f; }
  /// The target of one element; class indices count as one-hot.
  constexpr float target(int r, int i) const {
    if (classes) return classes[r] == i ? 1.0f : 0.0f;
    return targets[r * elements + i];
  }
};

namespace detail {

/// The first largest element, as argmax has it.
constexpr int argmax(const float* x, int n) {
  int best = 0;
  for (int i = 1; i < n; ++i)
    if (x[i] > x[best]) best = i;
  return best;
}

constexpr bool has_nan(const float* x, int n) {
  for (int i = 0; i < n; ++i)
    if (x[i] != x[i]) return true;
  return false;
}

/// The class a row is predicted to be, or -1 where an element is not a number.
constexpr int predicted_class(const float* x, int n) { return has_nan(x, n) ? -1 : argmax(x, n); }

/// The class a row belongs to: its class index, or the largest of its targets.
constexpr int class_of(const MetricBatch& b, int r) {
  return b.classes ? b.classes[r] : argmax(b.targets + r * b.elements, b.elements);
}

/// How many elements are larger than element `k`; with `first`, equal ones before it count as larger.
constexpr int rank_of(const float* x, int n, int k, bool first) {
  int rank = 0;
  for (int i = 0; i < n; ++i) rank += x[i] > x[k] || (first && x[i] == x[k] && i < k) ? 1 : 0;
  return rank;
}

/// Whether the prediction is the row's class. A class index of none of the elements, as one that the loss
/// ignores, is never met.
constexpr bool tells_class(const MetricBatch& b, int r) {
  const int as = predicted_class(b.row(r), b.elements);
  return as >= 0 && as == class_of(b, r);
}

constexpr float share(float part, float whole) { return whole != 0.0f ? part / whole : 0.0f; }

/// A sum that carries along what rounding lost (Neumaier 1974), so that counts stay exact beyond 2^24.
struct Sum {
  float value = 0, lost = 0;
  constexpr void add(float x) {
    const float next = value + x;
    const bool larger = (value < 0 ? -value : value) >= (x < 0 ? -x : x);
    lost += larger ? (value - next) + x : (x - next) + value;
    value = next;
  }
  constexpr float result() const { return value + lost; }
  constexpr operator float() const {
    return result();
  }  // NOLINT(google-explicit-constructor): it is a number
};

/// The mean of values with weights; 0 of none.
struct WeightedMean {
  Sum total, weight;
  constexpr void add(float x, float w) {
    if (w == 0) return;
    total.add(w * x);
    weight.add(w);
  }
  constexpr float result() const { return share(total.result(), weight.result()); }
};

}  // namespace detail
}  // namespace etch
