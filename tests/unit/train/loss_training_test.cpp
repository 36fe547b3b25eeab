// SPDX-License-Identifier: BSL-1.0
// Losses and metrics in a compiled model: their numbers, positions, weights and a user's own loss arrive.
#include <catch2/catch.hpp>
#include <cmath>
#include <etch/model/training/trainer.hpp>
#include <memory>
#include <vector>

#include "quartic.hpp"

namespace {

using namespace etch;

constexpr int rows = 10;

float uniform(int i, int salt) {
  return random::uniform({5, 8}, static_cast<std::uint32_t>(salt), 4, static_cast<std::uint32_t>(i));
}
std::vector<float> numbers(int count, int salt) {
  std::vector<float> x;
  for (int i = 0; i < count; ++i) x.push_back(2 * uniform(i, salt) - 1);
  return x;
}

/// A trainer with memory of its own, batches of 4: 4 + 4 + 2 rows.
template <const auto& Declared, class Loss, class Metrics, int Batch = 4>
struct Owned {
  using Model = Trainer<Declared, SGD, Loss, Metrics, Batch>;
  std::unique_ptr<typename Model::Storage> storage = std::make_unique<typename Model::Storage>();
  Model model;
  explicit Owned(Loss loss = {}, Metrics metrics = {}) : model(*storage, SGD{}, metrics, 3, loss) {}
  Model* operator->() { return &model; }
};

inline constexpr auto line = sequential(Input{3}, Dense{2});
inline constexpr auto steps =
    sequential(Input{3, 4}, Dense{.units = 5, .activation = softmax, .allow_axes = true});

/// The loss of training and evaluation against a formula over the predictions.
template <class Loss, class Formula>
void check_line(const Loss& loss, const Formula& formula) {
  INFO(Loss::name);
  Owned<line, Loss, hana::tuple<MeanLoss<Loss>>> model(loss, hana::make_tuple(MeanLoss<Loss>{loss}));
  const auto x = numbers(3 * rows, 1), y = numbers(2 * rows, 2);
  std::vector<float> weights;
  for (int r = 0; r < rows; ++r) weights.push_back(2 * uniform(r, 3));
  Dataset data{std::span<const float>(x), std::span<const float>(y)};
  std::vector<float> p(2 * rows);
  model->predict(x, p);
  double plain = 0, weighted = 0;
  for (unsigned r = 0; r < rows; ++r) {
    const double one = formula(p[2 * r], y[2 * r], p[2 * r + 1], y[2 * r + 1]);
    plain += one / rows, weighted += static_cast<double>(weights[r]) * one / rows;
  }
  const Evaluation e = model->evaluate(data);
  CHECK(static_cast<double>(e.loss) == Approx(plain).epsilon(1e-5));
  CHECK(e.metric[0] == Approx(e.loss).epsilon(1e-5));
  data.sample_weight = std::span<const float>(weights);
  CHECK(static_cast<double>(model->evaluate(data).loss) == Approx(weighted).epsilon(1e-5));
  const FitOptions options{.epochs = 30, .silent = true};
  CHECK(model->fit(data, options).last().loss < static_cast<float>(weighted));
}

TEST_CASE("losses with numbers and a user's own, trained and evaluated", "[loss]") {
  check_line(Huber{.delta = 0.3f}, [](double p, double t, double q, double u) {
    const auto one = [](double d) { return std::abs(d) <= 0.3 ? d * d / 2 : 0.3 * std::abs(d) - 0.045; };
    return (one(p - t) + one(q - u)) / 2;
  });
  check_line(CustomLoss<Quartic>{},
             [](double p, double t, double q, double u) { return std::pow(p - t, 4) + std::pow(q - u, 4); });
}

TEST_CASE("a loss and metrics over positions", "[loss]") {
  using Loss = SparseCategoricalCrossentropy;
  using Metrics = hana::tuple<Accuracy, SparseTopKCategoricalAccuracy, ConfusionMatrix<5>>;
  const auto x = numbers(12 * rows, 5);
  std::vector<std::int32_t> classes;
  for (int k = 0; k < 3 * rows; ++k) classes.push_back(static_cast<int>(uniform(k, 6) * 5));
  const Dataset data{std::span<const float>(x), std::span<const std::int32_t>(classes)};
  Owned<steps, Loss, Metrics> model({}, {Accuracy{}, SparseTopKCategoricalAccuracy{{.k = 2}}, {}});
  std::vector<float> p(15 * rows);
  model->predict(x, p);
  double sum = 0;
  int right = 0, near = 0;
  for (unsigned k = 0; k < 3 * rows; ++k) {
    const auto c = static_cast<unsigned>(classes[k]);
    sum -= std::log(static_cast<double>(p[5 * k + c]));
    int larger = 0;
    for (unsigned i = 0; i < 5; ++i) larger += p[5 * k + i] > p[5 * k + c];
    right += larger == 0, near += larger < 2;
  }
  const Evaluation e = model->evaluate(data);
  CHECK(static_cast<double>(e.loss) == Approx(sum / (3 * rows)).epsilon(1e-5));
  CHECK(e.metric[0] == static_cast<float>(right) / (3 * rows));
  CHECK(e.metric[1] == static_cast<float>(near) / (3 * rows));
  float counted = 0;
  for (const auto& row : hana::back(model->metrics()).count)
    for (const float c : row) counted += c;
  CHECK(counted == 3 * rows);
  CHECK(e.metric[2] == e.metric[0]);
}

TEST_CASE("an ignored class takes no part in training", "[loss]") {
  using Loss = SparseCategoricalCrossentropy;
  const auto x = numbers(12 * rows, 5);
  std::vector<std::int32_t> classes;
  for (int k = 0; k < 3 * rows; ++k) classes.push_back(k % 4 == 0 ? 255 : k % 5);
  Owned<steps, Loss, hana::tuple<>, rows> model(Loss{.ignore_class = 255});
  std::vector<float> p(15 * rows);
  model->predict(x, p);
  double sum = 0, kept = 0;
  for (unsigned k = 0; k < 3 * rows; ++k) {
    if (k % 4 == 0) continue;
    sum -= std::log(static_cast<double>(p[5 * k + static_cast<unsigned>(classes[k])]));
    ++kept;
  }
  const Dataset data{std::span<const float>(x), std::span<const std::int32_t>(classes)};
  CHECK(static_cast<double>(model->evaluate(data).loss) == Approx(sum / kept).epsilon(1e-5));
  CHECK(static_cast<double>(model->train_on_batch(data)) == Approx(sum / kept).epsilon(1e-5));
}

}  // namespace
