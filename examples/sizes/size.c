// SPDX-License-Identifier: BSL-1.0
// The least that a program can be around a model: its sections are what is counted.

#include <stdint.h>

#include "model.h"

static uint64_t arena[(MODEL_ARENA_BYTES + 7) / 8];
float input[MODEL_INPUT_ELEMENTS], output[MODEL_OUTPUT_ELEMENTS];

int main(void) {
  model_context context;
  model_init(&context, arena, sizeof arena);
  return model_predict(&context, input, output);
}
