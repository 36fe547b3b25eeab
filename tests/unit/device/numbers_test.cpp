// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <etch/train/device/anomaly_threshold.hpp>
#include <etch/train/device/drift_detector.hpp>
#include <etch/train/device/loss_trend.hpp>
#include <etch/train/device/streaming_quantile.hpp>
#include <limits>
#include <runtime/host/error.hpp>
#include <runtime/kernels/portable/random.hpp>
#include <vector>

// What a device says of a stream of numbers that it does not keep.
namespace {

using namespace etch;
constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

/// The exact quantile, as the nearest number at its place.
float exact(std::vector<float> all, float p) {
  std::sort(all.begin(), all.end());
  return all[static_cast<std::size_t>(std::lround(double{p} * static_cast<double>(all.size() - 1)))];
}

enum class Shape { uniform, normal, skewed, rising, falling };
float number(Shape shape, std::uint32_t i) {
  const random::Key key{3, 4};
  switch (shape) {
    case Shape::uniform:
      return random::uniform(key, 0, 0, i);
    case Shape::normal:
      return random::normal(key, 0, 0, i);
    case Shape::skewed:
      return -math::log(1 - random::uniform(key, 0, 0, i));
    case Shape::rising:
      return static_cast<float>(i) / 5000;
    case Shape::falling:
      return -static_cast<float>(i) / 5000;
  }
  return 0;
}

TEST_CASE("a streaming quantile is near the exact one", "[device]") {
  for (Shape shape : {Shape::uniform, Shape::normal, Shape::skewed, Shape::rising, Shape::falling})
    for (float p : {0.01f, 0.25f, 0.5f, 0.9f, 0.99f}) {
      CAPTURE(static_cast<int>(shape), p);
      StreamingQuantile quantile(p);
      std::vector<float> all;
      for (std::uint32_t i = 0; i < 5000; ++i) {
        all.push_back(number(shape, i));
        quantile.add(all.back());
      }
      // By rank: as many numbers lie below it as shall.
      const auto below = std::count_if(all.begin(), all.end(), [&](float x) { return x < quantile.value(); });
      CHECK(std::abs(static_cast<float>(below) / 5000 - p) < 0.012f);
      CHECK(quantile.least() == *std::min_element(all.begin(), all.end()));
      CHECK(quantile.most() == *std::max_element(all.begin(), all.end()));
      CHECK(quantile.count() == 5000);
    }
}

TEST_CASE("a streaming quantile gives the numbers of the published example", "[device]") {
  // Jain and Chlamtac 1985, table I: the median of 20 numbers, whose last value is 4.44.
  const float numbers[] = {0.02f,  0.15f,  0.74f, 3.39f, 0.83f, 22.37f, 10.15f, 15.43f, 38.62f, 15.92f,
                           34.60f, 10.28f, 1.47f, 0.40f, 0.05f, 11.39f, 0.27f,  0.42f,  0.09f,  11.37f};
  StreamingQuantile median(0.5f);
  for (float x : numbers) median.add(x);
  CHECK(std::abs(median.value() - 4.44f) < 0.005f);
}

TEST_CASE("a streaming quantile of few numbers is exact", "[device]") {
  for (float p : {0.1f, 0.5f, 0.75f, 0.99f}) {
    StreamingQuantile quantile(p);
    CHECK(std::isnan(quantile.value()));
    CHECK(std::isnan(quantile.most()));
    std::vector<float> all;
    for (float x : {3.0f, -1.0f, 2.0f, 2.0f, 7.0f}) {
      all.push_back(x);
      quantile.add(x);
      CAPTURE(p, all.size());
      CHECK(quantile.value() == exact(all, p));
      CHECK(quantile.least() == *std::min_element(all.begin(), all.end()));
      CHECK(quantile.most() == *std::max_element(all.begin(), all.end()));
    }
  }
}

TEST_CASE("a streaming quantile leaves out what is not finite, and bears equal numbers", "[device]") {
  StreamingQuantile quantile(0.9f), without(0.9f);
  for (std::uint32_t i = 0; i < 100; ++i) {
    const float x = random::uniform({1, 1}, 0, 0, i);
    quantile.add(x);
    quantile.add(i % 3 == 0 ? nan : i % 3 == 1 ? infinity : -infinity);
    without.add(x);
  }
  CHECK(quantile.value() == without.value());
  CHECK(quantile.count() == 100);
  StreamingQuantile equal(0.9f);
  for (int i = 0; i < 1000; ++i) equal.add(2.5f);
  CHECK(equal.value() == 2.5f);
  for (float wrong : {0.0f, 1.0f, -0.5f, 2.0f, nan}) CHECK_THROWS_AS(StreamingQuantile(wrong), Error);
}

constexpr float largest = std::numeric_limits<float>::max();

TEST_CASE("a streaming quantile and a drift detector bear the largest floats", "[device]") {
  for (float p : {0.1f, 0.5f, 0.9f}) {
    StreamingQuantile quantile(p);
    std::vector<float> all;
    for (std::uint32_t i = 0; i < 2000; ++i) {
      const float x = random::uniform({9, 9}, 0, 0, i) - 0.5f;
      all.push_back(i % 3 == 0 ? (x < 0 ? -largest : largest) : 2 * x * largest);
      quantile.add(all.back());
      REQUIRE(std::abs(quantile.value()) <= largest);
    }
    const auto below = std::count_if(all.begin(), all.end(), [&](float x) { return x < quantile.value(); });
    CHECK(std::abs(static_cast<float>(below) / 2000 - p) < 0.1f);
  }
  DriftDetector detector{.tolerance = 0.05f, .threshold = 3, .least = 100};
  for (int i = 0; i < 99; ++i) CHECK_FALSE(detector.add(-largest));
  for (int i = 0; i < 10; ++i) detector.add(largest);
  CHECK(detector.drifted);
  CHECK(std::abs(detector.mean) <= largest);
  CHECK(detector.above <= largest);
  // A fall from there is none, and a rise is found again.
  detector.restart();
  for (int i = 0; i < 200; ++i) detector.add(i < 100 ? largest : -largest);
  CHECK_FALSE(detector.drifted);
  CHECK(detector.above == 0);
  CHECK(detector.add(largest));
}

TEST_CASE("a streaming quantile is evaluated while compiling", "[device]") {
  constexpr StreamingQuantile quantile = [] {
    StreamingQuantile q(0.5f);
    for (int i = 0; i < 101; ++i) q.add(static_cast<float>(i * 37 % 101));
    return q;
  }();
  static_assert(quantile.value() > 44 && quantile.value() < 56);
  static_assert(sizeof quantile == 48);
  static_assert(sizeof(AnomalyThreshold) == 60);
  static_assert(sizeof(DriftDetector) == 28);
  static_assert(sizeof(LossTrend) == 28);
  CHECK(quantile.count() == 101);
}

TEST_CASE("an anomaly threshold calls little normal unusual, and the unusual so", "[device]") {
  AnomalyThreshold threshold(0.99f, 1.5f, 100);
  CHECK(threshold.threshold() == infinity);
  CHECK_FALSE(threshold.is_anomaly(1e30f));
  CHECK(threshold.is_anomaly(nan));
  const auto normal = [](std::uint32_t i) { return 1 + 0.1f * random::normal({5, 5}, 0, 0, i); };
  for (std::uint32_t i = 0; i < 99; ++i) threshold.learn(normal(i));
  CHECK_FALSE(threshold.ready());
  for (std::uint32_t i = 99; i < 1000; ++i) threshold.learn(normal(i));
  CHECK(threshold.ready());
  CHECK(threshold.threshold() == Approx(1.5f * 1.233f).epsilon(0.05));
  int unusual = 0;
  for (std::uint32_t i = 1000; i < 3000; ++i) unusual += threshold.is_anomaly(normal(i));
  CHECK(unusual == 0);
  CHECK(threshold.is_anomaly(2));
  CHECK(threshold.is_anomaly(infinity));
  threshold.restart();
  CHECK(threshold.count() == 0);
  CHECK_FALSE(threshold.is_anomaly(2));
  CHECK_THROWS_AS(AnomalyThreshold(0.9f, 0.0f), Error);
  CHECK_THROWS_AS(AnomalyThreshold(0.9f, nan), Error);
  CHECK_THROWS_AS(AnomalyThreshold(0.9f, infinity), Error);
  CHECK(threshold.is_anomaly(infinity));  // whatever it has learned
  CHECK(threshold.is_anomaly(-infinity));
  // Scores below 0, as logarithms are: above by a margin is nearer to 0.
  AnomalyThreshold logarithms(0.9f, 2.0f, 10);
  for (int i = 0; i < 100; ++i) logarithms.learn(-4);
  CHECK(logarithms.threshold() == -2);
  CHECK_FALSE(logarithms.is_anomaly(-3));
  CHECK(logarithms.is_anomaly(-1));
  AnomalyThreshold at_once(0.5f, 2.0f, 0);
  CHECK(at_once.threshold() == infinity);  // of no numbers
  at_once.learn(3);
  CHECK(at_once.threshold() == 6);
}

TEST_CASE("the trend of losses stops when it no longer falls", "[device]") {
  LossTrend trend{.decay = 0.5f, .patience = 3};
  CHECK(std::isnan(trend.average()));
  CHECK(trend.add(4));
  CHECK(trend.average() == 4);  // corrected for its beginning
  CHECK(trend.add(2));
  CHECK(trend.average() == Approx((0.25f * 4 + 0.5f * 2) / 0.75f));
  const float best = trend.best;
  CHECK_FALSE(trend.add(nan));
  CHECK_FALSE(trend.add(infinity));
  CHECK(trend.best == best);
  CHECK(trend.waited == 2);
  CHECK_FALSE(trend.add(9));
  CHECK_FALSE(trend.stop());
  CHECK_FALSE(trend.add(9));
  CHECK(trend.stop());
  trend.restart();
  CHECK(trend.patience == 3);
  CHECK_FALSE(trend.stop());
  CHECK(trend.add(100));
  LossTrend impatient{.decay = 0, .min_delta = 1, .patience = 0};
  CHECK(impatient.add(5));
  CHECK_FALSE(impatient.stop());
  CHECK_FALSE(impatient.add(4.5f));  // less than min_delta
  CHECK(impatient.stop());
  CHECK(impatient.add(3.5f));
  CHECK_FALSE(impatient.stop());
  // A loss that never was a number is no reason to go on for ever.
  LossTrend broken{.patience = 3};
  for (float x : {nan, infinity, -infinity}) CHECK_FALSE(broken.add(x));
  CHECK_FALSE(broken.stop());
  CHECK_FALSE(broken.add(nan));
  CHECK(broken.stop());
  CHECK(std::isnan(broken.average()));
  CHECK(broken.best == infinity);
  CHECK(broken.add(largest));
  LossTrend wrong{.decay = 1};
  CHECK_THROWS_AS(wrong.add(1), Error);
  LossTrend negative{.min_delta = -1};
  CHECK_THROWS_AS(negative.add(1), Error);
}

/// Numbers until it says that the mean rose; -1: it did not.
int drift_at(DriftDetector detector, int changes, float rise, int count = 2000) {
  for (int i = 0; i < count; ++i) {
    const float noise = 0.1f * random::normal({7, 7}, 0, 0, static_cast<std::uint32_t>(i));
    if (detector.add(1 + noise + (i >= changes ? rise : 0))) return i;
  }
  return -1;
}

TEST_CASE("a drift detector finds a rise soon, and none where there is none", "[device]") {
  const DriftDetector detector{.tolerance = 0.05f, .threshold = 3};
  CHECK(drift_at(detector, 2000, 0) == -1);
  const int found = drift_at(detector, 500, 0.5f);
  CHECK(found >= 500);
  CHECK(found < 520);
  CHECK(drift_at(detector, 500, 0.03f) == -1);      // within the tolerance
  CHECK(drift_at(detector, 500, -0.5f) == -1);      // a fall is none
  const int at_once = drift_at(detector, 0, 0.5f);  // nothing to compare it with
  CHECK(at_once == -1);
}

TEST_CASE("a drift detector finds a rise after a million numbers as after a hundred", "[device]") {
  DriftDetector detector{.tolerance = 0.05f, .threshold = 3};
  for (int i = 0; i < 1000000; ++i) detector.add(i % 2 == 0 ? 0.9f : 1.1f);
  CHECK_FALSE(detector.drifted);
  int more = 0;
  while (!detector.add(1.5f) && more < 100) ++more;
  CHECK(more < 10);
}

TEST_CASE("a drift detector waits, leaves out what is not finite, and begins anew", "[device]") {
  DriftDetector detector{.tolerance = 0, .threshold = 1, .least = 10};
  CHECK_FALSE(detector.add(nan));
  CHECK_FALSE(detector.add(infinity));
  CHECK(detector.count == 0);
  for (int i = 0; i < 5; ++i) CHECK_FALSE(detector.add(0));
  for (int i = 0; i < 4; ++i) CHECK_FALSE(detector.add(10));  // fewer than `least`
  CHECK(detector.add(10));
  CHECK(detector.add(0));  // stays
  CHECK(detector.add(nan));
  detector.restart();
  CHECK_FALSE(detector.drifted);
  CHECK(detector.least == 10);
  CHECK_FALSE(detector.add(10));
  DriftDetector wrong{.threshold = 0};
  CHECK_THROWS_AS(wrong.add(1), Error);
  DriftDetector not_a_number{.tolerance = nan};
  CHECK_THROWS_AS(not_a_number.add(1), Error);
}

}  // namespace
