// SPDX-License-Identifier: BSL-1.0
// Metrics against the numbers of Keras's documentation, against formulas written down again, over uneven
// batches and with weights.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <etch/train/metrics.hpp>
#include <runtime/kernels/portable/random.hpp>
#include <vector>

namespace {

using namespace etch;

struct Data {
  int elements = 1;
  std::vector<float> targets, predictions, weights{};
  std::vector<std::int32_t> classes{};

  int rows() const { return static_cast<int>(predictions.size()) / elements; }
  MetricBatch batch(int first, int end) const {
    MetricBatch b{end - first, elements, predictions.data() + first * elements};
    if (!targets.empty()) b.targets = targets.data() + first * elements;
    if (!classes.empty()) b.classes = classes.data() + first;
    if (!weights.empty()) b.weights = weights.data() + first;
    return b;
  }
  MetricBatch all() const { return batch(0, rows()); }
};

template <class Metric>
float value(Metric metric, const Data& data) {
  metric.update(data.all());
  return metric.result();
}
template <class Metric>
float value(Metric metric, Data data, const std::vector<float>& weights) {
  data.weights = weights;
  return value(metric, data);
}
Approx is(double expected) { return Approx(expected).epsilon(3e-6).margin(1e-7); }

TEST_CASE("accuracies of Keras's documentation", "[metric]") {
  const Data binary{1, {1, 1, 0, 0}, {0.98f, 1, 0, 0.6f}};
  CHECK(value(BinaryAccuracy{}, binary) == 0.75f);
  CHECK(value(BinaryAccuracy{}, binary, {1, 0, 0, 1}) == 0.5f);
  CHECK(value(BinaryAccuracy{.threshold = 0.7f}, binary) == 1.0f);
  CHECK(value(Accuracy{}, binary) == 0.75f);
  const Data one_hot{3, {0, 0, 1, 0, 1, 0}, {0.1f, 0.9f, 0.8f, 0.05f, 0.95f, 0}};
  CHECK(value(CategoricalAccuracy{}, one_hot) == 0.5f);
  CHECK(value(CategoricalAccuracy{}, one_hot, {0.7f, 0.3f}) == is(0.3));
  CHECK(value(TopKCategoricalAccuracy{.k = 1}, one_hot) == 0.5f);
  CHECK(value(TopKCategoricalAccuracy{.k = 1}, one_hot, {0.7f, 0.3f}) == is(0.3));
  CHECK(value(TopKCategoricalAccuracy{.k = 2}, one_hot) == 1.0f);
  CHECK(value(Accuracy{}, one_hot) == 0.5f);
  const Data sparse{3, {}, one_hot.predictions, {}, {2, 1}};
  CHECK(value(SparseCategoricalAccuracy{}, sparse) == 0.5f);
  CHECK(value(SparseCategoricalAccuracy{}, sparse, {0.7f, 0.3f}) == is(0.3));
  CHECK(value(SparseTopKCategoricalAccuracy{{.k = 1}}, sparse, {0.7f, 0.3f}) == is(0.3));
  CHECK(value(Accuracy{}, sparse) == 0.5f);
}

TEST_CASE("precision, recall and F scores of Keras's documentation", "[metric]") {
  const Data data{1, {0, 1, 1, 1}, {1, 0, 1, 1}};
  CHECK(value(Precision{}, data) == is(2.0 / 3));
  CHECK(value(Precision{}, data, {0, 0, 1, 0}) == 1.0f);
  CHECK(value(Recall{}, data) == is(2.0 / 3));
  CHECK(value(Recall{}, data, {0, 0, 1, 0}) == 1.0f);
  const Data row{4, {0, 0, 1, 1}, {1, 1, 1, 1}};
  CHECK(value(Precision{.top_k = 2}, row) == 0.0f);
  CHECK(value(Precision{.top_k = 4}, row) == 0.5f);
  CHECK(value(Precision{.threshold = 0.5f, .class_id = 2}, row) == 1.0f);
  CHECK(value(Recall{.top_k = 3}, row) == 0.5f);
  CHECK(value(Recall{}, Data{1, {0, 0}, {1, 1}}) == 0.0f);

  const Data f{3, {1, 1, 1, 1, 0, 0, 1, 1, 0}, {0.2f, 0.6f, 0.7f, 0.2f, 0.6f, 0.6f, 0.6f, 0.8f, 0}};
  F1Score<3> f1{.threshold = 0.5f};
  f1.update(f.all());
  CHECK(f1.of(0) == is(0.5));
  CHECK(f1.of(1) == is(0.8));
  CHECK(f1.of(2) == is(0.6666667));
  FBetaScore<3> f2{.beta = 2, .threshold = 0.5f};
  f2.update(f.all());
  CHECK(f2.of(0) == is(0.3846154));
  CHECK(f2.of(1) == is(0.90909094));
  CHECK(f2.of(2) == is(0.8333334));
  CHECK(value(F1Score<3>{.average = ScoreAverage::macro, .threshold = 0.5f}, f) ==
        is((0.5 + 0.8 + 2.0 / 3) / 3));
  CHECK(value(F1Score<3>{.average = ScoreAverage::weighted, .threshold = 0.5f}, f) ==
        is((3 * 0.5 + 2 * 0.8 + 1 * 2.0 / 3) / 6));
  CHECK(value(F1Score<3>{.average = ScoreAverage::micro, .threshold = 0.5f}, f) ==
        is(2 * 4 / (2.0 * 4 + 2 + 2)));
}

TEST_CASE("areas of Keras's documentation", "[metric]") {
  const Data data{1, {0, 0, 1, 1}, {0, 0.5f, 0.3f, 0.9f}};
  CHECK(value(AUCWith<3>{}, data) == 0.75f);
  CHECK(value(AUCWith<3>{}, data, {1, 0, 0, 1}) == 1.0f);
}

TEST_CASE("errors of Keras's documentation", "[metric]") {
  const Data data{2, {0, 1, 0, 0}, {1, 1, 0, 0}}, q{2, {0, 1, 0, 0}, {0.6f, 0.4f, 0.4f, 0.6f}};
  const std::vector<float> first{1, 0};
  CHECK(value(MeanSquaredErrorMetric{}, data) == 0.25f);
  CHECK(value(MeanSquaredErrorMetric{}, data, first) == 0.5f);
  CHECK(value(RootMeanSquaredError{}, data) == 0.5f);
  CHECK(value(RootMeanSquaredError{}, data, first) == is(0.70710677));
  CHECK(value(MeanAbsoluteErrorMetric{}, data) == 0.25f);
  CHECK(value(MeanAbsoluteErrorMetric{}, data, first) == 0.5f);
  CHECK(value(MeanAbsolutePercentageErrorMetric{}, data) == is(250000000.0));
  CHECK(value(MeanSquaredLogarithmicErrorMetric{}, data) == is(0.12011322));
  CHECK(value(MeanSquaredLogarithmicErrorMetric{}, data, first) == is(0.24022643));
  CHECK(value(LogCoshError{}, data) == is(0.10844523));
  CHECK(value(LogCoshError{}, data, first) == is(0.21689045));
  CHECK(value(BinaryCrossentropyMetric{}, q) == is(0.81492424));
  CHECK(value(BinaryCrossentropyMetric{}, q, first) == is(0.9162905));
  CHECK(value(KLDivergenceMetric{}, q) == is(0.45814306));
  CHECK(value(KLDivergenceMetric{}, q, first) == is(0.9162892));
  CHECK(value(PoissonMetric{}, data) == is(0.49999997));
  CHECK(value(HingeMetric{}, q) == is(1.3));
  CHECK(value(HingeMetric{}, q, first) == is(1.1));
  CHECK(value(SquaredHingeMetric{}, q) == is(1.86));
  CHECK(value(SquaredHingeMetric{}, q, first) == is(1.46));
  CHECK(value(CategoricalHingeMetric{}, q) == is(1.4));
  CHECK(value(CategoricalHingeMetric{}, q, first) == is(1.2));
  const Data turned{2, {0, 1, 1, 1}, {1, 0, 1, 1}};
  CHECK(value(CosineSimilarityMetric{}, turned) == is(0.49999997));
  CHECK(value(CosineSimilarityMetric{}, turned, {0.3f, 0.7f}) == is(0.6999999));
  const Data shares{3, {0, 1, 0, 0, 0, 1}, {0.05f, 0.95f, 0, 0.1f, 0.8f, 0.1f}, {}, {1, 2}};
  CHECK(value(CategoricalCrossentropyMetric{}, shares) == is(1.1769392));
  CHECK(value(CategoricalCrossentropyMetric{}, shares, {0.3f, 0.7f}) == is(1.6271976));
  CHECK(value(SparseCategoricalCrossentropyMetric{}, shares, {0.3f, 0.7f}) == is(1.6271976));
  CHECK(value(R2Score<>{}, {1, {1, 4, 3}, {2, 4, 4}}) == is(0.57142854));
  CHECK(value(MeanLoss<Huber>{{.delta = 0.5f}}, data) == is(0.25 * (0.5 - 0.125)));
}

float uniform(int i, int salt) {
  return random::uniform({21, 6}, static_cast<std::uint32_t>(salt), 3, static_cast<std::uint32_t>(i));
}

/// Rows of one-hot targets with predictions that often, not always, agree.
Data made(int rows, int elements, int salt) {
  Data d{elements, {}, {}};
  for (int r = 0; r < rows; ++r) {
    const int hot = static_cast<int>(uniform(r, salt) * static_cast<float>(elements));
    d.classes.push_back(hot);
    for (int i = 0; i < elements; ++i) {
      const bool is_hot = elements == 1 ? uniform(r, salt + 3) < 0.4f : i == hot;
      d.targets.push_back(is_hot ? 1.0f : 0.0f);
      const float u = uniform(r * elements + i, salt + 1);
      d.predictions.push_back(is_hot ? std::max(u, uniform(r * elements + i, salt + 2)) : u);
    }
    d.weights.push_back(static_cast<float>(static_cast<int>(uniform(r, salt + 4) * 4)));
  }
  return d;
}

/// Every row as often as its weight says.
Data repeated(const Data& d) {
  Data all{d.elements, {}, {}};
  for (int r = 0; r < d.rows(); ++r)
    for (int k = 0; k < static_cast<int>(d.weights[static_cast<unsigned>(r)]); ++k) {
      if (!d.classes.empty()) all.classes.push_back(d.classes[static_cast<unsigned>(r)]);
      for (int i = r * d.elements; i < (r + 1) * d.elements; ++i) {
        if (!d.targets.empty()) all.targets.push_back(d.targets[static_cast<unsigned>(i)]);
        all.predictions.push_back(d.predictions[static_cast<unsigned>(i)]);
      }
    }
  return all;
}

/// One batch, uneven batches, and weights as repetitions come to the same; resetting forgets.
template <class Metric>
void check_batches(Metric metric, const Data& data) {
  INFO(Metric::name << " of " << data.elements);
  const float none = metric.result(), whole = value(metric, repeated(data));
  CHECK(value(metric, data) == is(static_cast<double>(whole)));
  metric.update(data.batch(3, 9));
  metric.reset();
  CHECK(metric.result() == none);
  for (const auto& [first, end] : {std::pair{0, 7}, {7, 8}, {8, 8}, {8, 31}, {31, 40}})
    metric.update(data.batch(first, end));
  CHECK(metric.result() == is(static_cast<double>(whole)));
  CHECK(whole == whole);
}

TEST_CASE("uneven batches and weights", "[metric]") {
  for (const int elements : {1, 4}) {
    Data data = made(40, elements, 10);
    if (elements == 1) data.classes.clear();
    check_batches(Accuracy{}, data);
    check_batches(BinaryAccuracy{}, data);
    check_batches(Precision{}, data);
    check_batches(Recall{}, data);
    check_batches(AUCWith<50>{}, data);
    check_batches(AUCWith<50>{.curve = AUCCurve::PR}, data);
    check_batches(F1Score<4>{}, data);
    check_batches(ConfusionMatrix<4>{}, data);
    check_batches(R2Score<4>{}, data);
    check_batches(RootMeanSquaredError{}, data);
    check_batches(MeanAbsoluteErrorMetric{}, data);
    check_batches(BinaryCrossentropyMetric{}, data);
    check_batches(LogCoshError{}, data);
  }
  const Data data = made(40, 4, 30);
  check_batches(CategoricalAccuracy{}, data);
  check_batches(SparseCategoricalAccuracy{}, data);
  check_batches(TopKCategoricalAccuracy{.k = 2}, data);
  check_batches(Precision{.top_k = 2, .class_id = 1}, data);
  check_batches(Recall{.top_k = 1}, data);
  check_batches(CosineSimilarityMetric{}, data);
  check_batches(SparseCategoricalCrossentropyMetric{}, data);
}

TEST_CASE("class indices count as one-hot targets", "[metric]") {
  Data dense = made(40, 4, 50), sparse = dense;
  dense.classes.clear();
  sparse.targets.clear();
  const auto same = [&](auto metric) { CHECK(value(metric, dense) == value(metric, sparse)); };
  same(Accuracy{});
  same(BinaryAccuracy{});
  same(TopKCategoricalAccuracy{.k = 3});
  same(Precision{});
  same(Recall{.class_id = 2});
  same(F1Score<4>{.average = ScoreAverage::weighted});
  same(AUC{});
  same(ConfusionMatrix<4>{});
}

TEST_CASE("a confusion matrix is read afterwards", "[metric]") {
  const Data data = made(200, 3, 70);
  ConfusionMatrix<3> matrix;
  matrix.update(data.batch(0, 150));
  matrix.update(data.batch(150, 200));
  float expected[3][3]{}, right = 0, all = 0;
  for (unsigned r = 0; r < 200; ++r) {
    const auto row = data.predictions.begin() + 3 * r;
    const auto as = static_cast<std::int32_t>(std::max_element(row, row + 3) - row);
    expected[data.classes[r]][as] += data.weights[r];
    all += data.weights[r];
    if (as == data.classes[r]) right += data.weights[r];
  }
  for (int of = 0; of < 3; ++of)
    for (int as = 0; as < 3; ++as) CHECK(matrix.count[of][as] == expected[of][as]);
  CHECK(matrix.result() == right / all);
  CHECK(value(ConfusionMatrix<2>{}, Data{1, {0, 1, 1, 0}, {0.1f, 0.9f, 0.2f, 0.3f}}) == 0.75f);
}

/// Keras's sums, threshold by threshold.
struct Curve {
  std::vector<double> tp, fp, fn, tn;
  Curve(const Data& d, int thresholds) {
    for (int k = 0; k < thresholds; ++k) {
      const float at = k == 0                ? -1e-7f
                       : k == thresholds - 1 ? 1.0f + 1e-7f
                                             : static_cast<float>(k) / static_cast<float>(thresholds - 1);
      double sums[4]{};
      for (unsigned i = 0; i < d.predictions.size(); ++i)
        sums[2 * (d.predictions[i] > at) + (d.targets[i] > 0.5f)] +=
            static_cast<double>(d.weights[i / static_cast<unsigned>(d.elements)]);
      tn.push_back(sums[0]), fn.push_back(sums[1]), fp.push_back(sums[2]), tp.push_back(sums[3]);
    }
  }
  static double ratio(double a, double b) { return b == 0 ? 0 : a / b; }
  double roc(std::size_t i) const { return ratio(tp[i], tp[i] + fn[i]); }
  double roc_area() const {
    double sum = 0;
    for (std::size_t i = 0; i + 1 < tp.size(); ++i)
      sum +=
          (ratio(fp[i], fp[i] + tn[i]) - ratio(fp[i + 1], fp[i + 1] + tn[i + 1])) * (roc(i) + roc(i + 1)) / 2;
    return sum;
  }
  /// The integral of precision over recall between neighbours, true positives growing linearly with
  /// positives: summed finely instead of in closed form.
  double pr_area() const {
    double sum = 0;
    for (std::size_t i = 0; i + 1 < tp.size(); ++i) {
      constexpr int parts = 20000;
      const double from = tp[i + 1], gained = tp[i] - from, p = tp[i + 1] + fp[i + 1],
                   more = tp[i] + fp[i] - p;
      if (gained == 0) continue;
      if (p == 0) {  // precision is constant from nothing on
        sum += gained / more * gained / tp[0];
        continue;
      }
      for (int k = 0; k < parts; ++k) {
        const double at = (k + 0.5) / parts;
        sum += (from + gained * at) / (p + more * at) * gained / parts / tp[0];
      }
    }
    return sum;
  }
  /// The sum of precision over recall with the lower or higher of neighbours.
  double pr_bound(bool higher) const {
    double sum = 0;
    for (std::size_t i = 0; i + 1 < tp.size(); ++i) {
      const double a = ratio(tp[i], tp[i] + fp[i]), b = ratio(tp[i + 1], tp[i + 1] + fp[i + 1]);
      sum += (roc(i) - roc(i + 1)) * (higher ? std::max(a, b) : std::min(a, b));
    }
    return sum;
  }
};

TEST_CASE("areas under curves", "[metric]") {
  for (const int elements : {1, 3}) {
    Data data = made(120, elements, 90);
    data.classes.clear();
    data.predictions[5] = 0, data.predictions[6] = 1, data.predictions[7] = 0.5f;
    const Curve at21(data, 21), at200(data, 200);
    const auto near = [](double x) { return Approx(x).margin(5e-6); };
    CHECK(value(AUCWith<21>{}, data) == near(at21.roc_area()));
    CHECK(value(AUC{}, data) == near(at200.roc_area()));
    CHECK(value(AUCWith<21>{.curve = AUCCurve::PR}, data) == near(at21.pr_area()));
    CHECK(value(AUC{.curve = AUCCurve::PR}, data) == near(at200.pr_area()));
    CHECK(value(AUCWith<21>{.curve = AUCCurve::PR, .summation_method = AUCSummation::minoring}, data) ==
          near(at21.pr_bound(false)));
    CHECK(value(AUCWith<21>{.curve = AUCCurve::PR, .summation_method = AUCSummation::majoring}, data) ==
          near(at21.pr_bound(true)));
    Data logits = data;
    for (float& p : logits.predictions) p = 8 * p - 4;
    Data probabilities = logits;
    for (float& p : probabilities.predictions) p = 1 / (1 + std::exp(-p));
    CHECK(value(AUC{.from_logits = true}, logits) == near(static_cast<double>(value(AUC{}, probabilities))));
  }
  CHECK(value(AUC{}, Data{1, {1, 1}, {0.2f, 0.9f}}) == 0.0f);  // one class alone has no curve
}

TEST_CASE("R2 keeps its digits and counts regressors", "[metric]") {
  Data data{2, {}, {}};
  double sum[2]{}, squares[2]{}, residual[2]{};
  constexpr int rows = 50;
  for (int r = 0; r < rows; ++r)
    for (int i = 0; i < 2; ++i) {
      const float t = 4096.0f + 2.0f * uniform(r, i), p = t + 0.5f * uniform(r, 7 + i);
      data.targets.push_back(t), data.predictions.push_back(p);
      const double from = static_cast<double>(t) - 4096,
                   error = static_cast<double>(p) - static_cast<double>(t);
      sum[i] += from, squares[i] += from * from, residual[i] += error * error;
    }
  double score[2], spread[2];
  for (int i = 0; i < 2; ++i) {
    spread[i] = squares[i] - sum[i] * sum[i] / rows;
    score[i] = 1 - residual[i] / spread[i];
  }
  const double mean = (score[0] + score[1]) / 2;
  CHECK(value(R2Score<2>{}, data) == Approx(mean).epsilon(1e-5));
  CHECK(value(R2Score<2>{.class_aggregation = ClassAggregation::variance_weighted_average}, data) ==
        Approx((score[0] * spread[0] + score[1] * spread[1]) / (spread[0] + spread[1])).epsilon(1e-5));
  CHECK(value(R2Score<2>{.num_regressors = 3}, data) ==
        Approx(1 - (1 - mean) * (rows - 1) / (rows - 3 - 1)).epsilon(1e-5));
}

TEST_CASE("counts stay exact beyond the floats' integers", "[metric]") {
  detail::Sum sum;
  sum.add(16777216.0f);
  for (int i = 0; i < 1000; ++i) sum.add(1);
  CHECK(sum.result() == 16778216.0f);
  sum.add(-16777216.0f);
  CHECK(sum.result() == 1000.0f);
}

template <class Metric>
constexpr bool is_constant = [] {
  Metric metric{};
  metric.reset();
  return metric.result() >= 0;
}();
static_assert(is_constant<Accuracy> && is_constant<AUC> && is_constant<F1Score<3>> &&
              is_constant<MeanAbsoluteErrorMetric> && is_constant<ConfusionMatrix<3>>);

}  // namespace
