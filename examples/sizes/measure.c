// SPDX-License-Identifier: BSL-1.0
// Stack and instructions of one prediction, by the very object that size.c's program links.

#include <stdint.h>
#include <string.h>

#include "model.h"
#include "runtime/boards/common/console.h"
#include "runtime/boards/common/counter.h"
#include "runtime/boards/common/stack.h"

// The counter ticks every 40 instructions: of a small model, many predictions are counted, then divided.
enum { predictions = 1 + 200000 / MODEL_WEIGHTS_BYTES };

static uint64_t arena[(MODEL_ARENA_BYTES + 7) / 8];
static float input[MODEL_INPUT_ELEMENTS], output[MODEL_OUTPUT_ELEMENTS];
static model_context context;

static void report(const char* name, uint64_t value) {
  board_write(name);
  board_write(" ");
  board_write_uint(value);
  board_write("\n");
}

static void fill_input(void) {
  for (int i = 0; i < MODEL_INPUT_ELEMENTS; ++i) input[i] = (float)(i * 37 % 101 - 50) * 0.015625f;
}

static uint32_t stack_of_one(void) {
  stack_paint();
  if (model_predict(&context, input, output) != 0) board_exit(1);
  return stack_used();
}

static uint64_t instructions_of_one(void) {
  counter_start();
  for (int i = 0; i < predictions; ++i) model_predict(&context, input, output);
  return (counter_instructions() + predictions / 2) / predictions;
}

// Of the outputs' bits: the same on all boards.
static uint32_t checksum(void) {
  uint32_t sum = 0, bits;
  for (int i = 0; i < MODEL_OUTPUT_ELEMENTS; ++i) {
    memcpy(&bits, &output[i], sizeof bits);
    sum = sum * 31 + bits;
  }
  return sum;
}

int main(void) {
  fill_input();
  if (model_init(&context, arena, sizeof arena) != 0) return 1;
  report("stack", stack_of_one());
  report("instructions", instructions_of_one());
  report("arena", MODEL_ARENA_BYTES);
  report("checksum", checksum());
  return 0;
}
