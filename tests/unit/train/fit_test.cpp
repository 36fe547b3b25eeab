// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <etch/model/training/trainer.hpp>
#include <limits>
#include <memory>
#include <runtime/host/error.hpp>
#include <string>
#include <vector>

namespace {

using namespace etch;
using Catch::Contains;

inline constexpr auto classifier = sequential(Input{2}, Dense{12, ActivationKind::tanh}, Dense{2, softmax});
inline constexpr auto binary = sequential(Input{2}, Dense{12, ActivationKind::tanh}, Dense{1, sigmoid});

/// Points in the square; the class is 1 where the signs of x and y differ.
struct Points {
  std::vector<float> x;
  std::vector<std::int32_t> classes;
  std::vector<float> one_hot, truth;
  explicit Points(int count, std::uint32_t salt = 1) {
    for (int i = 0; i < count; ++i) {
      const float a = coordinate(salt, 2 * i), b = coordinate(salt, 2 * i + 1);
      const bool differ = (a > 0) != (b > 0);
      x.insert(x.end(), {a, b});
      classes.push_back(differ);
      truth.push_back(differ ? 1.0f : 0.0f);
      one_hot.insert(one_hot.end(), {differ ? 0.0f : 1.0f, differ ? 1.0f : 0.0f});
    }
  }
  Samples samples() const { return std::span<const float>(x); }
  Dataset sparse() const { return {samples(), std::span<const std::int32_t>(classes)}; }
  Dataset rows() const { return {samples(), std::span<const float>(one_hot)}; }
  Dataset binary() const { return {samples(), std::span<const float>(truth)}; }

 private:
  static float coordinate(std::uint32_t salt, int i) {
    const float u = 2.0f * random::uniform({3, 9}, salt, 0, static_cast<std::uint32_t>(i)) - 1.0f;
    return u + (u > 0 ? 0.1f : -0.1f);  // a margin between the classes
  }
};

/// A trainer with memory of its own. The types are few, so that this file compiles fast.
template <const auto& Declared, class Optimizer, class Loss, int Batch = 8, bool Fuse = true>
struct Owned {
  using Model = Trainer<Declared, Optimizer, Loss, hana::tuple<Accuracy>, Batch, Fuse>;
  std::unique_ptr<typename Model::Storage> storage = std::make_unique<typename Model::Storage>();
  Model model;
  explicit Owned(Optimizer optimizer = {}, std::uint32_t seed = 0) : model(*storage, optimizer, {}, seed) {
    model.initialize(seed);
  }
  Model* operator->() { return &model; }
  std::vector<std::byte> bytes() { return {model.weights().begin(), model.weights().end()}; }
};
using Sparse = Owned<classifier, Adam, SparseCategoricalCrossentropy>;
using OneHot = Owned<classifier, Adam, CategoricalCrossentropy>;
using Binary = Owned<binary, Adam, BinaryCrossentropy>;

constexpr FitOptions quiet(int epochs) { return {.epochs = epochs, .silent = true}; }

TEST_CASE("fit learns what no line divides", "[fit]") {
  const Points train(256), test(100, 2);
  Sparse model(Adam{0.02f});
  const History history = model->fit(train.sparse(), quiet(40));
  REQUIRE(history.epochs.size() == 40);
  CHECK(history.last().loss < history.epochs[0].loss / 3);
  CHECK(history.last().metric[0] >= 0.97f);
  CHECK(model->evaluate(test.sparse()).metric[0] >= 0.95f);
}

TEST_CASE("compile gives each model storage of its own", "[fit]") {
  const Points data(32);
  auto a =
      compile<classifier>(SGD{}, SparseCategoricalCrossentropy{}, hana::make_tuple(Accuracy{}), batch<8>);
  auto b =
      compile<classifier>(SGD{}, SparseCategoricalCrossentropy{}, hana::make_tuple(Accuracy{}), batch<8>);
  a.initialize(1);
  b.initialize(1);
  REQUIRE(a.weights().data() != b.weights().data());
  a.fit(data.sparse(), quiet(1));
  CHECK(std::memcmp(a.weights().data(), b.weights().data(), a.weights().size()) != 0);
}

TEST_CASE("an epoch's loss is the mean over samples, also when the last batch is short", "[fit]") {
  const Points data(21);  // 8 + 8 + 5
  Sparse model(Adam{0.0f});
  std::vector<float> p(42);
  model->predict(data.x, p);
  double sum = 0;
  int right = 0;
  for (unsigned i = 0; i < 21; ++i) {
    const auto c = static_cast<unsigned>(data.classes[i]);
    sum -= std::log(static_cast<double>(p[2 * i + c]));
    right += p[2 * i + c] > p[2 * i + 1 - c];
  }
  const History history = model->fit(data.sparse(), quiet(2));
  for (const EpochResult& epoch : history.epochs) {
    CHECK(static_cast<double>(epoch.loss) == Approx(sum / 21).epsilon(1e-6));
    CHECK(epoch.metric[0] == static_cast<float>(right) / 21.0f);
  }
  const Evaluation e = model->evaluate(data.sparse());
  CHECK(static_cast<double>(e.loss) == Approx(sum / 21).epsilon(1e-6));
  CHECK(e.metric[0] == static_cast<float>(right) / 21.0f);
}

TEST_CASE("validation data and a validation split", "[fit]") {
  const Points data(40), other(24, 5);
  Sparse model(Adam{0.01f}, 3);
  const Dataset validation = other.sparse();
  FitOptions options = quiet(3);
  options.validation = &validation;
  const EpochResult last = model->fit(data.sparse(), options).last();
  const Evaluation e = model->evaluate(validation);
  CHECK(last.val_loss == e.loss);
  CHECK(last.val_metric[0] == e.metric[0]);

  // The split is the end of the set, and trains nothing: the same as giving both parts.
  Sparse split(Adam{0.01f}, 4), parts(Adam{0.01f}, 4);
  options = quiet(3);
  options.validation_split = 0.25f;
  const EpochResult a = split->fit(data.sparse(), options).last();
  const Dataset head{Samples(std::span(data.x).first(60)), Labels(std::span(data.classes).first(30))};
  const Dataset tail{Samples(std::span(data.x).subspan(60)), Labels(std::span(data.classes).subspan(30))};
  options = quiet(3);
  options.validation = &tail;
  const EpochResult b = parts->fit(head, options).last();
  CHECK(a.loss == b.loss);
  CHECK(a.val_loss == b.val_loss);
  CHECK(a.val_metric[0] == b.val_metric[0]);
  CHECK(split.bytes() == parts.bytes());
}

TEST_CASE("same seed, same bytes; the order of samples is the seed's", "[fit]") {
  const Points data(37);
  Sparse a({}, 7), b({}, 7), c({}, 7), d({}, 8);
  a->fit(data.sparse(), quiet(3));
  b->fit(data.sparse(), quiet(1));
  b->fit(data.sparse(), quiet(2));  // in two calls, as one
  CHECK(a.bytes() == b.bytes());
  c->resume(99, 0);  // the same weights, another order
  c->fit(data.sparse(), quiet(3));
  CHECK(a.bytes() != c.bytes());
  d->initialize(7);
  d->fit(data.sparse(), quiet(3));
  CHECK(a.bytes() == d.bytes());
  d->initialize(7);  // and from the start again
  d->fit(data.sparse(), quiet(3));
  CHECK(a.bytes() == d.bytes());

  FitOptions in_order = quiet(2);
  in_order.shuffle = false;
  a->initialize(1);
  c->initialize(1);
  c->resume(2, 0);
  a->fit(data.sparse(), in_order);
  c->fit(data.sparse(), in_order);
  CHECK(a.bytes() == c.bytes());
}

TEST_CASE("predict: one, many and a data set agree", "[fit]") {
  const Points data(19);
  Sparse model;
  std::vector<float> many(38), set(38);
  model->predict(data.x, many);
  model->predict(Dataset{data.samples(), {}}, set);
  CHECK(many == set);
  for (unsigned i = 0; i < 19; ++i) {
    const auto one = model->predict(std::span(data.x).subspan(2 * i, 2));
    REQUIRE(one.size() == 2);
    CHECK(one[0] == many[2 * i]);
    CHECK(one[1] == many[2 * i + 1]);
  }
}

TEST_CASE("bytes train as the floats they stand for, and byte labels as integers", "[fit]") {
  std::vector<std::uint8_t> bytes, labels;
  std::vector<float> floats;
  std::vector<std::int32_t> classes;
  for (int i = 0; i < 30; ++i) {
    for (int k = 0; k < 2; ++k) {
      bytes.push_back(static_cast<std::uint8_t>(i * 37 + k * 91));
      floats.push_back(static_cast<float>(bytes.back()) * (1.0f / 255.0f));
    }
    labels.push_back(i % 3 == 0);
    classes.push_back(i % 3 == 0);
  }
  Sparse a({}, 1), b({}, 1);
  a->fit({Samples(std::span<const std::uint8_t>(bytes)), Labels(std::span<const std::uint8_t>(labels))},
         quiet(2));
  b->fit({Samples(std::span<const float>(floats)), Labels(std::span<const std::int32_t>(classes))}, quiet(2));
  CHECK(a.bytes() == b.bytes());
}

TEST_CASE("one-hot rows train as class indices do", "[fit]") {
  const Points data(29);
  Sparse a({}, 5);
  OneHot b({}, 5);
  const EpochResult x = a->fit(data.sparse(), quiet(3)).last();
  const EpochResult y = b->fit(data.rows(), quiet(3)).last();
  CHECK(a.bytes() == b.bytes());
  CHECK(x.metric[0] == y.metric[0]);
}

TEST_CASE("binary classification", "[fit]") {
  const Points data(256);
  Binary model(Adam{0.03f});
  CHECK(model->fit(data.binary(), quiet(40)).last().metric[0] >= 0.95f);
}

TEST_CASE("the history goes where the caller wants it", "[fit]") {
  const Points data(16);
  Sparse model;
  EpochResult own[3]{};
  FitOptions options = quiet(3);
  options.history = own;
  const History history = model->fit(data.sparse(), options);
  CHECK(history.epochs.data() == own);
  CHECK(history.epochs.size() == 3);
  CHECK(own[2].loss > 0);
}

struct Counting {
  int epochs = 0, steps = 0, last_epoch = 0, last_step = 0, reports = 0;
  void set_params(const CallbackParams& params) { epochs = params.epochs, steps = params.steps; }
  void on_epoch_begin(int e, const Logs&) { last_epoch = e; }
  void on_train_batch_end(int batch, const Logs& logs) {
    last_step = batch;
    reports += logs.span().size() == 2 && std::string(logs.begin()->name) == "accuracy";
  }
};

TEST_CASE("progress is told of every batch", "[fit]") {
  const Points data(20);
  Sparse model;
  Counting progress;
  model->fit(data.sparse(), {.epochs = 2, .batch_size = 6, .silent = true}, progress);
  CHECK(progress.epochs == 2);
  CHECK(progress.steps == 4);
  CHECK(progress.last_epoch == 1);
  CHECK(progress.last_step == 3);
  CHECK(progress.reports == 8);
}

TEST_CASE("bad data is refused with a sentence, and the model stays as it was", "[fit]") {
  const Points data(20);
  Sparse model;
  OneHot rows;
  const auto before = model.bytes();
  Points wrong = data;
  wrong.classes[7] = 2;
  CHECK_THROWS_WITH(model->fit(wrong.sparse(), quiet(1)), Contains("a label is out of range"));
  wrong.classes[7] = -1;
  CHECK_THROWS_WITH(model->evaluate(wrong.sparse()), Contains("a label is out of range"));
  const Dataset bad = wrong.sparse();
  FitOptions validated = quiet(1);
  validated.validation = &bad;
  CHECK_THROWS_WITH(model->fit(data.sparse(), validated), Contains("a label is out of range"));
  CHECK_THROWS_WITH(model->fit({}, quiet(1)), Contains("the data set is empty"));
  CHECK_THROWS_WITH(model->evaluate({}), Contains("the data set is empty"));
  CHECK_THROWS_WITH(model->fit(data.rows(), quiet(1)), Contains("this loss takes class indices"));
  CHECK_THROWS_WITH(rows->fit(data.sparse(), quiet(1)), Contains("this loss takes targets as floats"));
  Points fewer = data;
  fewer.x.pop_back();
  CHECK_THROWS_WITH(model->fit(fewer.sparse(), quiet(1)), Contains("do not belong together"));
  fewer = data;
  fewer.one_hot.pop_back();
  CHECK_THROWS_WITH(rows->fit(fewer.rows(), quiet(1)), Contains("do not belong together"));
  CHECK(model.bytes() == before);
}

TEST_CASE("bad options are refused with a sentence", "[fit]") {
  const Points data(20);
  Sparse model;
  const auto before = model.bytes();
  const auto fit = [&](FitOptions options) {
    options.silent = true;
    model->fit(data.sparse(), options);
  };
  CHECK_THROWS_WITH(fit({.epochs = 0}), Contains("fit needs at least one epoch"));
  CHECK_THROWS_WITH(fit({.epochs = -3}), Contains("fit needs at least one epoch"));
  EpochResult own[2]{};
  CHECK_THROWS_WITH(fit({.epochs = 3, .history = own}), Contains("give a larger span as history"));
  CHECK_THROWS_WITH(fit({.batch_size = 9}), Contains("batch_size must be from 1"));
  CHECK_THROWS_WITH(fit({.batch_size = -1}), Contains("batch_size must be from 1"));
  for (const float share : {-0.1f, 1.0f, 2.0f, std::numeric_limits<float>::quiet_NaN()})
    CHECK_THROWS_WITH(fit({.validation_split = share}), Contains("validation_split is a share"));
  CHECK_THROWS_WITH(fit({.validation_split = 0.99f}),
                    Contains("validation_split leaves no sample to train on"));
  std::vector<float> three(3), out(40);
  CHECK_THROWS_WITH(model->predict(three, out), Contains("whole samples"));
  CHECK_THROWS_WITH(model->predict(std::span<const float>{}, out), Contains("whole samples"));
  CHECK_THROWS_WITH(model->predict(three), Contains("one sample"));
  CHECK_THROWS_WITH(model->predict(data.x, std::span(out).first(39)), Contains("room for every sample"));
  CHECK_THROWS_WITH(model->predict(Dataset{}, out), Contains("whole samples"));
  CHECK(model.bytes() == before);
}

inline constexpr auto rectified = sequential(Input{2}, Dense{6, relu}, Dense{2, softmax});

TEST_CASE("NaN in the inputs stops training before a weight is touched", "[fit]") {
  Points data(16);
  data.x[5] = std::numeric_limits<float>::quiet_NaN();
  Sparse model;
  const auto before = model.bytes();
  CHECK_THROWS_WITH(model->fit(data.sparse(), quiet(1)), Contains("the loss is not a number"));
  // relu(NaN) is NaN, as in Keras: or a NaN would reach the weights and no loss would show it.
  Owned<rectified, Adam, SparseCategoricalCrossentropy> other;
  CHECK_THROWS_WITH(other->fit(data.sparse(), {.batch_size = 8, .silent = true}),
                    Contains("the loss is not a number"));
  Points first(8);
  first.x[0] = first.x[3] = std::numeric_limits<float>::quiet_NaN();
  model->initialize(0);
  CHECK_THROWS_AS(model->fit(first.sparse(), quiet(1)), Error);
  CHECK(model.bytes() == before);
}

/// What a user writes instead of `fit`.
template <class Model>
float own_step(Model& model, const Points& data, std::size_t first, int rows) {
  const auto n = static_cast<std::size_t>(rows);
  std::copy_n(data.x.begin() + static_cast<std::ptrdiff_t>(2 * first), 2 * n, model->input().begin());
  std::copy_n(data.classes.begin() + static_cast<std::ptrdiff_t>(first), n,
              static_cast<std::int32_t*>(model->labels()));
  REQUIRE(model->forward(rows).size() == 2 * n);
  const float loss = model->loss(rows);
  model->backward(rows);
  model->apply_gradients();
  return loss;
}

TEST_CASE("a user's own training step equals the fused one bit for bit", "[fit]") {
  const Points data(20);
  Sparse fused({}, 6);
  Owned<classifier, Adam, SparseCategoricalCrossentropy, 8, false> own({}, 6);
  FitOptions in_order = quiet(3);
  in_order.shuffle = false;
  const float loss = fused->fit(data.sparse(), in_order).last().loss;
  float sum = 0;
  for (int epoch = 0; epoch < 3; ++epoch) {
    sum = 0;
    for (std::size_t first = 0; first < 20; first += 8) {
      const int rows = first + 8 <= 20 ? 8 : 4;
      sum += own_step(own, data, first, rows) * static_cast<float>(rows);
    }
  }
  CHECK(fused.bytes() == own.bytes());
  CHECK(fused->step() == own->step());
  CHECK(loss == Approx(sum / 20));
  float size = 0;
  for (const float g : own->gradients()) size += g * g;
  CHECK(size > 0);
}

inline constexpr auto two_inputs = functional([](Builder& g) {
  const Tensor a = Dense{8, ActivationKind::tanh}(g.input({1})),
               b = Dense{8, ActivationKind::tanh}(g.input({2}));
  return Dense{2, softmax}(Dense{8, relu}(Concatenate{}(a, b)));
});

TEST_CASE("several inputs: fit, evaluate, predict one and many", "[fit]") {
  const Points data(100);
  std::vector<float> first, rest;
  for (unsigned i = 0; i < 100; ++i) {
    first.push_back(data.x[2 * i]);
    rest.insert(rest.end(), {data.x[2 * i + 1], 0.25f});
  }
  const Dataset set{{Samples(std::span<const float>(first)), Samples(std::span<const float>(rest))},
                    std::span<const std::int32_t>(data.classes)};
  Owned<two_inputs, Adam, SparseCategoricalCrossentropy> model(Adam{0.02f});
  const float accuracy = model->fit(set, quiet(30)).last().metric[0];
  CHECK(accuracy >= 0.9f);
  std::vector<float> out(200);
  model->predict(set, out);
  double sum = 0;
  for (unsigned i = 0; i < 100; ++i) {
    const float sample[] = {first[i], rest[2 * i], rest[2 * i + 1]};
    const auto one = model->predict(sample);
    CHECK(one[0] == out[2 * i]);
    CHECK(one[1] == out[2 * i + 1]);
    sum -= std::log(static_cast<double>(out[2 * i + static_cast<unsigned>(data.classes[i])]));
  }
  CHECK(static_cast<double>(model->evaluate(set).loss) == Approx(sum / 100).margin(1e-6));
  Dataset uneven = set;
  uneven.x[1] = std::span<const float>(rest).first(198);
  CHECK_THROWS_WITH(model->fit(uneven, quiet(1)), Contains("do not belong together"));
  CHECK_THROWS_WITH(model->predict(uneven, out), Contains("whole samples"));
}

}  // namespace
