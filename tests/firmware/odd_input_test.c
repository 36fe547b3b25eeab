// SPDX-License-Identifier: BSL-1.0
// A model of int8, with weights of 4 bits, gives the same bytes wherever its inputs lie, on a core that loads
// words from any address; outputs have to lie at multiples of 4.

#include <stdint.h>
#include <string.h>

#include "pair_odd.h"
#include "tests/firmware/checks.h"

static union {
  unsigned char bytes[PAIR_ODD_ARENA_BYTES];
  uint64_t alignment;
} arena;
static union {
  int8_t numbers[PAIR_ODD_INPUT_0_ELEMENTS + 4];
  uint32_t alignment;
} in0;
static union {
  int8_t numbers[PAIR_ODD_INPUT_1_ELEMENTS + 4];
  uint32_t alignment;
} in1;
static union {
  int8_t numbers[PAIR_ODD_OUTPUT_0_ELEMENTS + 4];
  uint32_t alignment;
} out0, first0;
static union {
  int8_t numbers[PAIR_ODD_OUTPUT_1_ELEMENTS + 4];
  uint32_t alignment;
} out1, first1;

static void fill(int8_t* x, int count) {
  for (int i = 0; i < count; ++i) x[i] = (int8_t)(i * 37 % 251 - 125);
}

int main(void) {
  pair_odd_context context;
  check(pair_odd_init(&context, arena.bytes, sizeof arena.bytes) == PAIR_ODD_OK, "init");
  for (int odd = 0; odd < 4; ++odd) {
    fill(in0.numbers + odd, PAIR_ODD_INPUT_0_ELEMENTS);
    fill(in1.numbers + (odd ^ 1), PAIR_ODD_INPUT_1_ELEMENTS);
    memset(&out0, odd, sizeof out0);
    memset(&out1, odd, sizeof out1);
    check(pair_odd_predict(&context, in0.numbers + odd, in1.numbers + (odd ^ 1), out0.numbers,
                           out1.numbers) == PAIR_ODD_OK,
          "predict from an odd address");
    if (odd == 0) {
      first0 = out0;
      first1 = out1;
    }
    check(memcmp(out0.numbers, first0.numbers, PAIR_ODD_OUTPUT_0_BYTES) == 0, "output 0");
    check(memcmp(out1.numbers, first1.numbers, PAIR_ODD_OUTPUT_1_BYTES) == 0, "output 1");
  }
  check(pair_odd_predict(&context, in0.numbers, in1.numbers, out0.numbers + 1, out1.numbers) ==
            PAIR_ODD_MISALIGNED,
        "an output askew");
  if (failures == 0) board_write("odd inputs ok\n");
  return failures != 0;
}
