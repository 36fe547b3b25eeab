// SPDX-License-Identifier: BSL-1.0
// Trains on a board: <batches> <where the state goes, .safetensors>

#include "examples/train_on_device/train_model.hpp"
#include "runtime/boards/common/console.h"
#include "runtime/boards/common/counter.h"
#include "runtime/boards/common/fail.hpp"
#include "runtime/boards/common/stack.h"

namespace {

using namespace train_on_device;

// All memory of the training; in .bss, so it costs no flash.
Trainer::Storage storage;
Batch batch;

void report(const char* name, std::uint64_t value) {
  board_write(name);
  board_write(" ");
  board_write_uint(value);
  board_write("\n");
}

int open_file(const char* path, board_file_mode mode) {
  const int file = board_open(path, mode);
  if (file < 0) etch::fail("a file does not open");
  return file;
}

void write_state(Trainer& trainer, const char* path) {
  const int file = open_file(path, BOARD_WRITE);
  const bool written = etch::write_training_state(trainer, [file](std::span<const std::byte> bytes) {
    return board_write_file(file, bytes.data(), bytes.size()) == bytes.size();
  });
  if (board_close(file) != 0 || !written) etch::fail("the state cannot be written");
}

}  // namespace

/// What is measured: a function of its own, with a name that `etch_check_stack` is told.
extern "C" [[gnu::noinline]] float training_step(Trainer& trainer) {
  return train_on_device::train(trainer, batch);
}

int main() {
  static char line[1024];
  const char* argv[3];
  if (board_arguments(line, sizeof line, argv, 3) != 3) etch::fail("arguments: <batches> <state>");
  const int batches = open_file(argv[1], BOARD_READ);

  Trainer trainer(storage, optimizer, {}, seed);
  trainer.initialize(seed);
  std::uint64_t instructions = 0;
  std::uint32_t stack = 0;
  for (int step = 0; step < steps; ++step) {
    if (board_read(batches, &batch, sizeof batch) != sizeof batch) etch::fail("there are too few batches");
    stack_paint();
    counter_start();
    const float loss = training_step(trainer);
    instructions = counter_instructions();
    stack = stack_used();
    if (!(loss == loss)) etch::fail("the loss is not a number");
  }
  write_state(trainer, argv[2]);

  report("steps", trainer.step());
  report("instructions", instructions);
  report("stack", stack);
  report("ram", sizeof storage);
  return 0;
}
