// SPDX-License-Identifier: BSL-1.0
// Batches in parts: which keep the bits of a batch that trains at once, and what they take.
#include <catch2/catch.hpp>
#include <etch/etch.hpp>

#include <algorithm>
#include <bit>
#include <memory>
#include <random>

using namespace etch;

namespace {

inline constexpr auto dense = sequential(Input{64}, Dense{32, relu}, Dense{10, softmax});
inline constexpr auto convolution =
    sequential(Input{8, 8, 1}, Conv2D{.filters = 4, .kernel_size = 3}, Flatten{}, Dense{10, softmax});

template <int Parts>
using Accumulated = GradientAccumulation<SGD, Parts>;
template <const auto& Declared, class Optimizer, int Batch>
using Training = Trainer<Declared, Optimizer, SparseCategoricalCrossentropy, hana::tuple<>, Batch>;

template <class Memory>
float* floats(const Memory& memory) {
  return reinterpret_cast<float*>(memory.data());
}
/// Labels that are classes.
std::int32_t* classes(void* labels) { return static_cast<std::int32_t*>(labels); }

/// Weights that differ after 100 steps, of a batch at once and of as many samples in parts. Both models take
/// 64 numbers a sample.
template <const auto& Declared, int Batch, int Part>
std::ptrdiff_t weights_that_differ() {
  using Whole = Training<Declared, SGD, Batch>;
  using Divided = Training<Declared, Accumulated<Batch / Part>, Part>;
  const auto whole_storage = std::make_unique<typename Whole::Storage>();
  const auto divided_storage = std::make_unique<typename Divided::Storage>();
  Whole whole(*whole_storage, SGD{.learning_rate = 0.05f});
  Divided divided(*divided_storage, {{.learning_rate = 0.05f}});
  whole.initialize(1);
  divided.initialize(1);
  std::mt19937 random(3);
  for (int row = 0; row < 100 * Batch; ++row) {
    for (int i = 0; i < 64; ++i) {
      const float x = static_cast<float>(random() >> 8) * 0x1p-23f - 1;
      floats(whole.input())[row % Batch * 64 + i] = x;
      floats(divided.input())[row % Part * 64 + i] = x;
    }
    classes(whole.labels())[row % Batch] = classes(divided.labels())[row % Part] =
        static_cast<std::int32_t>(random() % 10);
    if (row % Part == Part - 1) divided.train_on_batch(Part);
    if (row % Batch == Batch - 1) whole.train_on_batch(Batch);
  }
  const float *const a = floats(whole.weights()), *const b = floats(divided.weights());
  const std::size_t count = whole.weights().size() / sizeof(float);
  REQUIRE(divided.weights().size() / sizeof(float) == count);
  std::ptrdiff_t different = 0;
  for (std::size_t i = 0; i < count; ++i)
    different += std::bit_cast<std::uint32_t>(a[i]) != std::bit_cast<std::uint32_t>(b[i]);
  return different;
}

template <class Optimizer, int Batch>
inline constexpr TrainingMemory memory =
    training_memory<dense, Optimizer, SparseCategoricalCrossentropy, Batch>;
static_assert(memory<SGD, 8>.arena == 1696 && memory<SGD, 8>.total() == 13416);
static_assert(memory<Accumulated<8>, 1>.arena == 8488 && memory<Accumulated<8>, 1>.total() == 28028);

}  // namespace

TEST_CASE("gradients of single samples add up to the bits of a batch of dense layers", "[micro_batches]") {
  CHECK(weights_that_differ<dense, 8, 1>() == 0);
}
TEST_CASE("sums of sums have other bits than sums", "[micro_batches]") {
  CHECK(weights_that_differ<dense, 8, 2>() > 0);        // sums of two rows, and then of these
  CHECK(weights_that_differ<dense, 6, 1>() > 0);        // 1 / 6 is rounded
  CHECK(weights_that_differ<convolution, 8, 1>() > 0);  // a sample is a sum over its positions
}
