// SPDX-License-Identifier: BSL-1.0
// What a training step of a head takes, and a sample that enters a full replay store.
#include <etch/model/training/trunk_head.hpp>

#include "runtime/boards/common/counter.h"
#include "runtime/boards/common/stack.h"
#include "tests/firmware/replay/head.hpp"

namespace {

using Store = replay::Store<etch::ReplayPolicy::balanced>;
replay::Trainer::Storage storage;
Store store;

// Beside the arena of a trunk and the head's own weights, training takes no more than this, handles and all.
static_assert(sizeof storage - replay::Trainer::Code::memory.weights + sizeof(replay::Trainer) +
                  sizeof(etch::TrunkHead<replay::Trainer>) <=
              512);

void report(const char* what, std::uint64_t value) {
  board_write(what);
  board_write_uint(value);
  board_write("\n");
}

}  // namespace

extern "C" [[gnu::noinline]] float training_step(replay::Trainer& trainer) {
  return replay::train(trainer, store);
}

int main() {
  for (std::uint32_t i = 0; i < 1000; ++i) replay::add_sample(store, i);
  replay::Trainer trainer(storage, etch::SGD{.learning_rate = 0.01f}, {}, 3);
  trainer.initialize(3);
  constexpr int steps = 50;
  counter_start();
  for (int i = 0; i < steps; ++i) training_step(trainer);
  report("instructions of a step ", counter_instructions() / steps);
  stack_paint();
  training_step(trainer);
  report("stack of a step ", stack_used());
  const std::int8_t sample[64]{};
  counter_start();
  for (int i = 0; i < steps; ++i) store.add(sample, i % 12);
  report("instructions of adding a sample ", counter_instructions() / steps);
  report("bytes of the store ", sizeof store);
  report("bytes of the trainer ", sizeof storage);
  board_write("head ok\n");
  return 0;
}
