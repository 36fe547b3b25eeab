// SPDX-License-Identifier: BSL-1.0
// Losses against published numbers, and at their edges.
#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>

#include "loss_case.hpp"

namespace {

using namespace etch;
using namespace loss_case;

/// The mean over rows, as Keras prints it, of flat rows of `elements`.
template <class L>
double keras(const L& loss, int elements, const Row& t, const Row& p, const Row& weights = {},
             int positions = 1) {
  Case c{{L::kind, positions, elements, L::from_logits}, loss.parameters(), {}, {}, {}};
  c.rows = static_cast<int>(p.size()) / elements / positions;
  c.p = p, c.t = t, c.weights = weights;
  for (const double v : t) c.classes.push_back(static_cast<std::int32_t>(v));
  return c.total<float>(p) / c.rows;
}

TEST_CASE("the numbers of Keras's documentation", "[loss]") {
  const auto is = [](double expected, double within = 1e-3) {
    return Approx(expected).margin(within).epsilon(0);
  };
  const Row t{0, 1, 0, 0}, p{1, 1, 1, 0}, q{0.6, 0.4, 0.4, 0.6};
  CHECK(keras(MeanSquaredError{}, 2, t, p) == is(0.5));
  CHECK(keras(MeanSquaredError{}, 2, t, p, {0.7, 0.3}) == is(0.25));
  CHECK(keras(MeanAbsoluteError{}, 2, t, p) == is(0.5));
  CHECK(keras(MeanAbsolutePercentageError{}, 2, {2, 1, 2, 3}, {1, 1, 1, 0}) == is(50));
  CHECK(keras(MeanAbsolutePercentageError{}, 2, {2, 1, 2, 3}, {1, 1, 1, 0}, {0.7, 0.3}) == is(20));
  CHECK(keras(MeanSquaredLogarithmicError{}, 2, t, p) == is(0.240));
  CHECK(keras(MeanSquaredLogarithmicError{}, 2, t, p, {0.7, 0.3}) == is(0.120));
  CHECK(keras(Huber{}, 2, t, q) == is(0.155));
  CHECK(keras(Huber{}, 2, t, q, {1, 0}) == is(0.09));
  CHECK(keras(LogCosh{}, 2, t, {1, 1, 0, 0}) == is(0.108));
  CHECK(keras(Poisson{}, 2, t, {1, 1, 0, 0}) == is(0.5));
  CHECK(keras(KLDivergence{}, 2, t, q) == is(0.458));
  CHECK(keras(Hinge{}, 2, t, q) == is(1.3));
  CHECK(keras(Hinge{}, 2, t, q, {1, 0}) == is(0.55));
  CHECK(keras(SquaredHinge{}, 2, t, q) == is(1.86));
  CHECK(keras(SquaredHinge{}, 2, t, q, {1, 0}) == is(0.73));
  CHECK(keras(CategoricalHinge{}, 2, t, q) == is(1.4));
  CHECK(keras(CategoricalHinge{}, 2, t, q, {1, 0}) == is(0.6));
  CHECK(keras(CosineSimilarity{}, 2, {0, 1, 1, 1}, {1, 0, 1, 1}) == is(-0.5));
  CHECK(keras(CosineSimilarity{}, 2, {0, 1, 1, 1}, {1, 0, 1, 1}, {0.8, 0.2}) == is(-0.1));
  const Row z{-18.6, 0.51, 2.94, -12.8};
  CHECK(keras(FromLogits<BinaryCrossentropy>{}, 4, t, z) == is(0.8654));
  CHECK(keras(FromLogits<BinaryCrossentropy>{}, 2, t, z, {0.8, 0.2}) == is(0.243));
  CHECK(keras(FromLogits<BinaryFocalCrossentropy>{}, 4, t, z) == is(0.691));
  CHECK(keras(FromLogits<BinaryFocalCrossentropy>{{.apply_class_balancing = true}}, 4, t, z) == is(0.51));
  CHECK(keras(FromLogits<BinaryFocalCrossentropy>{{.gamma = 3}}, 2, t, z) == is(0.647));
  CHECK(keras(FromLogits<BinaryFocalCrossentropy>{{.gamma = 3}}, 2, t, z, {0.8, 0.2}) == is(0.133));
  const Row one_hot{0, 1, 0, 0, 0, 1}, shares{0.05, 0.95, 0, 0.1, 0.8, 0.1};
  CHECK(keras(CategoricalCrossentropy{}, 3, one_hot, shares) == is(1.177));
  CHECK(keras(CategoricalCrossentropy{}, 3, one_hot, shares, {0.3, 0.7}) == is(0.814));
  CHECK(keras(CategoricalFocalCrossentropy{}, 3, one_hot, shares) == is(0.23315276, 1e-6));
  CHECK(keras(CategoricalFocalCrossentropy{}, 3, one_hot, shares, {0.3, 0.7}) == is(0.1632));
  CHECK(keras(SparseCategoricalCrossentropy{}, 3, {1, 2}, shares) == is(1.177));
  CHECK(keras(SparseCategoricalCrossentropy{}, 3, {1, 2}, shares, {0.3, 0.7}) == is(0.814));
  const Row squares{1, 1, 0, 0, 1, 1, 0, 0}, found{0, 1, 0, 1, 0.4, 0, 0, 0.9};
  CHECK(keras(Dice{}, 1, squares, found, {}, 4) == is((0.5 + 0.75757575) / 2, 1e-6));
  // Not Keras's: true positives 0.8, false positives 0.6, false negatives 0.2.
  CHECK(keras(Tversky{.alpha = 0.3f, .beta = 0.7f}, 3, {1, 0, 0}, {0.8, 0.4, 0.2}) == is(0.285714, 1e-6));
}

TEST_CASE("an ignored class, a mask and what they hide", "[loss]") {
  Case c{{LossKind::sparse_categorical_crossentropy, 2, 3, 1},
         SparseCategoricalCrossentropy{.ignore_class = 255}.parameters(),
         {},
         {},
         {},
         2};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  c.p = {1, 2, 3, nan, nan, nan, 0, 1, 0, 2, 2, 0};
  c.classes = {0, 255, 1, 2};
  std::vector<double> slope;
  const double total = c.total<double>(c.p, &slope);
  const auto one = [](const Row& z, unsigned right) { return -std::log(softmax_of(z)[right]); };
  const double mean = (one({1, 2, 3}, 0) + one({0, 1, 0}, 1) + one({2, 2, 0}, 2)) / 3;
  CHECK(total / 2 == Approx(mean));
  for (const unsigned i : {3u, 4u, 5u}) CHECK(slope[i] == 0);
  c.mask = {1, 1, 0, 1};
  CHECK(c.total<double>(c.p) / 2 == Approx((one({1, 2, 3}, 0) + one({2, 2, 0}, 2)) / 2));
  c.mask = {0, 1, 0, 0};  // nothing is left: Keras's 0
  CHECK(c.total<double>(c.p, &slope) == 0);
  CHECK(std::all_of(slope.begin(), slope.end(), [](double s) { return s == 0; }));
}

TEST_CASE("a sample of weight 0 may hold anything", "[loss]") {
  Case c{{LossKind::mean_squared_error, 1, 2}, {}, {}, {}, {}, 2};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  c.p = {1, 3, nan, 5}, c.t = {0, 0, 0, nan}, c.weights = {2, 0};
  std::vector<double> slope;
  CHECK(c.total<double>(c.p, &slope) == 10);
  CHECK(slope == std::vector<double>{1, 3, 0, 0});
  c.weights = {0, 0};
  CHECK(c.total<double>(c.p, &slope) == 0);
  CHECK(slope == std::vector<double>{0, 0, 0, 0});
}

TEST_CASE("losses at the ends of their range", "[loss]") {
  CHECK(keras(BinaryCrossentropy{}, 2, {0, 1}, {1, 0}) == Approx(-std::log(1e-7)).epsilon(0.02));
  CHECK(keras(BinaryFocalCrossentropy{}, 2, {0, 1}, {0, 1}) == Approx(0).margin(1e-6));
  CHECK(keras(CategoricalCrossentropy{}, 2, {0, 1}, {1, 0}) == Approx(-std::log(1e-7)).epsilon(1e-6));
  CHECK(keras(FromLogits<CategoricalCrossentropy>{}, 2, {0, 1}, {300, -300}) == Approx(600));
  CHECK(keras(CosineSimilarity{}, 2, {0, 1}, {0, 0}) == 0);
  CHECK(keras(KLDivergence{}, 2, {0, 1}, {1, 0}) == Approx(-std::log(1e-7)).epsilon(1e-4));
  CHECK(keras(LogCosh{}, 1, {0}, {200}) == Approx(200 - std::log(2.0)));
  CHECK(keras(Dice{}, 2, {0, 0}, {0, 0}) == 1);
}

TEST_CASE("the slope of a cross-entropy before softmax, whatever the targets sum to", "[loss]") {
  const Row z{1, 0}, p = softmax_of(z);  // (0.731, 0.269)
  const auto slopes = [&](bool through, Row targets, float smoothing = 0) {
    Case c{{LossKind::categorical_crossentropy, 1, 2, !through, through},
           CategoricalCrossentropy{smoothing}.parameters(),
           {},
           {},
           {}};
    c.p = through ? p : z, c.t = targets;
    std::vector<double> slope;
    c.total<double>(c.p, &slope);
    return slope;
  };
  const auto are = [](const Row& found, double first, double second) {
    CHECK(found[0] == Approx(first).margin(1e-7));
    CHECK(found[1] == Approx(second).margin(1e-7));
  };
  for (const bool through : {false, true}) {
    are(slopes(through, {0, 0}), 0, 0);
    are(slopes(through, {1, 1}), 0.4621172, -0.4621172);
    are(slopes(through, {1, 0}), p[0] - 1, p[1]);
    are(slopes(through, {2, 0}), 2 * p[0] - 2, 2 * p[1]);
    are(slopes(through, {0, 0}, 0.5f), 0.5 * p[0] - 0.25, 0.5 * p[1] - 0.25);
  }
}

/// What a loss is of (NaN, 0.4), of masked positions alone, of no weight, and where nothing is left to learn.
template <class L>
void check_edges(const L& loss, const Row& met, double least) {
  INFO(L::name << ", logits " << L::from_logits);
  Case c{{L::kind, 1, 2, L::from_logits}, loss.parameters(), {}, {}, {}};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  c.t = {1, 0}, c.classes = {0};
  std::vector<double> slope;
  c.p = {nan, 0.4};
  CHECK(std::isnan(c.total<double>(c.p, &slope)));
  const std::vector<double> still{0, 0};
  c.weights = {0};
  CHECK(c.total<double>(c.p, &slope) == 0);
  CHECK(slope == still);
  c.weights.clear();
  c.mask = {0};
  if (!scores_samples(L::kind)) {
    CHECK(c.total<double>(c.p, &slope) == 0);
    CHECK(slope == still);
  }
  c.mask.clear();
  c.p = met;
  CHECK(c.total<double>(c.p, &slope) == Approx(least).margin(1e-6));
  for (const double s : slope) CHECK(std::isfinite(s));
  std::vector<float> slope32;
  CHECK(c.total<float>(c.p, &slope32) == Approx(least).margin(1e-6));
  for (const float s : slope32) CHECK(std::isfinite(s));
}

TEST_CASE("every loss of NaN, of nothing, and where targets are met", "[loss]") {
  const Row same{1, 0}, sure{100, -100};
  check_edges(MeanSquaredError{}, same, 0);
  check_edges(MeanAbsoluteError{}, same, 0);
  check_edges(MeanAbsolutePercentageError{}, same, 0);
  check_edges(MeanSquaredLogarithmicError{}, same, 0);
  check_edges(Huber{}, same, 0);
  check_edges(LogCosh{}, same, 0);
  check_edges(Poisson{}, same, 0.5);
  check_edges(KLDivergence{}, same, 0);
  check_edges(Hinge{}, {1, -1}, 0);  // 0 stands for -1
  check_edges(SquaredHinge{}, {1, -1}, 0);
  check_edges(CategoricalHinge{}, same, 0);
  check_edges(CosineSimilarity{}, same, -1);
  check_edges(BinaryCrossentropy{}, same, 1e-7);
  check_edges(FromLogits<BinaryCrossentropy>{}, sure, 0);
  check_edges(BinaryFocalCrossentropy{}, same, 0);
  check_edges(FromLogits<BinaryFocalCrossentropy>{}, sure, 0);
  check_edges(CategoricalCrossentropy{}, same, 1e-7);
  check_edges(FromLogits<CategoricalCrossentropy>{}, sure, 0);
  check_edges(CategoricalFocalCrossentropy{}, same, 0);
  check_edges(FromLogits<CategoricalFocalCrossentropy>{}, sure, 0);
  check_edges(SparseCategoricalCrossentropy{}, same, 1e-7);
  check_edges(FromLogits<SparseCategoricalCrossentropy>{}, sure, 0);
  check_edges(Dice{}, same, 0);
  check_edges(Tversky{}, same, 0);
}

}  // namespace
