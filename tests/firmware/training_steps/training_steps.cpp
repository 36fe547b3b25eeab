// SPDX-License-Identifier: BSL-1.0
// Trains a small network of every kind of step on a board, with a table of what each step takes where hooks
// are called: weights and loss are the same with them and without.
#include <etch/model/training/trainer.hpp>

#include "runtime/boards/common/fail.hpp"
#include "runtime/boards/common/stack.h"
#include "runtime/safetensors_writer.hpp"
#if defined(ETCH_PROFILE)
#include "runtime/boards/common/profile.h"
#endif

namespace {

inline constexpr auto net = etch::sequential(
    etch::Input{6, 6, 1}, etch::Conv2D{.filters = 3, .kernel_size = {3, 3}, .activation = etch::relu},
    etch::MaxPooling2D{}, etch::Flatten{}, etch::Dense{8}, etch::BatchNormalization{}, etch::ReLU{},
    etch::Dropout{0.25f}, etch::Dense{3}, etch::Softmax{});
using Trainer = etch::Trainer<net, etch::Adam, etch::SparseCategoricalCrossentropy, etch::hana::tuple<>, 4>;

Trainer::Storage storage;

}  // namespace

extern "C" [[gnu::noinline]] float train_once(Trainer& trainer) { return trainer.train_on_batch(4); }

int main() {
  Trainer trainer(storage, etch::Adam{}, {}, 5);
  trainer.initialize(5);
  for (std::uint32_t i = 0; i < 4 * 36; ++i) trainer.input()[i] = etch::random::uniform({1, 2}, 0, 0, i);
  for (int r = 0; r < 4; ++r) static_cast<std::int32_t*>(trainer.labels())[r] = r % 3;
#if defined(ETCH_PROFILE)
  profile_start();
#endif
  float loss = 0;
  stack_paint();
  for (int i = 0; i < 3; ++i) loss = train_once(trainer);
  const std::uint32_t stack = stack_used();
#if defined(ETCH_PROFILE)
  profile_print();
#endif
  board_write("stack of a step ");
  board_write_uint(stack);
  board_write("\nsteps ");
  board_write_uint(static_cast<std::uint64_t>(Trainer::Code::steps));
  board_write("\nloss ");
  board_write_float_bits(loss);
  board_write("\nweights ");
  board_write_hex(etch::crc32(trainer.weights()));
  board_write("\n");
  return 0;
}
