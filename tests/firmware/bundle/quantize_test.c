// SPDX-License-Identifier: BSL-1.0
// What a header says of a model's input, real numbers at the edges of what is stored, and predictions in
// parts. On the desktop.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "sine.h"

static int failures = 0;

static void check(int good, const char* what) {
  if (good) return;
  printf("failed: %s\n", what);
  ++failures;
}

static union {
  unsigned char bytes[SINE_ARENA_BYTES];
  uint64_t alignment;
} arena;
static union {
  int8_t numbers[1];
  uint32_t alignment;
} in, predicted, stepped;

static void check_steps(void) {
  sine_context context;
  int value, parts, answer = SINE_OK;
  check(sine_init(&context, arena.bytes, sizeof arena.bytes) == SINE_OK, "sine_init");
  for (value = -128; value <= 127; ++value) {
    in.numbers[0] = (int8_t)value;
    check(sine_predict(&context, in.numbers, predicted.numbers) == SINE_OK, "sine_predict");
    stepped.numbers[0] = (int8_t)~predicted.numbers[0];
    // One that is broken off leaves nothing behind.
    check(sine_step(&context, in.numbers, stepped.numbers) == SINE_OK, "a first step");
    check(sine_predict(&context, in.numbers, predicted.numbers) == SINE_OK, "sine_predict");
    for (parts = 1; (answer = sine_step(&context, in.numbers, stepped.numbers)) == SINE_OK; ++parts) continue;
    check(answer == SINE_DONE && parts == 3, "three layers are three steps");
    check(stepped.numbers[0] == predicted.numbers[0], "steps give the bytes of a prediction");
  }
  check(sine_step(&context, NULL, stepped.numbers) == SINE_NULL_POINTER, "no input");
  check(sine_step(NULL, in.numbers, stepped.numbers) == SINE_NULL_POINTER, "no context");
}

int main(void) {
  static const int shape[SINE_INPUT_RANK] = SINE_INPUT_SHAPE;
  int stored, elements = 1, i;
  for (i = 0; i < SINE_INPUT_RANK; ++i) elements *= shape[i];
  check(elements == SINE_INPUT_ELEMENTS, "the shape has the elements");
  check(strlen(SINE_INPUT_NAME) > 0 && SINE_INPUTS == 1 && SINE_OUTPUTS == 1, "names and counts");
  for (stored = -128; stored <= 127; ++stored) {
    const float real = sine_dequantize_input((int8_t)stored);
    check(sine_quantize_input(real) == stored, "a stored number comes back");
    check(sine_quantize_input(real + 0.499f * SINE_INPUT_SCALE) == stored,
          "less than half a step is nothing");
    if (stored < 127)
      check(sine_quantize_input(real + 0.501f * SINE_INPUT_SCALE) == stored + 1,
            "more than half a step is one");
  }
  check(sine_quantize_input(1e30f) == 127 && sine_quantize_input((float)INFINITY) == 127, "large numbers");
  check(sine_quantize_input(-1e30f) == -128 && sine_quantize_input(-(float)INFINITY) == -128,
        "small numbers");
  check(sine_quantize_input((float)NAN) == SINE_INPUT_ZERO_POINT, "no number");
  check_steps();
  if (failures == 0) printf("quantize ok\n");
  return failures != 0;
}
