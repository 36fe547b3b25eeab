// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/metrics/metric.hpp>

namespace etch {

/// Counts rows by true and predicted class, to be read afterwards: `matrix.count[of][as]`. An output of one
/// element has two classes, apart at `threshold`. It is no number that training shows; `result` is the
/// accuracy. The desktop library prints it: `std::cout << matrix`.
template <int Classes>
struct ConfusionMatrix {
  static_assert(Classes >= 2, "a confusion matrix needs at least two classes");
  static constexpr const char* name = "confusion_matrix";
  static constexpr bool reported = false;
  float threshold = 0.5f;
  detail::Sum count[Classes][Classes]{};  ///< sums of weights, read as floats
  detail::Sum undecided{};                ///< of rows whose prediction is not a number

  constexpr void reset() {
    for (auto& row : count)
      for (detail::Sum& c : row) c = {};
    undecided = {};
  }
  /// Rows of classes beyond `Classes` are left out.
  constexpr void update(const MetricBatch& b) {
    for (int r = 0; r < b.rows; ++r) {
      const bool one = b.elements == 1 && !b.classes;
      const int of = one ? b.targets[r] > threshold : detail::class_of(b, r);
      if (of < 0 || of >= Classes) continue;
      const int as = detail::predicted_class(b.row(r), b.elements);
      const int place = one && as >= 0 ? b.row(r)[0] > threshold : as;
      if (place < Classes) (place < 0 ? undecided : count[of][place]).add(b.weight(r));
    }
  }
  constexpr float result() const {
    detail::Sum right, all = undecided;
    for (int of = 0; of < Classes; ++of)
      for (int as = 0; as < Classes; ++as) {
        all.add(count[of][as]);
        if (of == as) right.add(count[of][as]);
      }
    return detail::share(right, all);
  }
};

}  // namespace etch
