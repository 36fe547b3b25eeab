// SPDX-License-Identifier: BSL-1.0
// A model of int8, with weights of 4 bits, gives the desktop's bytes wherever its inputs lie, on a core that
// loads words from any address; outputs have to lie at multiples of 4. Arguments: the folder of the inputs,
// and that of the outputs.

#include <stdint.h>
#include <string.h>

#include "pair_odd.h"
#include "tests/firmware/checks.h"

static union {
  unsigned char bytes[PAIR_ODD_ARENA_BYTES];
  uint64_t alignment;
} arena;
enum { samples = 16 };
static int8_t ins0[samples][PAIR_ODD_INPUT_0_ELEMENTS], ins1[samples][PAIR_ODD_INPUT_1_ELEMENTS];
static int8_t outs0[samples][PAIR_ODD_OUTPUT_0_ELEMENTS], outs1[samples][PAIR_ODD_OUTPUT_1_ELEMENTS];
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
} out0;
static union {
  int8_t numbers[PAIR_ODD_OUTPUT_1_ELEMENTS + 4];
  uint32_t alignment;
} out1;

static void predict(pair_odd_context* context, int sample, int odd) {
  memcpy(in0.numbers + odd, ins0[sample], sizeof ins0[sample]);
  memcpy(in1.numbers + (odd ^ 1), ins1[sample], sizeof ins1[sample]);
  memset(&out0, odd, sizeof out0);
  memset(&out1, odd, sizeof out1);
  check(pair_odd_predict(context, in0.numbers + odd, in1.numbers + (odd ^ 1), out0.numbers, out1.numbers) ==
            PAIR_ODD_OK,
        "predict from an odd address");
  check(memcmp(out0.numbers, outs0[sample], sizeof outs0[sample]) == 0, "output 0");
  check(memcmp(out1.numbers, outs1[sample], sizeof outs1[sample]) == 0, "output 1");
}

int main(void) {
  static char line[1024];
  const char* argv[3];
  pair_odd_context context;
  if (board_arguments(line, sizeof line, argv, 3) != 3) return 2;
  read_file(argv[1], "in0.bin", ins0, sizeof ins0);
  read_file(argv[1], "in1.bin", ins1, sizeof ins1);
  read_file(argv[2], "out0.bin", outs0, sizeof outs0);
  read_file(argv[2], "out1.bin", outs1, sizeof outs1);
  check(pair_odd_init(&context, arena.bytes, sizeof arena.bytes) == PAIR_ODD_OK, "init");
  for (int sample = 0; sample < samples; ++sample)
    for (int odd = 0; odd < 4; ++odd) predict(&context, sample, odd);
  check(pair_odd_predict(&context, in0.numbers, in1.numbers, out0.numbers + 1, out1.numbers) ==
            PAIR_ODD_MISALIGNED,
        "an output askew");
  if (failures == 0) board_write("odd inputs ok\n");
  return failures != 0;
}
