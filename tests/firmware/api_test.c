// SPDX-License-Identifier: BSL-1.0
// Two exported models that share one arena: <folder with their inputs and the desktop's outputs>

#include <stdint.h>
#include <string.h>

#include "pair.h"
#include "small.h"
#include "tests/firmware/checks.h"

enum {
  SAMPLES = 20,
  PAIR_IN = PAIR_INPUT_0_ELEMENTS + PAIR_INPUT_1_ELEMENTS,
  PAIR_OUT = PAIR_OUTPUT_0_ELEMENTS + PAIR_OUTPUT_1_ELEMENTS
};

#define LARGER(a, b) ((a) > (b) ? (a) : (b))

static union {
  unsigned char bytes[LARGER(SMALL_ARENA_BYTES, PAIR_ARENA_BYTES) + 8];
  uint64_t alignment;
} arena;

static float small_in[SAMPLES][SMALL_INPUT_ELEMENTS], small_expected[SAMPLES][SMALL_OUTPUT_ELEMENTS];
static float pair_in[SAMPLES][PAIR_IN], pair_expected[SAMPLES][PAIR_OUT];

static void check_errors(void) {
  small_context context;
  float out[SMALL_OUTPUT_ELEMENTS];
  check(small_init(NULL, arena.bytes, sizeof arena) == SMALL_NULL_POINTER, "init without a context");
  check(small_init(&context, NULL, sizeof arena) == SMALL_NULL_POINTER, "init without an arena");
  check(small_init(&context, arena.bytes + 1, sizeof arena) == SMALL_MISALIGNED, "init with an odd arena");
  check(small_init(&context, arena.bytes, SMALL_ARENA_BYTES - 1) == SMALL_SMALL_ARENA,
        "init with a small arena");
  check(small_init(&context, arena.bytes, SMALL_ARENA_BYTES) == SMALL_OK, "init with just enough");
  check(small_predict(NULL, small_in[0], out) == SMALL_NULL_POINTER, "predict without a context");
  check(small_predict(&context, NULL, out) == SMALL_NULL_POINTER, "predict without an input");
  check(small_predict(&context, small_in[0], NULL) == SMALL_NULL_POINTER, "predict without an output");
  const char* const odd = (const char*)small_in[0] + 1;
  const float* misaligned;
  memcpy(&misaligned, &odd, sizeof odd);
  check(small_predict(&context, misaligned, out) == SMALL_MISALIGNED, "predict from an odd address");
  context.arena = NULL;
  check(small_predict(&context, small_in[0], out) == SMALL_NULL_POINTER, "predict before init");
}

// What stands in the arena between calls must not matter: the other model's leavings, and then garbage.
static void check_predictions(void) {
  small_context one;
  pair_context two;
  float small_out[SMALL_OUTPUT_ELEMENTS], pair_out[PAIR_OUT];
  check(small_init(&one, arena.bytes, sizeof arena.bytes) == SMALL_OK, "small_init");
  check(pair_init(&two, arena.bytes, sizeof arena.bytes) == PAIR_OK, "pair_init");
  for (int i = 0; i < SAMPLES; ++i) {
    if (i % 3 == 2) memset(arena.bytes, 0xff, sizeof arena.bytes);
    check(small_predict(&one, small_in[i], small_out) == SMALL_OK, "small_predict");
    check(memcmp(small_out, small_expected[i], sizeof small_out) == 0, "small: the desktop's bits");
    check(pair_predict(&two, pair_in[i], pair_in[i] + PAIR_INPUT_0_ELEMENTS, pair_out,
                       pair_out + PAIR_OUTPUT_0_ELEMENTS) == PAIR_OK,
          "pair_predict");
    check(memcmp(pair_out, pair_expected[i], sizeof pair_out) == 0, "pair: the desktop's bits");
  }
}

int main(void) {
  static char line[1024];
  const char* argv[2];
  check((uintptr_t)small_weights % SMALL_WEIGHTS_ALIGNMENT == 0, "aligned weights");
  if (board_arguments(line, sizeof line, argv, 2) != 2) return 2;
  read_file(argv[1], "small/small_inputs.bin", small_in, sizeof small_in);
  read_file(argv[1], "small/small_outputs.bin", small_expected, sizeof small_expected);
  read_file(argv[1], "pair/pair_inputs.bin", pair_in, sizeof pair_in);
  read_file(argv[1], "pair/pair_outputs.bin", pair_expected, sizeof pair_expected);
  check_errors();
  check_predictions();
  if (failures != 0) return 1;
  board_write("api ok\n");
  return 0;
}
