// SPDX-License-Identifier: BSL-1.0
// A program in C alone, without any library but the compiler's own: what a model's library asks for beside it
// stands here. Exit code 0 if the self test passes.
#include <stddef.h>
#include <stdint.h>

#include "runtime/boards/common/console.h"
#include "sine.h"

// Volatile, or the compiler makes them calls of themselves.
void* memcpy(void* to, const void* from, size_t bytes) {
  volatile unsigned char* t = to;
  const unsigned char* f = from;
  while (bytes-- > 0) *t++ = *f++;
  return to;
}

void* memset(void* to, int value, size_t bytes) {
  volatile unsigned char* t = to;
  while (bytes-- > 0) *t++ = (unsigned char)value;
  return to;
}

static union {
  unsigned char bytes[SINE_ARENA_BYTES];
  uint64_t alignment;
} arena;
static union {
  int8_t numbers[SINE_INPUT_ELEMENTS];
  uint32_t alignment;
} in;
static union {
  int8_t numbers[SINE_OUTPUT_ELEMENTS];
  uint32_t alignment;
} out;

int main(void) {
  sine_context context;
  int error = sine_init(&context, arena.bytes, sizeof arena.bytes);
  if (error == SINE_OK) error = sine_selftest(&context, in.numbers, out.numbers);
  // What goes in comes out, and the sine of 1 is 0.84.
  if (error == SINE_OK) {
    in.numbers[0] = sine_quantize_input(1.0f);
    do {
      error = sine_step(&context, in.numbers, out.numbers);
    } while (error == SINE_OK);
    if (error == SINE_DONE) error = SINE_OK;
  }
  const float sine = sine_dequantize_output(out.numbers[0]);
  if (error == SINE_OK && !(sine > 0.75f && sine < 0.92f)) error = 1;
  board_write(error == SINE_OK ? "library ok\n" : "library failed\n");
  return error != SINE_OK;
}
