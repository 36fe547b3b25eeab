// SPDX-License-Identifier: BSL-1.0
// One training step of a network that ETCH_BENCHMARK_NETWORK, _OPTIMIZER and _BATCH name, by instructions,
// and a hash of the weights after 20 steps, which is the same for all kernels.
#include <etch/model/training/trainer.hpp>

#include "runtime/boards/common/counter.h"
#include "runtime/boards/common/fail.hpp"
#include "runtime/boards/common/stack.h"
#include "runtime/safetensors_writer.hpp"
#if defined(ETCH_PROFILE)
#include "runtime/boards/common/profile.h"
#endif

namespace {

using namespace etch;

inline constexpr auto mlp = sequential(Input{64}, Dense{32, relu}, Dense{10}, Softmax{});
inline constexpr auto digits = sequential(Input{784}, Dense{64, relu}, Dense{10}, Softmax{});
inline constexpr auto normalized =
    sequential(Input{196}, Dense{32}, BatchNormalization{}, ReLU{}, Dense{10}, Softmax{});
inline constexpr auto last = train_only(last_layers(1), normalized);
inline constexpr auto added = train_only(biases, normalized);
inline constexpr auto convolutional =
    sequential(Input{12, 12, 4}, Conv2D{.filters = 8, .kernel_size = 3, .activation = relu},
               Conv2D{.filters = 8, .kernel_size = 3}, MaxPooling2D{2}, Flatten{}, Dense{10}, Softmax{});
inline constexpr auto depthwise =
    sequential(Input{12, 12, 8}, DepthwiseConv2D{.kernel_size = 3}, BatchNormalization{},
               DepthwiseConv2D{.kernel_size = 3}, GlobalAveragePooling2D{}, Dense{10}, Softmax{});
inline constexpr auto lstm = sequential(Input{16, 8}, LSTM{16}, Dense{10}, Softmax{});
inline constexpr auto gru = sequential(Input{16, 8}, GRU{16}, Dense{10}, Softmax{});
inline constexpr auto head = sequential(Input{64}, Dense{12}, Softmax{});
inline constexpr auto images =
    sequential(Input{28, 28, 1}, Conv2D{.filters = 8, .kernel_size = 3, .strides = 2, .activation = relu},
               Conv2D{.filters = 16, .kernel_size = 3, .strides = 2, .activation = relu}, Flatten{},
               Dense{10}, Softmax{});

inline constexpr auto wide =
    sequential(Input{8, 8, 16}, Conv2D{.filters = 32, .kernel_size = 3, .activation = relu},
               Conv2D{.filters = 32, .kernel_size = 1, .activation = relu}, GlobalAveragePooling2D{},
               Dense{10}, Softmax{});
inline constexpr std::int16_t eight_channels[]{1, 2, 7, 12, 13, 20, 21, 30};
inline constexpr ChosenChannels conv2d{"conv2d", eight_channels}, conv2d_1{"conv2d_1", eight_channels},
    last_dense{"dense"};
inline constexpr auto chosen = train_only(chosen_channels(conv2d, conv2d_1, last_dense), wide);

constexpr int rows = ETCH_BENCHMARK_BATCH;
using Trained = Trainer<ETCH_BENCHMARK_NETWORK, ETCH_BENCHMARK_OPTIMIZER, SparseCategoricalCrossentropy,
                        hana::tuple<>, rows>;

Trained::Storage storage;

}  // namespace

extern "C" [[gnu::noinline]] float training_step(Trained& trainer) { return trainer.train_on_batch(rows); }

int main() {
  Trained trainer(storage, ETCH_BENCHMARK_OPTIMIZER{}, {}, 5);
  trainer.initialize(5);
  const auto input = trainer.input();
  for (std::uint32_t i = 0; i < input.size(); ++i) input[i] = random::uniform({1, 2}, 0, 0, i);
  for (int r = 0; r < rows; ++r) static_cast<std::int32_t*>(trainer.labels())[r] = r % 10;
#if defined(ETCH_PROFILE)
  profile_start();
#endif
  stack_paint();
  counter_start();
  training_step(trainer);
  const std::uint64_t instructions = counter_instructions();
  const std::uint32_t stack = stack_used();
#if defined(ETCH_PROFILE)
  profile_print();
#endif
  for (int i = 1; i < 20; ++i) training_step(trainer);
  board_write_uint(instructions);
  board_write(" ");
  board_write_uint(stack);
  board_write(" ");
  board_write_hex(crc32(trainer.weights()));
  board_write("\n");
  return 0;
}
