// SPDX-License-Identifier: BSL-1.0
// Training steps in whole numbers of a network that ETCH_BENCHMARK_NETWORK names, by instructions: the first
// twenty, whose weights have a hash that is the same for all kernels, and twenty after 200 others.
#include <etch/model/training/integer_trainer.hpp>

#include "runtime/boards/common/counter.h"
#include "runtime/boards/common/fail.hpp"
#include "runtime/boards/common/stack.h"
#include "runtime/safetensors_writer.hpp"

namespace {

using namespace etch;

inline constexpr auto mlp = sequential(Input{64}, Dense{32, relu}, Dense{10}, Softmax{});
inline constexpr auto digits = sequential(Input{784}, Dense{64, relu}, Dense{10}, Softmax{});
inline constexpr auto head = sequential(Input{64}, Dense{12}, Softmax{});
inline constexpr auto images =
    sequential(Input{28, 28, 1}, Conv2D{.filters = 8, .kernel_size = 3, .strides = 2, .activation = relu},
               Conv2D{.filters = 16, .kernel_size = 3, .strides = 2, .activation = relu}, Flatten{},
               Dense{10}, Softmax{});

using Trained = IntegerTrainer<ETCH_BENCHMARK_NETWORK>;

Trained::Storage storage;
std::int8_t samples[10][Trained::input_elements];

}  // namespace

extern "C" [[gnu::noinline]] std::int32_t training_step(Trained& trainer, std::int32_t label) {
  return trainer.train(label);
}

/// The mean of twenty steps, two a class.
static std::uint64_t twenty_steps(Trained& trainer) {
  std::uint64_t instructions = 0;
  for (int i = 0; i < 20; ++i) {
    const int label = i % 10;
    for (int k = 0; k < Trained::input_elements; ++k)
      trainer.input()[static_cast<unsigned>(k)] = samples[label][k];
    counter_start();
    training_step(trainer, label);
    instructions += counter_instructions();
  }
  return instructions / 20;
}

int main() {
  Trained trainer(storage, SGD{.learning_rate = ETCH_BENCHMARK_RATE}, 5);
  trainer.initialize(5);
  for (std::uint32_t label = 0; label < 10; ++label)
    for (std::uint32_t k = 0; k < Trained::input_elements; ++k)
      samples[label][k] = static_cast<std::int8_t>(random::below({1, 2}, 0, label, k, 128));
  stack_paint();
  const std::uint64_t first = twenty_steps(trainer);
  const std::uint32_t stack = stack_used();
  const std::uint32_t hash = crc32(trainer.weights());
  for (int i = 0; i < 10; ++i) twenty_steps(trainer);
  const std::uint64_t later = twenty_steps(trainer);
  board_write_uint(first);
  board_write(" ");
  board_write_uint(stack);
  board_write(" ");
  board_write_hex(hash);
  board_write(" ");
  board_write_uint(later);
  board_write("\n");
  return 0;
}
