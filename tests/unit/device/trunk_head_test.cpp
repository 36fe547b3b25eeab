// SPDX-License-Identifier: BSL-1.0
// A head on an int8 trunk trains and predicts with the bits of one that is given the real numbers.
#include <catch2/catch.hpp>
#include <etch/etch.hpp>
#include <etch/model/training/trunk_head.hpp>
#include <etch/train/device/replay_store.hpp>
#include <tests/unit/error_of.hpp>

#include <algorithm>
#include <vector>

namespace {

using namespace etch;

inline constexpr auto small = sequential(Input{5}, Dense{3}, Softmax{});
inline constexpr auto single = sequential(Input{1}, Dense{2}, Softmax{});
template <const auto& Head, int Rows>
using TrainerOf = Trainer<Head, SGD, SparseCategoricalCrossentropy, hana::tuple<>, Rows>;

constexpr TrunkOutput output{0.375f, -7};

std::int8_t number(int row, int k) { return static_cast<std::int8_t>(row * 60 - k * 47 - 20); }

template <const auto& Head, int Rows>
void check_same() {
  using Trainer = TrainerOf<Head, Rows>;
  static typename Trainer::Storage storage, given_storage;
  Trainer trainer(storage, SGD{.learning_rate = 0.25f}, {}, 3),
      given(given_storage, SGD{.learning_rate = 0.25f}, {}, 3);
  trainer.initialize(3);
  given.initialize(3);
  TrunkHead head(trainer, output);
  constexpr int elements = TrunkHead<Trainer>::elements;
  for (int rows = 1; rows <= Rows; ++rows) {
    std::vector<std::int32_t> labels;
    std::vector<float> first;
    for (int r = 0; r < rows; ++r) {
      labels.push_back(r % 2);
      for (int k = 0; k < elements; ++k) {
        head.features(r)[static_cast<std::size_t>(k)] = number(r, k);
        const float real = static_cast<float>(number(r, k) + 7) * 0.375f;
        given.input()[static_cast<std::size_t>(r * elements + k)] = real;
        if (r == 0) first.push_back(real);
      }
      static_cast<std::int32_t*>(given.labels())[r] = labels.back();
    }
    CHECK(head.train(labels) == given.train_on_batch(rows));
    CHECK(std::ranges::equal(trainer.weights(), given.weights()));
    for (int k = 0; k < elements; ++k) head.features()[static_cast<std::size_t>(k)] = number(0, k);
    const auto y = head.predict();
    const std::vector<float> got(y.begin(), y.end());
    CHECK(std::ranges::equal(got, given.predict(first)));
  }
}

TEST_CASE("a head on a trunk has the bits of one that is given real numbers") {
  check_same<small, 1>();
  check_same<small, 4>();
  check_same<single, 3>();
}

TEST_CASE("a head trains on what a store draws") {
  using Trainer = TrainerOf<small, 2>;
  static Trainer::Storage storage, given_storage;
  Trainer trainer(storage, SGD{}, {}, 3), given(given_storage, SGD{}, {}, 3);
  trainer.initialize(3);
  given.initialize(3);
  TrunkHead head(trainer, output);
  ReplayStore<5, 6, 3> store(9);
  CHECK(head.train_from(store) == 0.0f);
  CHECK(trainer.step() == 0);
  for (int i = 0; i < 6; ++i) {
    for (int k = 0; k < 5; ++k) head.features()[static_cast<std::size_t>(k)] = number(i, k);
    CHECK(store.add(head.features(), i % 3));
  }
  for (int i = 0; i < 10; ++i) {
    const std::span<std::int32_t> labels(static_cast<std::int32_t*>(given.labels()), 2);
    store.draw_batch(given.step(), output.scale, output.zero_point, given.input(), labels);
    CHECK(head.train_from(store) == given.train_on_batch(2));
  }
  CHECK(std::ranges::equal(trainer.weights(), given.weights()));
}

TEST_CASE("a head says what is wrong with a batch, and trains nothing") {
  using Trainer = TrainerOf<small, 2>;
  static Trainer::Storage storage;
  Trainer trainer(storage, SGD{}, {}, 3);
  trainer.initialize(3);
  TrunkHead head(trainer, output);
  const std::vector<std::byte> before(trainer.weights().begin(), trainer.weights().end());
  const std::int32_t labels[] = {0, 1, 2};
  CHECK_FALSE(error_of([&] { head.train(labels); }).empty());
  CHECK_FALSE(error_of([&] { head.train(3); }).empty());
  CHECK_FALSE(error_of([&] { head.train(std::span<const std::int32_t>()); }).empty());
  CHECK(std::ranges::equal(before, trainer.weights()));
}

}  // namespace
