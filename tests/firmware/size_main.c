// SPDX-License-Identifier: BSL-1.0
// The least that a program can be around a model: what its size test counts.

#include <stdint.h>

#include "mnist.h"

static uint64_t arena[(MNIST_ARENA_BYTES + 7) / 8];
float size_input[MNIST_INPUT_ELEMENTS], size_output[MNIST_OUTPUT_ELEMENTS];

int main(void) {
  mnist_context context;
  mnist_init(&context, arena, sizeof arena);
  return mnist_predict(&context, size_input, size_output);
}
