// SPDX-License-Identifier: BSL-1.0
// A caller that was compiled with the header of the last release, linked with the code that is written today.

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "released/pair_int8.h"  // a file of tests/firmware/abi
#include "tests/firmware/abi/today.h"
#include "tests/firmware/checks.h"

static union {
  unsigned char bytes[PAIR_INT8_ARENA_BYTES];
  uint64_t alignment;
} arena;

static void check_numbers(void) {
  check(abi_today() == PAIR_INT8_ABI, "the number of the interface");
  check(context_bytes_today() == PAIR_INT8_CONTEXT_BYTES, "the size of a context");
  check(places_today(0) == offsetof(pair_int8_context, arena), "the place of the arena in a context");
  check(places_today(1) == offsetof(pair_int8_context, step), "the place of the step in a context");
  for (int k = 0; k < ERRORS_TODAY; ++k) {
    const int released[ERRORS_TODAY] = {PAIR_INT8_OK,         PAIR_INT8_DONE,        PAIR_INT8_NULL_POINTER,
                                        PAIR_INT8_MISALIGNED, PAIR_INT8_SMALL_ARENA, PAIR_INT8_WRONG_ANSWER};
    check(error_today(k) == released[k], "the number of an error");
  }
}

static void check_calls(void) {
  pair_int8_context context;
  check(pair_int8_init(&context, arena.bytes, sizeof arena.bytes) == PAIR_INT8_OK, "init");
  check(pair_int8_selftest(&context) == PAIR_INT8_OK, "the self test");
  int8_t whole[PAIR_INT8_OUTPUT_0_ELEMENTS];
  for (int stepwise = 0; stepwise < 2; ++stepwise) {
    memset(pair_int8_input0(&context), 1, PAIR_INT8_INPUT_0_BYTES);
    memset(pair_int8_input1(&context), pair_int8_quantize_input1(0.5f), PAIR_INT8_INPUT_1_BYTES);
    int error = PAIR_INT8_OK;
    if (stepwise)
      while ((error = pair_int8_step(&context)) == PAIR_INT8_OK) {
      }
    else
      error = pair_int8_predict(&context);
    check(error == (stepwise ? PAIR_INT8_DONE : PAIR_INT8_OK), "a prediction");
    const int8_t* const out = pair_int8_output0(&context);
    if (stepwise) check(memcmp(whole, out, sizeof whole) == 0, "the same bytes in steps");
    memcpy(whole, out, sizeof whole);
  }
  check(pair_int8_model_hash(&context) != 0, "a hash of the model");
  check(pair_int8_model_version(&context) == PAIR_INT8_MODEL_VERSION, "the model's version");
}

int main(void) {
  check_numbers();
  check_calls();
  if (failures != 0) return 1;
  board_write("abi ok\n");
  return 0;
}
