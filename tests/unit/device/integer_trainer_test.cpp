// SPDX-License-Identifier: BSL-1.0
// Integer training against the same written out in another way, and against training in floats.
#include <catch2/catch.hpp>
#include <etch/etch.hpp>
#include <etch/model/training/integer_trainer.hpp>
#include <etch/model/training/stored_training.hpp>
#include <runtime/host/training/integer_file.hpp>
#include <tests/unit/device/integer_reference.hpp>
#include <tests/unit/error_of.hpp>
#include <tests/unit/storage/nor_flash.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

namespace {

using namespace etch;
using namespace integer_reference;

inline constexpr auto digits = sequential(Input{64}, Dense{32, relu}, Dense{10}, Softmax{});
inline constexpr auto deep =
    sequential(Input{3, 3}, Flatten{}, Dense{7, relu}, Dense{5},
               Dense{.units = 6, .activation = relu, .use_bias = false}, Dense{3}, Softmax{});
inline constexpr auto least = sequential(Input{1}, Dense{1}, Softmax{});
// Windows beyond the edges, odd extents, places and filters that are no whole words, more filters than are
// changed at once, pools that overlap.
inline constexpr auto windows = sequential(
    Input{9, 7, 1},
    Conv2D{.filters = 18, .kernel_size = {3, 2}, .strides = {1, 2}, .padding = same, .activation = relu},
    MaxPooling2D{.pool_size = 3, .strides = 2, .padding = same},
    Conv2D{.filters = 5, .kernel_size = 2, .use_bias = false},
    AveragePooling2D{.pool_size = 2, .strides = 1, .padding = same}, Flatten{}, Dense{3}, Softmax{});
inline constexpr auto pool_first =
    sequential(Input{6, 4}, MaxPooling1D{2}, Conv1D{.filters = 3, .kernel_size = 1, .activation = relu},
               GlobalAveragePooling1D{}, Dense{2}, Softmax{});
inline constexpr auto one_place = sequential(Input{1, 1, 1}, Conv2D{.filters = 1, .kernel_size = 1},
                                             MaxPooling2D{1}, Flatten{}, Dense{2}, Softmax{});

// Weights, results and sums; the float training of the same takes 10,368.
static_assert(sizeof(IntegerTrainer<digits>::Storage) == 2652);
static_assert(IntegerTrainer<digits>::Code::memory.total() == 2652);

// 1,352 results of the first layer, whose sums as int32 are 5,408 bytes; the float training of the same takes
// 44,608.
inline constexpr auto images =
    sequential(Input{28, 28, 1}, Conv2D{.filters = 8, .kernel_size = 3, .strides = 2, .activation = relu},
               Conv2D{.filters = 16, .kernel_size = 3, .strides = 2, .activation = relu}, Flatten{},
               Dense{10}, Softmax{});
static_assert(IntegerTrainer<images>::Code::memory.total() == 13'376);

TEST_CASE("integer training has the bits of one that is written out") {
  const std::vector<Layer> of_digits{dense(64, 32, true, true), dense(32, 10, true, false)};
  const std::vector<Layer> of_deep{dense(9, 7, true, true), dense(7, 5, true, false),
                                   dense(5, 6, false, true), dense(6, 3, true, false)};
  // 16 bits of a rate count, and these have no more.
  for (const float rate : {0x1p-20f, 0.01953125f, 0.25f, 64.0f}) {
    check_steps<IntegerTrainer<digits>>(of_digits, rate, 12);
    check_steps<IntegerTrainer<deep>>(of_deep, rate, 40);
  }
  check_steps<IntegerTrainer<least>>({dense(1, 1, true, false)}, 0.5f, 5);
}

TEST_CASE("integer training of convolutions has the bits of one that is written out") {
  constexpr Extents x{9, 7, 1}, a{9, 4, 18}, b{5, 2, 18}, c{4, 1, 5};
  const std::vector<Layer> of_windows{
      convolution(x, 18, 6, true, true, places_of(x, a, {3, 2, 0}, {1, 2, 0}, {1, 0, 0})),
      pool(Kind::max, a, places_of(a, b, {3, 3, 0}, {2, 2, 0}, {1, 0, 0})),
      convolution(b, 5, 4, false, false, places_of(b, c, {2, 2, 0}, {1, 1, 0}, {0, 0, 0})),
      pool(Kind::average, c, places_of(c, c, {2, 2, 0}, {1, 1, 0}, {0, 0, 0})), dense(20, 3, true, false)};
  constexpr Extents line{1, 6, 4}, half{1, 3, 4}, three{1, 3, 3};
  const std::vector<Layer> of_pool_first{
      pool(Kind::max, line, places_of(line, half, {1, 2, 0}, {1, 2, 0}, {0, 0, 0})),
      convolution(half, 3, 1, true, true, places_of(half, half, {1, 1, 0}, {1, 1, 0}, {0, 0, 0})),
      pool(Kind::average, three, places_of(three, {1, 1, 3}, {1, 3, 0}, {1, 1, 0}, {0, 0, 0})),
      dense(3, 2, true, false)};
  constexpr Extents one{1, 1, 1};
  const auto single = places_of(one, one, one, one, {0, 0, 0});
  const std::vector<Layer> of_one_place{dense(1, 1, true, false), pool(Kind::max, one, single),
                                        dense(1, 2, true, false)};
  for (const float rate : {0x1p-20f, 0.01953125f, 0.25f, 64.0f, 0x1p20f}) {
    check_steps<IntegerTrainer<windows>>(of_windows, rate, 12);
    check_steps<IntegerTrainer<pool_first>>(of_pool_first, rate, 40);
    check_steps<IntegerTrainer<one_place>>(of_one_place, rate, 12);
  }
}

/// Samples of ten classes: a pattern of the class, and noise. \return the label.
int make_sample(std::uint32_t i, std::span<std::int8_t> x) {
  const std::uint32_t label = random::below({6, 6}, i, 0, 0, 10);
  for (std::uint32_t k = 0; k < x.size(); ++k) {
    const auto pattern = static_cast<int>(random::below({6, 7}, 0, label, k, 61)) - 30;
    x[k] = static_cast<std::int8_t>(pattern + static_cast<int>(random::below({6, 8}, i, 0, k, 161)) - 80);
  }
  return static_cast<int>(label);
}

TEST_CASE("integer training learns as well as training in floats") {
  static IntegerTrainer<digits>::Storage storage;
  using Floats = Trainer<digits, SGD, SparseCategoricalCrossentropy, hana::tuple<>, 1>;
  static Floats::Storage float_storage;
  IntegerTrainer<digits> integers(storage, SGD{.learning_rate = 0.02f}, 3);
  Floats floats(float_storage, SGD{.learning_rate = 0.02f}, {}, 3);
  floats.initialize(3);
  for (std::uint32_t i = 0; i < 4000; ++i) {
    const int label = make_sample(i, integers.input());
    for (std::size_t k = 0; k < 64; ++k) floats.input()[k] = static_cast<float>(integers.input()[k]) / 128;
    static_cast<std::int32_t*>(floats.labels())[0] = label;
    integers.train(label);
    floats.train_on_batch(1);
  }
  int right = 0, right_floats = 0;
  for (std::uint32_t i = 10'000; i < 12'000; ++i) {
    const int label = make_sample(i, integers.input());
    const auto p = integers.predict();
    std::vector<float> x;
    for (const std::int8_t b : integers.input()) x.push_back(static_cast<float>(b) / 128);
    const auto q = floats.predict(x);
    right += std::ranges::max_element(p) - p.begin() == label;
    right_floats += std::ranges::max_element(q) - q.begin() == label;
  }
  INFO(right << " and in floats " << right_floats << " of 2000");
  CHECK(right_floats > 1600);
  CHECK(right >= right_floats - 20);
}

TEST_CASE("integer training: what is wrong is said, and trains nothing") {
  static IntegerTrainer<deep>::Storage storage;
  IntegerTrainer<deep> trainer(storage);
  trainer.initialize(1);
  const std::vector<std::byte> before(trainer.weights().begin(), trainer.weights().end());
  std::int32_t loss = 7;
  CHECK(trainer.try_train(3, loss) != nullptr);
  CHECK_FALSE(error_of([&] { trainer.train(-1); }).empty());
  CHECK(loss == 7);
  CHECK(trainer.step() == 0);
  CHECK(std::ranges::equal(before, trainer.weights()));
  CHECK_FALSE(error_of([&] { IntegerTrainer<deep> wrong(storage, SGD{.weight_decay = 0.1f}); }).empty());
  trainer.learning_rate(0);
  for (std::size_t i = 0; i < 9; ++i) trainer.input()[i] = 100;
  CHECK(trainer.train(2) > 0);
  CHECK(std::ranges::equal(before, trainer.weights()));
  std::int32_t sum = 0;
  for (const std::int32_t p : trainer.predict()) sum += p;
  CHECK(std::abs(sum - 32768) <= 2);
}

TEST_CASE("integer training goes on from flash with the bits it had") {
  static IntegerTrainer<deep>::Storage storage, other_storage;
  const auto train = [](IntegerTrainer<deep>& trainer, std::uint32_t steps) {
    for (std::uint32_t s = 0; s < steps; ++s) trainer.train(make_sample(trainer.step(), trainer.input()) % 3);
  };
  IntegerTrainer<deep> trainer(storage, SGD{.learning_rate = 0.1f}, 5), other(other_storage);
  nor::Flash flash({.word = 8, .page = 512, .pages = 1}, 1);
  train(trainer, 50);
  StoredTraining store(flash, trainer);
  CHECK(store.commit() == storage::Commit::done);
  train(trainer, 50);
  StoredTraining again(flash, other);
  CHECK(again.boot() == storage::Boot::loaded);
  CHECK(other.step() == 50);
  train(other, 50);
  CHECK(std::ranges::equal(trainer.weights(), other.weights()));
}

TEST_CASE("integer training goes on from a file, and from what a device sends") {
  static IntegerTrainer<deep>::Storage storage, other_storage;
  IntegerTrainer<deep> trainer(storage, SGD{.learning_rate = 0.1f}, 5), other(other_storage);
  const auto train = [](IntegerTrainer<deep>& t, int steps) {
    for (int s = 0; s < steps; ++s) t.train(make_sample(t.step(), t.input()) % 3);
  };
  const TemporaryFolder folder;
  train(trainer, 30);
  save_integer_state(trainer, folder.path() / "state.safetensors");
  std::vector<std::byte> sent;
  CHECK(write_integer_state(trainer, [&](std::span<const std::byte> bytes) {
    sent.insert(sent.end(), bytes.begin(), bytes.end());
    return true;
  }));
  train(trainer, 30);
  for (const bool file : {true, false}) {
    other.initialize(77);
    if (file)
      load_integer_state(other, folder.path() / "state.safetensors");
    else
      load_integer_state(other, sent, "what was sent");
    CHECK(other.step() == 30);
    CHECK(other.learning_rate() == 0.1f);
    train(other, 30);
    CHECK(std::ranges::equal(trainer.weights(), other.weights()));
  }
  static IntegerTrainer<digits>::Storage wrong_storage;
  IntegerTrainer<digits> wrong(wrong_storage);
  CHECK_FALSE(error_of([&] { load_integer_state(wrong, sent, "what was sent"); }).empty());
}

TEST_CASE("integer training begins with weights of floats, and gives them back") {
  using Floats = Trainer<deep, SGD, SparseCategoricalCrossentropy, hana::tuple<>, 1>;
  static Floats::Storage float_storage;
  static IntegerTrainer<deep>::Storage storage;
  Floats floats(float_storage, SGD{}, {}, 3);
  IntegerTrainer<deep> integers(storage);
  floats.initialize(3);
  const auto numbers = [&] {
    std::vector<float> all(floats.weights().size() / 4);
    std::memcpy(all.data(), floats.weights().data(), 4 * all.size());
    return all;
  };
  const std::vector<float> before = numbers();
  float largest = 0;
  for (const float x : before) largest = std::max(largest, std::abs(x));
  copy_float_weights(floats, integers);
  CHECK(integers.step() == 0);
  copy_integer_weights(integers, floats);
  const std::vector<float> after = numbers();
  float farthest = 0;
  for (std::size_t i = 0; i < before.size(); ++i)
    farthest = std::max(farthest, std::abs(before[i] - after[i]));
  CHECK(farthest > 0);
  CHECK(farthest <= largest / 63);  // half a unit, and there are 32 to 64 units up to the largest of a layer
  copy_float_weights(floats, integers);
  copy_integer_weights(integers, floats);
  CHECK(numbers() == after);
  const float wrong = NAN;
  std::memcpy(floats.weights().data(), &wrong, 4);
  CHECK_FALSE(error_of([&] { copy_float_weights(floats, integers); }).empty());
}

TEST_CASE("integer training of convolutions begins with weights of floats, and predicts what they do") {
  using Floats = Trainer<windows, SGD, SparseCategoricalCrossentropy, hana::tuple<>, 1>;
  static Floats::Storage float_storage;
  static IntegerTrainer<windows>::Storage storage;
  Floats floats(float_storage, SGD{.learning_rate = 0.1f}, {}, 3);
  IntegerTrainer<windows> integers(storage);
  floats.initialize(3);
  std::vector<float> x(63);
  const auto make = [&](std::uint32_t i) {
    const int label = make_sample(i, integers.input()) % 3;
    std::ranges::transform(integers.input(), x.begin(),
                           [](std::int8_t b) { return static_cast<float>(b) / 128; });
    return label;
  };
  for (std::uint32_t i = 0; i < 1000; ++i) {
    static_cast<std::int32_t*>(floats.labels())[0] = make(i);
    std::ranges::copy(x, floats.input().begin());
    floats.train_on_batch(1);
  }
  copy_float_weights(floats, integers);
  float farthest = 0, between = 0;
  for (std::uint32_t i = 2000; i < 2050; ++i) {
    make(i);
    const auto q = floats.predict(x);
    const auto p = integers.predict();
    for (std::size_t k = 0; k < 3; ++k) {
      farthest = std::max(farthest, std::abs(static_cast<float>(p[k]) / 32768 - q[k]));
      between = std::max(between, std::abs(q[k] - 1.0f / 3));
    }
  }
  INFO("off by " << farthest << " where probabilities go up to " << between << " from a third");
  CHECK(between > 0.3f);
  CHECK(farthest < 0.05f);
}

}  // namespace
