// SPDX-License-Identifier: BSL-1.0
// Metrics where there is nothing to count, nothing that varies, and where predictions are not numbers.
#include <catch2/catch.hpp>
#include <cmath>
#include <etch/train/metrics.hpp>
#include <limits>
#include <vector>

namespace {

using namespace etch;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();

struct Rows {
  int elements = 1;
  std::vector<float> targets, predictions, weights{};
  std::vector<std::int32_t> classes{};

  MetricBatch batch() const {
    MetricBatch b{static_cast<int>(predictions.size()) / elements, elements, predictions.data()};
    if (!targets.empty()) b.targets = targets.data();
    if (!classes.empty()) b.classes = classes.data();
    if (!weights.empty()) b.weights = weights.data();
    return b;
  }
};

template <class Metric>
float value(Metric metric, const Rows& rows) {
  metric.update(rows.batch());
  return metric.result();
}

/// Three rows of two classes: one right, one wrong, one that is not a number.
const Rows right{2, {1, 0}, {0.9f, 0.1f}, {}, {0}}, wrong{2, {1, 0}, {0.2f, 0.8f}, {}, {0}},
    unknown{2, {1, 0}, {nan, 0.4f}, {}, {0}};
Rows together(const Rows& a, const Rows& b, const std::vector<float>& weights = {}) {
  Rows all = a;
  all.targets.insert(all.targets.end(), b.targets.begin(), b.targets.end());
  all.predictions.insert(all.predictions.end(), b.predictions.begin(), b.predictions.end());
  all.classes.insert(all.classes.end(), b.classes.begin(), b.classes.end());
  all.weights = weights;
  return all;
}

/// Nothing comes to 0; rows of weight 0 count as nothing, whatever they hold; after `reset` all is forgotten.
template <class Metric>
void check_nothing(Metric metric) {
  INFO(Metric::name);
  CHECK(metric.result() == 0.0f);
  CHECK_FALSE(std::signbit(metric.result()));
  Rows empty = right;
  MetricBatch none = empty.batch();
  none.rows = 0;
  metric.update(none);
  CHECK(metric.result() == 0.0f);
  CHECK(value(metric, together(wrong, unknown, {0, 0})) == 0.0f);
  const float alone = value(metric, right);
  CHECK(value(metric, together(right, unknown, {1, 0})) == alone);
  CHECK(value(metric, together(unknown, right, {0, 1})) == alone);
  metric.update(unknown.batch());
  metric.reset();
  CHECK(metric.result() == 0.0f);
  metric.update(right.batch());
  CHECK(metric.result() == alone);
}

TEST_CASE("no rows, and rows without weight", "[metric]") {
  check_nothing(Accuracy{});
  check_nothing(BinaryAccuracy{});
  check_nothing(CategoricalAccuracy{});
  check_nothing(SparseCategoricalAccuracy{});
  check_nothing(TopKCategoricalAccuracy{.k = 1});
  check_nothing(SparseTopKCategoricalAccuracy{{.k = 1}});
  check_nothing(Precision{});
  check_nothing(Recall{.top_k = 1});
  check_nothing(F1Score<2>{});
  check_nothing(FBetaScore<2>{.average = ScoreAverage::weighted, .beta = 2});
  check_nothing(FBetaScore<2>{.average = ScoreAverage::micro, .threshold = 0.5f});
  check_nothing(AUC{});
  check_nothing(AUC{.curve = AUCCurve::PR});
  check_nothing(R2Score<2>{});
  check_nothing(ConfusionMatrix<2>{});
  check_nothing(MeanSquaredErrorMetric{});
  check_nothing(MeanAbsoluteErrorMetric{});
  check_nothing(MeanAbsolutePercentageErrorMetric{});
  check_nothing(MeanSquaredLogarithmicErrorMetric{});
  check_nothing(RootMeanSquaredError{});
  check_nothing(LogCoshError{});
  check_nothing(CosineSimilarityMetric{});
  check_nothing(KLDivergenceMetric{});
  check_nothing(PoissonMetric{});
  check_nothing(HingeMetric{});
  check_nothing(SquaredHingeMetric{});
  check_nothing(CategoricalHingeMetric{});
  check_nothing(BinaryCrossentropyMetric{});
  check_nothing(CategoricalCrossentropyMetric{});
  check_nothing(SparseCategoricalCrossentropyMetric{});
}

TEST_CASE("a prediction that is not a number is never right", "[metric]") {
  const Rows half = together(right, unknown);
  CHECK(value(Accuracy{}, half) == 0.5f);
  CHECK(value(BinaryAccuracy{}, half) == 0.75f);  // the NaN alone: elements are judged one by one
  CHECK(value(CategoricalAccuracy{}, half) == 0.5f);
  CHECK(value(SparseCategoricalAccuracy{}, half) == 0.5f);
  for (const int k : {1, 2, 5}) CHECK(value(TopKCategoricalAccuracy{.k = k}, half) == 0.5f);
  CHECK(value(TopKCategoricalAccuracy{}, Rows{3, {0, 1, 0}, {nan, nan, nan}}) == 0.0f);
  CHECK(value(TopKCategoricalAccuracy{}, Rows{3, {0, 1, 0}, {nan, 1, 0}}) == 0.0f);
  for (const float target : {0.0f, 1.0f}) {
    CHECK(value(Accuracy{}, Rows{1, {target}, {nan}}) == 0.0f);
    CHECK(value(BinaryAccuracy{}, Rows{1, {target}, {nan}}) == 0.0f);
    CHECK(value(ConfusionMatrix<2>{}, Rows{1, {target}, {nan}}) == 0.0f);
  }
  ConfusionMatrix<2> matrix;
  matrix.update(half.batch());
  CHECK(matrix.result() == 0.5f);
  CHECK(matrix.count[0][0] == 1.0f);
  CHECK(matrix.undecided == 1.0f);
  for (const int top_k : {0, 1, 2}) {
    CHECK(value(Recall{.top_k = top_k, .class_id = 0}, half) == 0.5f);
    CHECK(value(Precision{.top_k = top_k, .class_id = 0}, half) == 1.0f);
  }
  F1Score<2> score;
  score.update(half.batch());
  CHECK(score.of(0) == Approx(2.0 / 3));
  CHECK(value(AUC{}, Rows{1, {1, 0, 1, 0}, {0.9f, 0.1f, nan, 0.2f}}) == Approx(0.5));  // NaN ranks last
}

TEST_CASE("an error of what is not a number is none either", "[metric]") {
  const auto lost = [](auto metric) {
    INFO(decltype(metric)::name);
    CHECK(std::isnan(value(metric, together(right, unknown))));
  };
  lost(MeanSquaredErrorMetric{});
  lost(MeanAbsoluteErrorMetric{});
  lost(RootMeanSquaredError{});
  lost(LogCoshError{});
  lost(CosineSimilarityMetric{});
  lost(BinaryCrossentropyMetric{});
  lost(CategoricalCrossentropyMetric{});
  lost(SparseCategoricalCrossentropyMetric{});
  lost(KLDivergenceMetric{});
  lost(PoissonMetric{});
  lost(HingeMetric{});
  lost(CategoricalHingeMetric{});
  lost(R2Score<2>{});
}

TEST_CASE("R2 of targets that do not vary", "[metric]") {
  using enum ClassAggregation;
  CHECK(value(R2Score<>{}, Rows{1, {3, 3, 3}, {3, 3, 3}}) == 1.0f);
  CHECK(value(R2Score<>{}, Rows{1, {3, 3, 3}, {3, 3, 4}}) == 0.0f);
  CHECK(value(R2Score<>{}, Rows{1, {0.1f, 0.1f, 0.1f}, {0.1f, 0.1f, 0.1f}}) == 1.0f);
  CHECK(value(R2Score<>{}, Rows{1, {5}, {5}}) == 1.0f);
  CHECK(value(R2Score<>{}, Rows{1, {9, 3, 3}, {1, 3, 3}, {0, 1, 0.3f}}) == 1.0f);  // the first does not count
  CHECK(std::isnan(value(R2Score<>{}, Rows{1, {3, 3}, {3, nan}})));
  // Of two outputs the first is constant and met, the second scores 0.5.
  const Rows two{2, {7, 1, 7, 3, 7, 5}, {7, 1, 7, 3, 7, 3}};
  CHECK(value(R2Score<2>{}, two) == 0.75f);
  CHECK(value(R2Score<2>{variance_weighted_average}, two) == 0.5f);
  CHECK(value(R2Score<4>{}, two) == 0.75f);  // two outputs of four
  const Rows still{2, {7, 1, 7, 1}, {7, 1, 7, 2}};
  CHECK(value(R2Score<2>{variance_weighted_average}, still) == 0.5f);  // nothing varies: uniform
}

TEST_CASE("predictions that are all alike", "[metric]") {
  const Rows flat{3, {0, 1, 0}, {0.5f, 0.5f, 0.5f}};
  CHECK(value(CategoricalAccuracy{}, flat) == 0.0f);            // the first of the largest
  CHECK(value(TopKCategoricalAccuracy{.k = 1}, flat) == 1.0f);  // of equal ones all are found
  CHECK(value(Precision{.top_k = 1}, flat) == 0.0f);
  CHECK(value(Precision{.top_k = 2}, flat) == 0.5f);
  const Rows scores{1, {1, 0, 0, 0}, {0.3f, 0.3f, 0.3f, 0.3f}};
  CHECK(value(AUC{}, scores) == 0.5f);
  CHECK(value(AUC{.curve = AUCCurve::PR}, scores) == 0.25f);  // the share of positives
  CHECK(value(CosineSimilarityMetric{}, Rows{2, {1, 1}, {0, 0}}) == 0.0f);
  CHECK(value(R2Score<>{}, Rows{1, {1, 2, 3}, {2, 2, 2}}) == 0.0f);
}

TEST_CASE("precision and recall take threshold and top_k together", "[metric]") {
  // Of the two largest, 0.9 and 0.4, only the first is above 0.5.
  const Rows row{4, {1, 1, 0, 0}, {0.9f, 0.4f, 0.3f, 0.2f}};
  CHECK(value(Recall{.top_k = 2}, row) == 1.0f);
  CHECK(value(Recall{.threshold = 0.5f, .top_k = 2}, row) == 0.5f);
  CHECK(value(Precision{.threshold = 0.5f, .top_k = 2}, row) == 1.0f);
  CHECK(value(Precision{.threshold = 0.35f, .top_k = 3}, row) == 1.0f);
  CHECK(value(Precision{.threshold = 0, .top_k = 3}, row) == Approx(2.0 / 3));
  CHECK(value(Recall{.threshold = 0.1f, .top_k = 1}, row) == 0.5f);
  CHECK(value(Precision{.threshold = 0.95f, .top_k = 4}, row) == 0.0f);
  CHECK_THROWS_WITH(value(Recall{.class_id = 4}, row), Catch::Contains("below the number of outputs"));
  // top_k alone has no threshold: what is below 0 counts too.
  CHECK(value(Recall{.top_k = 1}, Rows{2, {0, 1}, {-3, -2}}) == 1.0f);
}

TEST_CASE("a class that the loss ignores is never met", "[metric]") {
  const Rows rows{2, {}, {0.9f, 0.1f, 0.2f, 0.8f, 0.6f, 0.4f}, {}, {0, 255, -1}};
  CHECK(value(Accuracy{}, rows) == Approx(1.0 / 3));
  CHECK(value(SparseCategoricalAccuracy{}, rows) == Approx(1.0 / 3));
  CHECK(value(SparseTopKCategoricalAccuracy{}, rows) == Approx(1.0 / 3));
  CHECK(value(ConfusionMatrix<2>{}, rows) == 1.0f);  // left out
  // The loss as a metric leaves it out, however the batches fall.
  MeanLoss<SparseCategoricalCrossentropy> loss{{.ignore_class = 255}};
  const auto row = [](float p, std::int32_t label) { return Rows{2, {}, {p, 1 - p}, {}, {label}}; };
  Rows first{2, {}, {0.25f, 0.75f, 0.5f, 0.5f}, {}, {0, 255}};
  loss.update(first.batch());
  loss.update(row(nan, 255).batch());
  loss.update(row(0.5f, 0).batch());
  CHECK(loss.result() == Approx((std::log(4) + std::log(2)) / 2));
}

}  // namespace
