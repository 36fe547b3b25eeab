// SPDX-License-Identifier: BSL-1.0
// Training in whole numbers: losses, probabilities and weights have the desktop's bits on every core.
#include <runtime/boards/common/console.h>
#include <etch/model/training/integer_trainer.hpp>

#include "runtime/boards/common/fail.hpp"
#include "tests/firmware/result_file.hpp"

namespace {

using namespace etch;

// Rows that are and are not whole words and fours of rows, with and without relu and bias.
inline constexpr auto digits = sequential(Input{64}, Dense{32, relu}, Dense{10}, Softmax{});
inline constexpr auto uneven =
    sequential(Input{9}, Dense{7, relu}, Dense{5}, Dense{.units = 6, .activation = relu, .use_bias = false},
               Dense{3}, Softmax{});
// Windows beyond the edges, odd extents, more filters than are changed at once, pools that overlap.
inline constexpr auto windows = sequential(
    Input{9, 7, 1},
    Conv2D{.filters = 18, .kernel_size = {3, 2}, .strides = {1, 2}, .padding = same, .activation = relu},
    MaxPooling2D{.pool_size = 3, .strides = 2, .padding = same},
    Conv2D{.filters = 5, .kernel_size = 2, .use_bias = false},
    AveragePooling2D{.pool_size = 2, .strides = 1, .padding = same}, Flatten{}, Dense{3}, Softmax{});
inline constexpr auto places =
    sequential(Input{6, 6, 4}, Conv2D{.filters = 7, .kernel_size = 1, .activation = relu},
               Conv2D{.filters = 4, .kernel_size = 3}, Flatten{}, Dense{4}, Softmax{});

template <const auto& Declared>
void train(ResultFile& file, float rate) {
  using Training = IntegerTrainer<Declared>;
  static typename Training::Storage storage;
  Training trainer(storage, SGD{.learning_rate = rate}, 3);
  trainer.initialize(3);
  std::int64_t first = 0, last = 0;
  constexpr std::uint32_t steps = 600;
  for (std::uint32_t i = 0; i < steps; ++i) {
    const std::uint32_t label = random::below({6, 6}, i, 0, 0, Training::classes);
    for (std::uint32_t k = 0; k < Training::input_elements; ++k)
      trainer.input()[k] = static_cast<std::int8_t>(random::below({6, 7}, 0, label, k, 201) - 100 +
                                                    random::below({6, 8}, i, 0, k, 41) - 20);
    const std::int32_t loss = trainer.train(static_cast<std::int32_t>(label));
    file.put(&loss, sizeof loss);
    if (i < 60) first += loss;
    if (i >= steps - 60) last += loss;
  }
  if (last > first / 2) fail("integer training does not learn");
  const auto probabilities = trainer.predict();
  file.put(probabilities.data(), probabilities.size_bytes());
  file.put(trainer.weights().data(), trainer.weights().size());
}

}  // namespace

extern "C" int firmware_main() {
  ResultFile file;
  for (const float rate : {0.004f, 0.1f}) {
    train<digits>(file, rate);
    train<uneven>(file, rate);
    train<windows>(file, rate);
    train<places>(file, rate);
  }
  file.close();
  board_write("integer_training ok\n");
  return 0;
}
