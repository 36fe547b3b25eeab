// SPDX-License-Identifier: BSL-1.0
#include <catch2/catch.hpp>
#include <cmath>
#include <etch/model/training/trainer.hpp>
#include <limits>
#include <memory>
#include <vector>

namespace {

using namespace etch;
using Catch::Contains;

inline constexpr auto net = sequential(Input{2}, Dense{4, ActivationKind::tanh}, Dense{3, softmax});
using Model = Trainer<net, Adam, SparseCategoricalCrossentropy, hana::tuple<Accuracy, Weighted<Accuracy>>, 4>;

struct Owned {
  std::unique_ptr<Model::Storage> storage = std::make_unique<Model::Storage>();
  Model model;
  explicit Owned(float rate = 0.01f) : model(*storage, Adam{.learning_rate = rate}) { model.initialize(2); }
  Model* operator->() { return &model; }
  std::vector<std::byte> bytes() { return {model.weights().begin(), model.weights().end()}; }
};

const std::vector<float> xs{0.5f, -1, 0.25f, 0.75f, -0.5f, -0.5f, 1, 0.125f, -0.75f, 0.5f, 0.1f, 0.2f};
const std::vector<std::int32_t> ys{0, 2, 1, 1, 0, 2};
Dataset data() { return {std::span<const float>(xs), std::span<const std::int32_t>(ys)}; }

TEST_CASE("sample weights scale each sample's loss; the mean is over samples, as in Keras", "[weights]") {
  const std::vector<float> weights{1, 0, 2, 0.5f, 1, 3};
  Owned model(0.0f);
  std::vector<float> p(18);
  model->predict(xs, p);
  double sum = 0, right = 0, all = 0;
  for (std::size_t i = 0; i < 6; ++i) {
    const auto label = static_cast<std::size_t>(ys[i]);
    const double w = static_cast<double>(weights[i]);
    sum -= w * std::log(static_cast<double>(p[3 * i + label]));
    const bool hit =
        p[3 * i + label] >= p[3 * i] && p[3 * i + label] >= p[3 * i + 1] && p[3 * i + label] >= p[3 * i + 2];
    right += hit ? w : 0;
    all += w;
  }
  Dataset set = data();
  set.sample_weight = std::span<const float>(weights);
  const Evaluation e = model->evaluate(set);
  CHECK(static_cast<double>(e.loss) == Approx(sum / 6).epsilon(1e-6));
  CHECK(static_cast<double>(e.metric[1]) == Approx(right / all));
  CHECK(e.metric[0] == model->evaluate(data()).metric[0]);  // metrics count samples alike
  const History history = model->fit(set, {.epochs = 2, .silent = true});
  const EpochResult trained = history.last();
  CHECK(history.get("weighted_accuracy") == trained.metric[1]);
  CHECK(static_cast<double>(trained.loss) == Approx(sum / 6).epsilon(1e-6));
}

TEST_CASE("a weight of 2 is a sample given twice, a weight of 0 none", "[weights]") {
  // One batch of 4: samples 0, 1, 1, 2 against samples 0, 1, 2, 3 with weights 1, 2, 1, 0.
  const std::vector<float> twice{0.5f, -1, 0.25f, 0.75f, 0.25f, 0.75f, -0.5f, -0.5f};
  const std::vector<std::int32_t> labels{0, 2, 2, 1};
  const std::vector<float> weights{1, 2, 1, 0};
  Owned a, b;
  const float x = a->train_on_batch({std::span<const float>(twice), std::span<const std::int32_t>(labels)});
  const float y =
      b->train_on_batch({std::span(xs).first(8), std::span(ys).first(4), std::span<const float>(weights)});
  CHECK(x == Approx(y).epsilon(1e-6));
  std::vector<float> p(18), q(18);
  a->predict(xs, p);
  b->predict(xs, q);
  for (std::size_t i = 0; i < 18; ++i) CHECK(p[i] == Approx(q[i]).epsilon(1e-5));
}

TEST_CASE("class weights are sample weights by the label", "[weights]") {
  const std::vector<float> of_class{0.5f, 1, 4};
  std::vector<float> of_sample;
  for (const std::int32_t y : ys) of_sample.push_back(of_class[static_cast<std::size_t>(y)]);
  Owned a, b;
  Dataset set = data();
  const EpochResult x = a->fit(set, {.epochs = 3, .class_weight = of_class, .silent = true}).last();
  set.sample_weight = std::span<const float>(of_sample);
  const EpochResult y = b->fit(set, {.epochs = 3, .silent = true}).last();
  CHECK(a.bytes() == b.bytes());
  CHECK(x.loss == y.loss);
  CHECK(x.metric[1] == y.metric[1]);
}

inline constexpr auto one = sequential(Input{2}, Dense{1, sigmoid});
TEST_CASE("class weights of a binary output, one-hot rows, and single batches", "[weights]") {
  const std::vector<float> truth{0, 1, 1, 0}, of_class{1, 3}, of_sample{1, 3, 3, 1};
  auto a = compile<one>(SGD{}, BinaryCrossentropy{}, hana::make_tuple(), batch<4>);
  auto b = compile<one>(SGD{}, BinaryCrossentropy{}, hana::make_tuple(), batch<4>);
  a.initialize(1), b.initialize(1);
  const Dataset set{std::span(xs).first(8), std::span<const float>(truth)};
  CHECK(a.train_on_batch(set, of_class) ==
        b.train_on_batch(
            {std::span(xs).first(8), std::span<const float>(truth), std::span<const float>(of_sample)}));
  CHECK(a.test_on_batch(set).loss == b.test_on_batch(set).loss);
  CHECK(a.test_on_batch(set).loss == a.evaluate(set).loss);
}

inline constexpr auto masked = sequential(Input{3, 2}, Masking{}, TimeDistributed{Dense{2, softmax}});
TEST_CASE("losses and metrics leave out what a mask does, in training and evaluation", "[weights]") {
  auto model = compile<masked>(SGD{.learning_rate = 0}, SparseCategoricalCrossentropy{},
                               hana::make_tuple(Accuracy{}), batch<4>);
  model.initialize(1);
  std::vector<float> steps(3 * 3 * 2), p(3 * 3 * 2);
  std::vector<std::int32_t> labels{0, 1, 1, 0, 0, 1, 1, 1, 0};
  for (std::size_t i = 0; i < steps.size(); ++i) steps[i] = xs[i % xs.size()];
  for (const std::size_t position : {2u, 4u, 5u}) steps[2 * position] = steps[2 * position + 1] = 0;
  model.predict(steps, p);
  double sum = 0, right = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    if (i == 2 || i == 4 || i == 5) continue;
    const auto label = static_cast<std::size_t>(labels[i]);
    sum -= std::log(static_cast<double>(p[2 * i + label]));
    right += p[2 * i + label] > p[2 * i + 1 - label] ? 1 : 0;
  }
  const Dataset set{std::span<const float>(steps), std::span<const std::int32_t>(labels)};
  const Evaluation e = model.evaluate(set);
  CHECK(static_cast<double>(e.loss) == Approx(sum / 6).epsilon(1e-6));
  CHECK(static_cast<double>(e.metric[0]) == Approx(right / 6));
  const EpochResult trained = model.fit(set, {.batch_size = 3, .silent = true}).last();
  CHECK(trained.loss == e.loss);
  CHECK(trained.metric[0] == e.metric[0]);
}

inline constexpr auto one_step = sequential(Input{1, 2}, Masking{}, TimeDistributed{Dense{2, softmax}});
TEST_CASE("a weighted metric leaves out masked samples", "[weights]") {
  auto model = compile<one_step>(SGD{}, SparseCategoricalCrossentropy{},
                                 hana::make_tuple(Weighted<Accuracy>{}), batch<4>);
  model.initialize(1);
  const std::vector<float> x{1, 2, -2, 1, 0, 0, 3, -1}, weights{1, 2, 4, 0};
  std::vector<float> p(8);
  model.predict(x, p);
  std::vector<std::int32_t> labels;
  for (std::size_t r = 0; r < 4; ++r) labels.push_back(p[2 * r + 1] > p[2 * r]);
  labels[1] = 1 - labels[1];  // of weights 1 and 2 the first is right; 4 is masked
  const Dataset set{std::span<const float>(x), std::span<const std::int32_t>(labels),
                    std::span<const float>(weights)};
  CHECK(model.evaluate(set).metric[0] == Approx(1.0 / 3));
}

TEST_CASE("weights that cannot be are refused", "[weights]") {
  Owned model;
  const auto before = model.bytes();
  const auto fit_with = [&](std::vector<float> weights) {
    Dataset set = data();
    set.sample_weight = std::span<const float>(weights);
    model->fit(set, {.silent = true});
  };
  CHECK_THROWS_WITH(fit_with({1, 1, 1}), Contains("sample_weight needs one number for each sample"));
  CHECK_THROWS_WITH(fit_with({1, 1, -1, 1, 1, 1}), Contains("finite numbers of at least 0"));
  CHECK_THROWS_WITH(fit_with({1, 1, std::numeric_limits<float>::quiet_NaN(), 1, 1, 1}),
                    Contains("finite numbers of at least 0"));
  const std::vector<float> two{1, 1}, three{1, 1, 1}, six{1, 1, 1, 1, 1, 1}, negative{1, -1, 1};
  const auto with_classes = [&](const std::vector<float>& weights, const Dataset& set) {
    model->fit(set, {.class_weight = weights, .silent = true});
  };
  CHECK_THROWS_WITH(with_classes(two, data()), Contains("class_weight needs one number for each class"));
  CHECK_THROWS_WITH(with_classes(negative, data()), Contains("finite numbers of at least 0"));
  Dataset both = data();
  both.sample_weight = std::span<const float>(six);
  CHECK_THROWS_WITH(with_classes(three, both), Contains("class_weight or sample_weight, not both"));
  CHECK_THROWS_WITH(model->train_on_batch(data()), Contains("the batch is larger than the one"));
  CHECK_THROWS_WITH(model->test_on_batch({}), Contains("the data set is empty"));
  CHECK(model.bytes() == before);
}

}  // namespace
