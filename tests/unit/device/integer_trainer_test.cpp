// SPDX-License-Identifier: BSL-1.0
// Integer training against the same written out in another way, and against training in floats.
#include <catch2/catch.hpp>
#include <etch/etch.hpp>
#include <etch/model/training/integer_trainer.hpp>
#include <etch/model/training/stored_training.hpp>
#include <runtime/host/training/integer_file.hpp>
#include <tests/unit/error_of.hpp>
#include <tests/unit/storage/nor_flash.hpp>
#include <tests/unit/temporary_folder.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

namespace {

using namespace etch;

inline constexpr auto digits = sequential(Input{64}, Dense{32, relu}, Dense{10}, Softmax{});
inline constexpr auto deep =
    sequential(Input{3, 3}, Flatten{}, Dense{7, relu}, Dense{5},
               Dense{.units = 6, .activation = relu, .use_bias = false}, Dense{3}, Softmax{});
inline constexpr auto least = sequential(Input{1}, Dense{1}, Softmax{});

// Weights, results and sums; the float training of the same takes 10,368.
static_assert(sizeof(IntegerTrainer<digits>::Storage) == 2652);
static_assert(IntegerTrainer<digits>::Code::memory.total() == 2652);

/// One layer as a matrix of whole numbers that stand for value * 2^exponent.
struct Layer {
  int in, out;
  bool bias, relu;
  std::vector<std::vector<int>> w;
  std::vector<int> b;
  int exponent;
};

int floor_half(std::int64_t x, int shift) {  // x / 2^shift, rounded half up
  return static_cast<int>(std::floor(std::ldexp(static_cast<double>(x), -shift) + (shift > 0 ? 0.5 : 0.0)));
}
int to_bytes(const std::vector<std::int64_t>& sums, std::vector<int>& bytes) {
  int shift = 0;
  const auto beyond = [&] {
    return std::ranges::any_of(sums, [&](std::int64_t s) { return floor_half(std::abs(s), shift) > 127; });
  };
  while (beyond()) ++shift;
  bytes.clear();
  for (const std::int64_t s : sums) bytes.push_back(floor_half(s, shift));
  return shift;
}
int within(double x, int low, int high) {
  return static_cast<int>(std::clamp<double>(std::floor(x), low, high));
}

struct Reference {
  std::vector<Layer> layers;
  std::uint32_t seed, step = 0;
  double rate;

  void train(std::vector<int> x, int label) {
    std::vector<std::vector<int>> inputs;
    std::vector<int> units{-7};
    std::vector<std::int32_t> last;
    for (std::size_t k = 0; k < layers.size(); ++k) {
      const Layer& l = layers[k];
      inputs.push_back(x);
      std::vector<std::int64_t> sums;
      for (int j = 0; j < l.out; ++j) {
        const auto u = static_cast<std::size_t>(j);
        std::int64_t sum = l.bias ? static_cast<std::int64_t>(std::floor(std::ldexp(l.b[u], -units[k]))) : 0;
        for (int i = 0; i < l.in; ++i)
          sum += l.w[u][static_cast<std::size_t>(i)] * x[static_cast<std::size_t>(i)];
        sums.push_back(l.relu ? std::max<std::int64_t>(sum, 0) : sum);
      }
      const int unit = units[k] + l.exponent;
      if (k + 1 == layers.size()) {
        last.assign(sums.begin(), sums.end());
        units.push_back(unit);
      } else {
        const bool nothing = std::ranges::all_of(sums, [](std::int64_t s) { return s == 0; });
        const int shift = to_bytes(sums, x);
        units.push_back(nothing ? -7 : unit + shift);
      }
    }
    kernels::integer_softmax_of(static_cast<int>(last.size()), units.back(), label, last.data());
    last[static_cast<std::size_t>(label)] -= 32768;
    std::vector<std::int64_t> sums(last.begin(), last.end());
    int unit = -15;
    for (std::size_t k = layers.size(); k-- > 0;) {
      if (std::ranges::all_of(sums, [](std::int64_t s) { return s == 0; })) break;
      Layer& l = layers[k];
      std::vector<int> e;
      unit += to_bytes(sums, e);
      sums.assign(static_cast<std::size_t>(l.in), 0);
      for (std::size_t i = 0; i < sums.size(); ++i)
        if (k == 0 || !layers[k - 1].relu || inputs[k][i] > 0)
          for (std::size_t j = 0; j < e.size(); ++j) sums[i] += l.w[j][i] * e[j];
      update(k, inputs[k], units[k], e, unit);
      unit += l.exponent;
    }
    ++step;
  }

  void update(std::size_t k, const std::vector<int>& x, int x_unit, const std::vector<int>& e, int e_unit) {
    Layer& l = layers[k];
    std::uint32_t state = random::bits({seed, 0x696e7431}, step, static_cast<std::uint32_t>(k), 0);
    const auto next = [](std::uint32_t& s) {
      s = s * 1664525u + 1013904223u;
      return s ^ (s >> 16);
    };
    for (std::size_t j = 0; j < e.size(); ++j) {
      const std::uint32_t word = next(state);
      // By rate: what the error asks for, in units of weights; up to a unit is added before it is cut.
      const double change = e[j] * rate * std::ldexp(1.0, e_unit - l.exponent);
      const double up = std::ldexp(static_cast<double>(word >> 2), -30);
      const int n =
          static_cast<int>(std::clamp(std::floor(std::ldexp(change, x_unit + 7) + up), -127.0, 127.0));
      std::uint32_t of_row = random::detail::mix(state), four = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        if (i % 4 == 0) four = next(of_row);
        const int r = static_cast<int>(four >> (8 * (i % 4)) & 127);
        if (n != 0) l.w[j][i] = within((l.w[j][i] * 128 + r - n * x[i]) / 128.0, -128, 127);
      }
      if (l.bias) l.b[j] = within(l.b[j] - std::floor(change + up), -127, 127);
    }
  }
};

template <class Trainer>
Reference reference_of(Trainer& trainer, std::vector<Layer> layers, double rate) {
  trainer.ensure_ready();
  const auto* at = reinterpret_cast<const std::int8_t*>(trainer.weights().data());
  const auto whole = [](int n) { return (n + 3) / 4 * 4; };
  for (Layer& l : layers) {
    for (int j = 0; j < l.out; ++j, at += whole(l.in)) l.w.emplace_back(at, at + l.in);
    if (l.bias) l.b.assign(at, at + l.out), at += whole(l.out);
  }
  for (Layer& l : layers) l.exponent = *at++;
  return {layers, trainer.seed(), trainer.step(), rate};
}

template <class Trainer>
void check_steps(std::vector<Layer> layers, float rate, int steps) {
  static typename Trainer::Storage storage;
  storage = {};
  Trainer trainer(storage, SGD{.learning_rate = rate}, 11);
  trainer.initialize(11);
  Reference reference = reference_of(trainer, layers, rate);
  for (int s = 0; s < steps; ++s) {
    std::vector<int> x;
    for (std::size_t i = 0; i < trainer.input().size(); ++i) {
      const std::uint32_t at =
          random::bits({4, 4}, static_cast<std::uint32_t>(s), 0, static_cast<std::uint32_t>(i));
      x.push_back(s == 3 ? 0 : s == 4 ? -128 : static_cast<int>(at % 256) - 128);
      trainer.input()[i] = static_cast<std::int8_t>(x.back());
    }
    const int label = s % Trainer::classes;
    trainer.train(label);
    reference.train(x, label);
    const Reference got = reference_of(trainer, layers, rate);
    for (std::size_t k = 0; k < layers.size(); ++k) {
      INFO("step " << s << ", layer " << k);
      REQUIRE(got.layers[k].w == reference.layers[k].w);
      REQUIRE(got.layers[k].b == reference.layers[k].b);
    }
  }
}

TEST_CASE("integer training has the bits of one that is written out") {
  const std::vector<Layer> of_digits{{64, 32, true, true, {}, {}, 0}, {32, 10, true, false, {}, {}, 0}};
  const std::vector<Layer> of_deep{{9, 7, true, true, {}, {}, 0},
                                   {7, 5, true, false, {}, {}, 0},
                                   {5, 6, false, true, {}, {}, 0},
                                   {6, 3, true, false, {}, {}, 0}};
  // 16 bits of a rate count, and these have no more.
  for (const float rate : {0x1p-20f, 0.01953125f, 0.25f, 64.0f}) {
    check_steps<IntegerTrainer<digits>>(of_digits, rate, 12);
    check_steps<IntegerTrainer<deep>>(of_deep, rate, 40);
  }
  check_steps<IntegerTrainer<least>>({{1, 1, true, false, {}, {}, 0}}, 0.5f, 5);
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

}  // namespace
