// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/metrics/metric.hpp>

namespace etch {

enum class ClassAggregation : std::int32_t { uniform_average, variance_weighted_average };

/// The coefficient of determination, 1 - sum((t - p)^2) / sum((t - mean(t))^2), for `Outputs` output
/// elements; `num_regressors` above 0 adjusts it for as many independent variables. Targets that do not vary
/// score 1 where they are met exactly and else 0; of no rows the score is 0. Targets are summed as distances
/// from the first one, so that their squares keep their digits where the mean is large.
template <int Outputs = 1>
struct R2Score {
  static_assert(Outputs >= 1, "R2Score needs at least one output");
  static constexpr const char* name = "r2_score";
  ClassAggregation class_aggregation = ClassAggregation::uniform_average;
  int num_regressors = 0;
  struct Output {
    float origin = 0;
    detail::Sum sum, squares, residual;
  };
  Output output[Outputs]{};
  detail::Sum weight{};
  std::int64_t samples = 0;
  int outputs = 0;

  constexpr void reset() {
    for (Output& o : output) o = {};
    weight = {};
    samples = 0;
    outputs = 0;
  }
  /// Outputs beyond `Outputs` are left out, and the mean is over those there are.
  constexpr void update(const MetricBatch& b) {
    outputs = b.elements < Outputs ? b.elements : Outputs;
    for (int r = 0; r < b.rows; ++r) {
      const float w = b.weight(r);
      for (int i = 0; i < outputs; ++i) {
        Output& o = output[i];
        if (w == 0) continue;
        if (!(weight.result() > 0)) o.origin = b.target(r, i);
        const float t = b.target(r, i) - o.origin, error = b.target(r, i) - b.row(r)[i];
        o.sum.add(w * t);
        o.squares.add(w * t * t);
        o.residual.add(w * error * error);
      }
      weight.add(w);
      ++samples;
    }
  }
  constexpr float of(int i) const {
    const float spread = variation(i), residual = output[i].residual.result();
    if (spread > 0) return 1 - residual / spread;
    return residual > 0 || !(weight.result() > 0) ? 0.0f : 1 - residual;  // 1, or a NaN that stays one
  }
  constexpr float result() const {
    float sum = 0, weights = 0;
    const bool alike = class_aggregation == ClassAggregation::uniform_average || !varies();
    for (int i = 0; i < outputs; ++i) {
      const float w = alike ? 1.0f : variation(i);
      sum += w * of(i);
      weights += w;
    }
    const float score = detail::share(sum, weights);
    const std::int64_t freedom = samples - num_regressors - 1;
    if (num_regressors <= 0 || freedom <= 0) return score;
    return 1 - (1 - score) * static_cast<float>(samples - 1) / static_cast<float>(freedom);
  }

 private:
  constexpr bool varies() const {
    for (int i = 0; i < outputs; ++i)
      if (variation(i) > 0) return true;
    return false;
  }
  constexpr float variation(int i) const {
    const float sum = output[i].sum.result();
    return output[i].squares.result() - sum * detail::share(sum, weight.result());
  }
};

}  // namespace etch
