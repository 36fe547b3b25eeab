// SPDX-License-Identifier: BSL-1.0
// An exported model that streams, one time a call: <folder with its inputs and what whole sequences give>

#include <stdint.h>
#include <string.h>

#include "stream.h"
#include "tests/firmware/checks.h"

enum {
  SEQUENCES = 2,
  TIMES = 12,
  IN = STREAM_INPUT_ELEMENTS,
  A = STREAM_OUTPUT_0_ELEMENTS,
  B = STREAM_OUTPUT_1_ELEMENTS
};

static union {
  unsigned char bytes[STREAM_ARENA_BYTES];
  uint64_t alignment;
} arena;
// Two contexts share the arena: what they carry is their own.
static union {
  unsigned char bytes[STREAM_STATE_BYTES];
  uint64_t alignment;
} states[SEQUENCES];

static float in[SEQUENCES][TIMES][IN];
static struct { float a[TIMES][A], b[TIMES][B]; } expected[SEQUENCES];

static void check_times(stream_context* contexts) {
  for (int t = 0; t < TIMES; ++t)
    for (int s = 0; s < SEQUENCES; ++s) {
      float a[A], b[B];
      memset(arena.bytes, 0xff, sizeof arena.bytes);
      check(stream_predict(&contexts[s], in[s][t], a, b) == STREAM_OK, "stream_predict");
      check(memcmp(a, expected[s].a[t], sizeof a) == 0, "the first output's bits");
      check(memcmp(b, expected[s].b[t], sizeof b) == 0, "the second output's bits");
    }
}

int main(void) {
  static char line[1024];
  const char* argv[2];
  stream_context contexts[SEQUENCES];
  if (board_arguments(line, sizeof line, argv, 2) != 2) return 2;
  read_file(argv[1], "stream_inputs.bin", in, sizeof in);
  read_file(argv[1], "stream_outputs.bin", expected, sizeof expected);
  check(stream_init(&contexts[0], arena.bytes, sizeof arena.bytes, states[0].bytes, STREAM_STATE_BYTES - 1) ==
            STREAM_SMALL_ARENA,
        "init with small states");
  for (int s = 0; s < SEQUENCES; ++s) {
    memset(states[s].bytes, 0xff, sizeof states[s].bytes);
    check(stream_init(&contexts[s], arena.bytes, sizeof arena.bytes, states[s].bytes,
                      sizeof states[s].bytes) == STREAM_OK,
          "stream_init");
  }
  check_times(contexts);
  for (int s = 0; s < SEQUENCES; ++s) check(stream_reset(&contexts[s]) == STREAM_OK, "stream_reset");
  check_times(contexts);
  if (failures != 0) return 1;
  board_write("stream ok\n");
  return 0;
}
