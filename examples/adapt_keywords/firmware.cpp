// SPDX-License-Identifier: BSL-1.0
// Adapts on a board: <task> <where features, weights and answers go>

#include "examples/adapt_keywords/keywords.hpp"
#include "runtime/boards/common/console.h"
#include "runtime/boards/common/counter.h"
#include "runtime/boards/common/fail.hpp"
#include "runtime/boards/common/stack.h"

namespace {

using namespace keywords;

alignas(TRUNK_ARENA_ALIGNMENT) unsigned char arena[TRUNK_ARENA_BYTES];
Trainer::Storage storage;
Task task;
Sample sample;

void report(const char* name, std::uint64_t value) {
  board_write(name);
  board_write(" ");
  board_write_uint(value);
  board_write("\n");
}

/// Calls `action` and counts its instructions and stack, where that is more than before.
struct Costs {
  std::uint64_t instructions = 0;
  std::uint32_t stack = 0;
  template <class Action>
  void of(const Action& action) {
    stack_paint();
    counter_start();
    action();
    const std::uint64_t taken = counter_instructions();
    const std::uint32_t used = stack_used();
    if (taken > instructions) instructions = taken;
    if (used > stack) stack = used;
  }
};

void read(int file, void* to, std::size_t bytes) {
  if (board_read(file, to, bytes) != bytes) etch::fail("the task is too short");
}
void write(int file, const void* from, std::size_t bytes) {
  if (board_write_file(file, from, bytes) != bytes) etch::fail("the results cannot be written");
}

}  // namespace

/// A function of its own, with a name that `etch_check_stack` is told.
extern "C" [[gnu::noinline]] float training_step(Device& device) { return device.train(); }

int main() {
  static char line[1024];
  const char* argv[3];
  if (board_arguments(line, sizeof line, argv, 3) != 3) etch::fail("arguments: <task> <results>");
  const int in = board_open(argv[1], BOARD_READ), out = board_open(argv[2], BOARD_WRITE);
  if (in < 0 || out < 0) etch::fail("a file does not open");
  trunk_context trunk;
  if (trunk_init(&trunk, arena, sizeof arena) != TRUNK_OK) etch::fail("trunk_init");
  static Device device(storage, trunk);

  read(in, &task, sizeof task);
  device.begin(task.weights);
  Costs hearing, training, telling;
  for (int i = 0; i < task.to_learn; ++i) {
    read(in, &sample, sizeof sample);
    hearing.of([] { device.hear(sample); });
  }
  for (int i = 0; i < steps; ++i) training.of([] { training_step(device); });
  int right = 0;
  for (int i = 0; i < task.to_tell; ++i) {
    read(in, &sample, sizeof sample);
    std::int32_t answer = 0;
    telling.of([&] { answer = device.tell(sample); });
    right += answer == sample.label;
    write(out, &answer, sizeof answer);
  }
  for (int i = 0; i < device.store().size(); ++i) write(out, device.store().sample(i).data(), feature_count);
  write(out, device.weights().data(), device.weights().size());
  if (board_close(out) != 0) etch::fail("the results cannot be written");

  report("right", static_cast<std::uint64_t>(right));
  report("of", static_cast<std::uint64_t>(task.to_tell));
  report("instructions to tell a word", telling.instructions);
  report("instructions to hear a word for the store", hearing.instructions);
  report("instructions of a training step", training.instructions);
  report("stack to tell a word", telling.stack);
  report("stack of a training step", training.stack);
  report("arena of the trunk", sizeof arena);
  report("head, with all memory of its training", sizeof storage);
  report("store", sizeof(Store));
  return 0;
}
