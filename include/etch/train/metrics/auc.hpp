// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/metrics/metric.hpp>
#include <runtime/kernels/portable/math.hpp>

namespace etch {

enum class AUCCurve : std::int32_t { ROC, PR };
enum class AUCSummation : std::int32_t { interpolation, minoring, majoring };

/// Area under the receiver operating characteristic or the precision-recall curve, of predictions in [0, 1]
/// and targets 0 and 1 (all elements of a row count), by Keras's Riemann sum over `NumThresholds` thresholds:
/// one below 0, one above 1, the others evenly between. The precision-recall curve is interpolated by its
/// true and predicted positives (Davis and Goadrich 2006). Holds 4 (NumThresholds - 1) floats.
template <int NumThresholds>
struct AUCWith {
  static_assert(NumThresholds >= 2, "AUC needs at least two thresholds");
  static constexpr const char* name = "auc";
  AUCCurve curve = AUCCurve::ROC;
  AUCSummation summation_method = AUCSummation::interpolation;
  bool from_logits = false;
  /// Weights of elements whose prediction lies above threshold i and not above i + 1.
  detail::Sum positives[NumThresholds - 1]{}, negatives[NumThresholds - 1]{};

  constexpr void reset() {
    for (int i = 0; i < NumThresholds - 1; ++i) positives[i] = negatives[i] = {};
  }
  constexpr void update(const MetricBatch& b) {
    for (int r = 0; r < b.rows; ++r)
      for (int i = 0; i < b.elements; ++i) {
        const float p = from_logits ? math::sigmoid(b.row(r)[i]) : b.row(r)[i];
        (b.target(r, i) != 0.0f ? positives : negatives)[bucket(p)].add(b.weight(r));
      }
  }
  constexpr float result() const {
    detail::Sum all_positives, all_negatives, true_positives, false_positives, area;
    for (const detail::Sum& count : positives) all_positives.add(count);
    for (const detail::Sum& count : negatives) all_negatives.add(count);
    Point right{};  // at the threshold above 1: nothing is predicted positive
    for (int i = NumThresholds - 2; i >= 0; --i) {
      true_positives.add(positives[i]);
      false_positives.add(negatives[i]);
      const Point left{true_positives, false_positives};
      area.add(curve == AUCCurve::PR && summation_method == AUCSummation::interpolation
                   ? interpolated(left, right, all_positives)
                   : trapezoid(left, right, all_positives, all_negatives));
      right = left;
    }
    return area.result();
  }

 private:
  struct Point {
    float true_positives, false_positives;
    constexpr float predicted() const { return true_positives + false_positives; }
  };

  static constexpr int bucket(float p) {
    const float place = p * (NumThresholds - 1);
    if (!(place > 0)) return 0;
    if (place >= NumThresholds - 1) return NumThresholds - 2;
    const int below = static_cast<int>(place);
    return static_cast<float>(below) == place ? below - 1 : below;
  }
  constexpr float trapezoid(const Point& left, const Point& right, float positive, float negative) const {
    const bool roc = curve == AUCCurve::ROC;
    const auto x = [&](const Point& at) {
      return roc ? detail::share(at.false_positives, negative) : detail::share(at.true_positives, positive);
    };
    const auto y = [&](const Point& at) {
      return roc ? detail::share(at.true_positives, positive)
                 : detail::share(at.true_positives, at.predicted());
    };
    const float a = y(left), b = y(right), low = a < b ? a : b, high = a < b ? b : a;
    const float height = summation_method == AUCSummation::minoring   ? low
                         : summation_method == AUCSummation::majoring ? high
                                                                      : (a + b) / 2;
    return (x(left) - x(right)) * height;
  }
  static constexpr float interpolated(const Point& left, const Point& right, float positive) {
    const float gained = left.true_positives - right.true_positives;
    const float slope = detail::share(gained, left.predicted() - right.predicted());
    const float intercept = right.true_positives - slope * right.predicted();
    const bool both = left.predicted() > 0 && right.predicted() > 0;
    const float ratio = both ? left.predicted() / right.predicted() : 1.0f;
    return detail::share(slope * (gained + intercept * math::log(ratio)), positive);
  }
};

/// With Keras's 200 thresholds.
using AUC = AUCWith<200>;

}  // namespace etch
