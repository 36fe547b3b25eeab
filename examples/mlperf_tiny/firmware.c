// SPDX-License-Identifier: BSL-1.0
// Predicts every sample of input.bin on a board and writes the results to output.bin, both in the folder
// where the emulator runs. Samples are read into the arena and results written out of it: there is no other
// memory but for the states of models that keep some.

#include <stdint.h>

#include "model.h"
#include "runtime/boards/common/console.h"
#include "runtime/boards/common/counter.h"
#include "runtime/boards/common/stack.h"

static uint64_t arena[(MODEL_ARENA_BYTES + 7) / 8];
#ifdef MODEL_STATE_BYTES  // a model that goes on from one prediction to the next
static uint64_t states[(MODEL_STATE_BYTES + 7) / 8];
#define MODEL_MEMORY arena, sizeof arena, states, sizeof states
#else
#define MODEL_STATE_BYTES 0
#define MODEL_MEMORY arena, sizeof arena
#endif
static model_context context;

static void report(const char* name, uint64_t value) {
  board_write(name);
  board_write(" ");
  board_write_uint(value);
  board_write("\n");
}

__attribute__((noreturn)) static void fail(const char* sentence) {
  board_write(sentence);
  board_exit(1);
}

int main(void) {
  const int inputs = board_open("input.bin", BOARD_READ), outputs = board_open("output.bin", BOARD_WRITE);
  if (inputs < 0 || outputs < 0) fail("error: input.bin or output.bin does not open\n");
  if (model_init(&context, MODEL_MEMORY) != MODEL_OK) fail("error: model_init\n");

  uint32_t samples = 0, stack = 0;
  uint64_t instructions = 0;
  while (board_read(inputs, model_input(&context), MODEL_INPUT_BYTES) == MODEL_INPUT_BYTES) {
    stack_paint();
    counter_start();
    const int error = model_predict(&context);
    const uint64_t taken = counter_instructions();
    const uint32_t used = stack_used();
    if (error != MODEL_OK) fail("error: model_predict\n");
    if (taken > instructions) instructions = taken;
    if (used > stack) stack = used;
    ++samples;
    if (board_write_file(outputs, model_output(&context), MODEL_OUTPUT_BYTES) != MODEL_OUTPUT_BYTES)
      fail("error: output.bin cannot be written\n");
  }
  if (board_close(outputs) != 0) fail("error: output.bin cannot be written\n");
  report("samples", samples);
  report("instructions", instructions);
  report("stack", stack);
  report("arena", MODEL_ARENA_BYTES);
  report("states", MODEL_STATE_BYTES);
  return 0;
}
