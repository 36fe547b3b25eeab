// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/train/metrics/metric.hpp>

namespace etch {

/// How the scores of classes make one number, by Keras's names. `none` keeps them apart: read `of(c)`; the
/// one number that training shows is then the macro average.
enum class ScoreAverage : std::int32_t { none, micro, macro, weighted };

/// (1 + beta^2) precision recall / (beta^2 precision + recall), for `Classes` output elements. Without a
/// threshold (below 0) the largest element of a row is the prediction.
template <int Classes>
struct FBetaScore {
  static_assert(Classes >= 1, "a score needs at least one class");
  static constexpr const char* name = "fbeta_score";
  ScoreAverage average = ScoreAverage::none;
  float beta = 1;
  float threshold = -1;
  detail::Sum true_positives[Classes]{}, false_positives[Classes]{}, false_negatives[Classes]{};

  constexpr void reset() {
    for (int c = 0; c < Classes; ++c) true_positives[c] = false_positives[c] = false_negatives[c] = {};
  }
  /// Outputs beyond `Classes` are left out.
  constexpr void update(const MetricBatch& b) {
    const int classes = b.elements < Classes ? b.elements : Classes;
    for (int r = 0; r < b.rows; ++r)
      for (int c = 0; c < classes && b.weight(r) != 0; ++c) {
        const float weight = b.weight(r), is = b.target(r, c);
        const float found = positive(b.row(r), b.elements, c) ? 1.0f : 0.0f;
        true_positives[c].add(found * is * weight);
        false_positives[c].add(found * (1 - is) * weight);
        false_negatives[c].add((1 - found) * is * weight);
      }
  }
  constexpr float of(int c) const {
    return score(true_positives[c].result(), false_positives[c].result(), false_negatives[c].result());
  }
  constexpr float result() const {
    if (average == ScoreAverage::micro) return micro();
    float sum = 0, weights = 0;
    for (int c = 0; c < Classes; ++c) {
      const float support = true_positives[c].result() + false_negatives[c].result();
      const float weight = average == ScoreAverage::weighted ? support : 1.0f;
      sum += of(c) * weight;
      weights += weight;
    }
    return detail::share(sum, weights);
  }

 private:
  constexpr bool positive(const float* row, int n, int c) const {
    if (threshold >= 0) return row[c] > threshold;
    const float size = row[c] < 0 ? -row[c] : row[c];
    return size > 1e-9f && !detail::has_nan(row, n) && detail::rank_of(row, n, c, false) == 0;
  }
  constexpr float score(float right, float extra, float missed) const {
    const float precision = detail::share(right, right + extra),
                recall = detail::share(right, right + missed);
    const float square = beta * beta;
    return detail::share((1 + square) * precision * recall, square * precision + recall);
  }
  constexpr float micro() const {
    detail::Sum right, extra, missed;
    for (int c = 0; c < Classes; ++c) {
      right.add(true_positives[c].result());
      extra.add(false_positives[c].result());
      missed.add(false_negatives[c].result());
    }
    return score(right.result(), extra.result(), missed.result());
  }
};

/// The harmonic mean of precision and recall: `FBetaScore` with a beta of 1.
template <int Classes>
struct F1Score {
  static constexpr const char* name = "f1_score";
  ScoreAverage average = ScoreAverage::none;
  float threshold = -1;
  FBetaScore<Classes> score{};

  constexpr void reset() { score.reset(); }
  constexpr void update(const MetricBatch& b) {
    score.threshold = threshold;
    score.update(b);
  }
  constexpr float of(int c) const { return score.of(c); }
  constexpr float result() const {
    FBetaScore<Classes> as = score;
    as.average = average;
    return as.result();
  }
};

}  // namespace etch
