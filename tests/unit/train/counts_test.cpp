// SPDX-License-Identifier: BSL-1.0
// Counts beyond 16,777,216, where floats leave whole numbers out.
#include <etch/model/training/fit.hpp>
#include <etch/train/metrics.hpp>
#include <etch/train/schedules.hpp>
#include <tests/unit/error_of.hpp>

#include <catch2/catch.hpp>
#include <cmath>

namespace counts_test {

using namespace etch;
using Catch::Matchers::Contains;
using detail::training_samples;

TEST_CASE("what validation leaves is exact for every count", "[counts]") {
  for (const std::size_t held : {1ul, 16'777'217ul, 16'777'219ul, 33'554'435ul, 4'294'967'295ul, 1ul << 40}) {
    CHECK(training_samples(held, 0) == held);
    CHECK(training_samples(held, 0.5f) == held / 2);
    CHECK(training_samples(held, 0.25f) == held * 3 / 4);
    CHECK(training_samples(held, 1e-30f) == held);
  }
  // Hundredths, as they are meant: no float but 1/4, 1/2 and 3/4 is one.
  for (std::size_t hundredths = 1; hundredths < 100; ++hundredths)
    for (std::size_t held = 1; held <= 1000; ++held)
      REQUIRE(training_samples(held, static_cast<float>(hundredths) / 100) ==
              held * (100 - hundredths) / 100);
}

struct Model {
  static constexpr int batch_size = 1;
  struct Code {};
};

TEST_CASE("as many samples and batches are taken as can be counted", "[counts]") {
  const Dataset none;
  using Source = detail::ArraySource<Model>;
  CHECK(Source(none, {0, 16'777'219, 1}).steps() == 16'777'219);
  CHECK(Source(none, {0, 16'777'219, 32}).steps() == 524'289);
  CHECK(Source(none, {0, 4'294'967'294, 2}).steps() == 2'147'483'647);
  CHECK_THAT(error_of([&] { Source(none, {0, 4'294'967'295, 1}); }), Contains("give a larger batch_size"));
  CHECK_THAT(error_of([&] { Source(none, {0, 4'294'967'296, 64}); }), Contains("at most 4,294,967,295"));
}

/// Updates of one row.
template <class Metric>
struct Rows {
  Metric metric{};
  void add(float prediction, float target, float weight, int times = 1) {
    for (int i = 0; i < times; ++i) metric.update({1, 1, &prediction, &target, nullptr, &weight});
  }
};

constexpr float most = 16'777'216;
constexpr int more = 1 << 20;

/// A float that holds `most` stays there, however often 1 is added.
template <class Metric>
double share_of_right() {
  Rows<Metric> rows;
  rows.add(0.9f, 1, most);
  rows.add(0.9f, 0, 1, more);
  return static_cast<double>(rows.metric.result());
}

TEST_CASE("metrics go on counting", "[counts]") {
  const auto expected = Approx(16.0 / 17).epsilon(1e-6);
  CHECK(share_of_right<Accuracy>() == expected);
  CHECK(share_of_right<BinaryAccuracy>() == expected);
  CHECK(share_of_right<Precision>() == expected);
  CHECK(share_of_right<ConfusionMatrix<2>>() == expected);

  Rows<Recall> recall;
  recall.add(0.9f, 1, most);
  recall.add(0.1f, 1, 1, more);
  CHECK(static_cast<double>(recall.metric.result()) == expected);

  Rows<ConfusionMatrix<2>> matrix;
  matrix.add(0.9f, 1, most);
  matrix.add(0.9f, 1, 1, 3);
  matrix.add(0.9f, 1, 1);
  CHECK(matrix.metric.count[1][1] == most + 4);

  // Positives above and below the negatives: the area is the share of those above.
  Rows<AUC> area;
  area.add(0.9f, 1, most);
  area.add(0.9f, 1, 1, more);
  area.add(0.1f, 1, 2 * more);
  area.add(0.5f, 0, 1);
  CHECK(static_cast<double>(area.metric.result()) == Approx(17.0 / 19).epsilon(1e-6));
}

TEST_CASE("schedules count late steps one by one", "[counts]") {
  const PolynomialDecay polynomial{
      .initial_learning_rate = 1.0f, .decay_steps = 1000, .end_learning_rate = 0, .cycle = true};
  const CosineDecayRestarts cosine{.initial_learning_rate = 1.0f, .first_decay_steps = 1000, .t_mul = 1.001f};
  for (std::uint32_t step = 33'554'400; step < 33'555'600; step += 7) {
    const double whole = std::ceil(step / 1000.0) * 1000;
    CHECK(static_cast<double>(polynomial(step)) == Approx(1 - step / whole).epsilon(1e-5).margin(1e-9));
    double left = step, length = 1000;
    for (; left >= length; length *= static_cast<double>(1.001f)) left -= length;
    const double expected = 0.5 * (1 + std::cos(3.14159265358979 * left / length));
    CHECK(static_cast<double>(cosine(step)) == Approx(expected).epsilon(1e-5).margin(1e-6));
  }
}

}  // namespace counts_test
