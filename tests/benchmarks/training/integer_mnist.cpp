// SPDX-License-Identifier: BSL-1.0
// Training steps in whole numbers on images of MNIST of a network that ETCH_BENCHMARK_NETWORK names, by
// instructions: the arguments are the files of images and labels, unpacked.
#include <runtime/boards/common/console.h>
#include <etch/model/training/integer_trainer.hpp>

#include "runtime/boards/common/counter.h"
#include "runtime/boards/common/fail.hpp"

namespace {

using namespace etch;

inline constexpr auto digits = sequential(Input{784}, Dense{64, relu}, Dense{10}, Softmax{});
inline constexpr auto images =
    sequential(Input{28, 28, 1}, Conv2D{.filters = 8, .kernel_size = 3, .strides = 2, .activation = relu},
               Conv2D{.filters = 16, .kernel_size = 3, .strides = 2, .activation = relu}, Flatten{},
               Dense{10}, Softmax{});
using Trained = IntegerTrainer<ETCH_BENCHMARK_NETWORK>;

Trained::Storage storage;
int pictures = -1, labels = -1;

void report(Trained& trainer, const char* what, int steps) {
  std::uint64_t instructions = 0;
  for (int i = 0; i < steps; ++i) {
    std::uint8_t pixels[784], label = 0;
    if (board_read(pictures, pixels, sizeof pixels) != sizeof pixels || board_read(labels, &label, 1) != 1)
      fail("there are not as many images");
    for (unsigned k = 0; k < 784; ++k) trainer.input()[k] = static_cast<std::int8_t>(pixels[k] / 2);
    counter_start();
    trainer.train(label);
    instructions += counter_instructions();
  }
  board_write(what);
  board_write_uint(instructions / static_cast<unsigned>(steps));
  board_write("\n");
}

}  // namespace

int main() {
  static char line[512];
  const char* argv[3];
  if (board_arguments(line, sizeof line, argv, 3) != 3) return 1;
  pictures = board_open(argv[1], BOARD_READ);
  labels = board_open(argv[2], BOARD_READ);
  if (pictures < 0 || labels < 0 || board_seek(pictures, 16) != 0 || board_seek(labels, 8) != 0) return 1;
  Trained trainer(storage, SGD{.learning_rate = 0.02f}, 1);
  trainer.initialize(1);
  report(trainer, "instructions of a step, the first 1,000: ", 1000);
  report(trainer, "the 2,000 after them: ", 2000);
  return 0;
}
