// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <etch/model/training/trainer.hpp>
#include <memory>
#include <vector>

namespace {

using namespace etch;
using Catch::Contains;

inline constexpr auto net = sequential(Input{3}, Dense{5, ActivationKind::tanh}, Dense{2, softmax});
using Model = Trainer<net, Adam, SparseCategoricalCrossentropy, hana::tuple<Accuracy>, 8>;

struct Owned {
  std::unique_ptr<Model::Storage> storage = std::make_unique<Model::Storage>();
  Model model;
  Owned() : model(*storage, Adam{.learning_rate = 0.01f}) { model.initialize(4); }
  Model* operator->() { return &model; }
  std::vector<std::byte> bytes() { return {model.weights().begin(), model.weights().end()}; }
};

struct Points {
  std::vector<float> x;
  std::vector<std::int32_t> y;
  explicit Points(int count) {
    for (int i = 0; i < 3 * count; ++i)
      x.push_back(random::uniform({5, 9}, 0, 0, static_cast<std::uint32_t>(i)) - 0.5f);
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) y.push_back(x[3 * i] > x[3 * i + 1]);
  }
  Dataset set() const { return {std::span<const float>(x), std::span<const std::int32_t>(y)}; }
};

/// Gives the samples of a set in order, in batches of what fits, and ends each epoch behind the last.
struct Reader {
  const Points& points;
  std::size_t next = 0;
  std::size_t operator()(BatchView& batch) {
    const std::size_t all = points.y.size(), room = static_cast<std::size_t>(batch.capacity);
    if (next == all) return next = 0;
    const std::size_t rows = std::min(room, all - next);
    std::copy_n(&points.x[3 * next], 3 * rows, batch.x[0].begin());
    std::copy_n(&points.y[next], rows, batch.y[0].classes.begin());
    next += rows;
    return rows;
  }
};

constexpr FitOptions in_order(int epochs) { return {.epochs = epochs, .shuffle = false, .silent = true}; }

TEST_CASE("a generator trains as the arrays do that it reads", "[generator]") {
  const Points points(45);
  Owned a, b, c;
  const Dataset set = points.set();
  FitOptions options = in_order(3);
  options.validation = &set;
  const EpochResult x = a->fit(set, options).last();
  const EpochResult y = b->fit(Reader{points}, options).last();
  CHECK(a.bytes() == b.bytes());
  CHECK(x.loss == y.loss);
  CHECK(x.metric[0] == y.metric[0]);
  CHECK(x.val_loss == y.val_loss);
  options.steps_per_epoch = 6;  // 45 = 5 * 8 + 5: known beforehand, and the reader is asked no more
  Reader reader{points};
  for (int epoch = 0; epoch < 3; ++epoch) {
    options.initial_epoch = epoch;
    options.epochs = epoch + 1;
    c->fit(reader, options);
    reader.next = 0;
  }
  CHECK(a.bytes() == c.bytes());
  const Evaluation e = a->evaluate(points.set()), f = a->evaluate(Reader{points});
  CHECK(e.loss == f.loss);
  CHECK(e.metric[0] == f.metric[0]);
}

TEST_CASE("steps_per_epoch goes on where the generator is; a bool fills the batch", "[generator]") {
  Owned model;
  int calls = 0, last_epoch = -1;
  const auto endless = [&](BatchView& batch) {
    ++calls;
    last_epoch = batch.epoch;
    CHECK(batch.capacity == 4);
    for (int r = 0; r < batch.capacity; ++r) {
      const auto i = static_cast<std::size_t>(r);
      for (std::size_t k = 0; k < 3; ++k) batch.x[0][3 * i + k] = static_cast<float>((calls + r) % 5) * 0.1f;
      batch.y[0].classes[i] = (calls + r) % 2;
    }
    return true;
  };
  model->fit(endless, {.epochs = 2, .batch_size = 4, .steps_per_epoch = 7, .silent = true});
  CHECK(calls == 14);
  CHECK(last_epoch == 1);
  CHECK(model->step() == 14);
}

TEST_CASE("what a generator writes is checked", "[generator]") {
  Owned model;
  const auto before = model.bytes();
  const auto writes = [&](std::int32_t label, std::size_t rows, float weight) {
    return [=](BatchView& batch) {
      std::fill(batch.x[0].begin(), batch.x[0].end(), 0.5f);
      std::fill(batch.y[0].classes.begin(), batch.y[0].classes.end(), label);
      batch.sample_weight[0][0] = weight;
      return rows;
    };
  };
  const FitOptions one{.steps_per_epoch = 1, .silent = true};
  CHECK_THROWS_WITH(model->fit(writes(2, 8, 1), one), Contains("a label is out of range"));
  CHECK_THROWS_WITH(model->fit(writes(0, 9, 1), one), Contains("more samples than the batch has room for"));
  CHECK_THROWS_WITH(model->fit(writes(0, 8, -1), one), Contains("sample_weight takes finite numbers"));
  CHECK_THROWS_WITH(model->fit(writes(0, 0, 1), one), Contains("before its first batch"));
  CHECK_THROWS_WITH(model->evaluate(writes(0, 0, 1)), Contains("the data set is empty"));
  FitOptions split = one;
  split.validation_split = 0.5f;
  CHECK_THROWS_WITH(model->fit(writes(0, 8, 1), split), Contains("validation_split needs arrays"));
  CHECK(model.bytes() == before);
}

TEST_CASE("weights that a generator writes count as those of arrays", "[generator]") {
  const Points points(16);
  std::vector<float> weights;
  for (int i = 0; i < 16; ++i) weights.push_back(static_cast<float>(i % 3));
  Owned a, b;
  Dataset set = points.set();
  set.sample_weight = std::span<const float>(weights);
  Reader reader{points};
  const auto weighed = [&](BatchView& batch) {
    const std::size_t begin = reader.next == 16 ? 0 : reader.next, rows = reader(batch);
    std::copy_n(weights.begin() + static_cast<std::ptrdiff_t>(begin), rows, batch.sample_weight[0].begin());
    return rows;
  };
  a->fit(set, in_order(2));
  b->fit(weighed, in_order(2));
  CHECK(a.bytes() == b.bytes());
}

TEST_CASE("an augmenting function changes training samples, as seed and step say", "[generator]") {
  const Points points(24);
  const auto jitter = [](std::span<float> sample, AugmentKey key) {
    for (std::size_t k = 0; k < sample.size(); ++k)
      sample[k] += 0.2f * (key.uniform(static_cast<std::uint32_t>(k)) - 0.5f);
  };
  Owned plain, a, b, c;
  FitOptions options{.epochs = 3, .augment = jitter, .silent = true};
  plain->fit(points.set(), {.epochs = 3, .silent = true});
  a->fit(points.set(), options);
  CHECK(a.bytes() != plain.bytes());
  options.epochs = 1;
  b->fit(points.set(), options);
  options.epochs = 2;
  b->fit(points.set(), options);  // in two calls, as one
  CHECK(a.bytes() == b.bytes());
  int seen = 0;
  options.epochs = 1;
  options.augment = [&seen](std::span<float> sample, AugmentKey) { seen += sample.size() == 3; };
  const Dataset set = points.set();
  options.validation = &set;
  c->fit(points.set(), options);
  CHECK(seen == 24);  // not of what validates
}

TEST_CASE("RandomShift and RandomFlip move whole images", "[generator]") {
  const std::vector<float> image{1, 2, 3, 4, 5, 6, 7, 8, 9};
  const std::vector<std::vector<float>> right = {
      {1, 2, 3, 4, 5, 6, 7, 8, 9}, {0, 1, 2, 0, 4, 5, 0, 7, 8}, {2, 3, 0, 5, 6, 0, 8, 9, 0},
      {0, 0, 0, 1, 2, 3, 4, 5, 6}, {4, 5, 6, 7, 8, 9, 0, 0, 0}, {0, 0, 0, 0, 1, 2, 0, 4, 5},
      {0, 0, 0, 2, 3, 0, 5, 6, 0}, {0, 4, 5, 0, 7, 8, 0, 0, 0}, {5, 6, 0, 8, 9, 0, 0, 0, 0}};
  std::vector<int> seen(9);
  for (std::uint32_t step = 0; step < 200; ++step) {
    std::vector<float> moved = image;
    RandomShift{{3, 3}, 1, 1}(moved, {1, step, 0});
    const auto found = std::find(right.begin(), right.end(), moved);
    REQUIRE(found != right.end());
    ++seen[static_cast<std::size_t>(found - right.begin())];
  }
  CHECK(*std::min_element(seen.begin(), seen.end()) > 5);
  int flipped = 0;
  for (std::uint32_t step = 0; step < 100; ++step) {
    std::vector<float> two{1, 2, 3, 4, 5, 6};  // 1 x 3 pixels of two channels
    RandomFlip{{1, 3, 2}}(two, {1, step, 0});
    const bool turned = two == std::vector<float>{5, 6, 3, 4, 1, 2};
    CHECK((turned || two == std::vector<float>{1, 2, 3, 4, 5, 6}));
    flipped += turned;
  }
  CHECK(flipped > 30);
  CHECK(flipped < 70);
  std::vector<float> other(8);
  CHECK_THROWS_WITH((RandomShift{{3, 3}, 1, 1}(other, {})), Contains("another size"));
}

}  // namespace
