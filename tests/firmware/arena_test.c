// SPDX-License-Identifier: BSL-1.0
// A model of a file with its inputs and outputs in the arena, as floats and quantized, which share that
// arena: <folder with the inputs and the desktop's outputs>

#include <stdint.h>
#include <string.h>

#include "pair_arena.h"
#include "pair_int8.h"
#include "tests/firmware/checks.h"

enum { SAMPLES = 20, OUTPUTS = PAIR_ARENA_OUTPUT_0_ELEMENTS + PAIR_ARENA_OUTPUT_1_ELEMENTS };

static union {
  unsigned char bytes[PAIR_ARENA_ARENA_BYTES + PAIR_INT8_ARENA_BYTES];
  uint64_t alignment;
} arena;

static float in0[PAIR_ARENA_INPUT_0_ELEMENTS], in1[PAIR_ARENA_INPUT_1_ELEMENTS], expected[OUTPUTS];

static int8_t stored(float x, float scale, int zero_point) {
  const float wanted = x / scale + (float)zero_point + (x < 0 ? -0.5f : 0.5f);
  return (int8_t)(wanted < -128 ? -128 : wanted > 127 ? 127 : wanted);
}

// Each of the wanted numbers within some steps of the quantized model's.
static int near(const int8_t* found, const float* wanted, int count, float scale, int zero_point) {
  const float most = 8 * scale;
  for (int i = 0; i < count; ++i) {
    const float off = scale * (float)(found[i] - zero_point) - wanted[i];
    if (off > most || -off > most) return 0;
  }
  return 1;
}

static void check_mistakes(void) {
  pair_arena_context context = {NULL};
  check(pair_arena_input0(&context) == NULL && pair_arena_output1(&context) == NULL, "accessors before init");
  check(pair_arena_input0(NULL) == NULL, "an accessor without a context");
  check(pair_arena_predict(NULL) == PAIR_ARENA_NULL_POINTER, "predict without a context");
  check(pair_arena_predict(&context) == PAIR_ARENA_NULL_POINTER, "predict before init");
  check(pair_arena_init(&context, arena.bytes, PAIR_ARENA_ARENA_BYTES - 1) == PAIR_ARENA_SMALL_ARENA,
        "init with a small arena");
}

static void check_floats(pair_arena_context* context) {
  memset(arena.bytes, 0xff, sizeof arena.bytes);
  memcpy(pair_arena_input0(context), in0, sizeof in0);
  memcpy(pair_arena_input1(context), in1, sizeof in1);
  check(pair_arena_predict(context) == PAIR_ARENA_OK, "predict");
  check(memcmp(pair_arena_output0(context), expected, PAIR_ARENA_OUTPUT_0_BYTES) == 0,
        "output 0: the desktop's bits");
  check(memcmp(pair_arena_output1(context), expected + PAIR_ARENA_OUTPUT_0_ELEMENTS,
               PAIR_ARENA_OUTPUT_1_BYTES) == 0,
        "output 1: the desktop's bits");
}

static void write_int8(const pair_int8_context* context) {
  int8_t* x = pair_int8_input0(context);
  for (int i = 0; i < PAIR_INT8_INPUT_0_ELEMENTS; ++i)
    x[i] = stored(in0[i], PAIR_INT8_INPUT_0_SCALE, PAIR_INT8_INPUT_0_ZERO_POINT);
  x = pair_int8_input1(context);
  for (int i = 0; i < PAIR_INT8_INPUT_1_ELEMENTS; ++i)
    x[i] = stored(in1[i], PAIR_INT8_INPUT_1_SCALE, PAIR_INT8_INPUT_1_ZERO_POINT);
}

static void check_int8(pair_int8_context* context) {
  write_int8(context);
  check(pair_int8_predict(context) == PAIR_INT8_OK, "predict in int8");
  check(near(pair_int8_output0(context), expected, PAIR_INT8_OUTPUT_0_ELEMENTS, PAIR_INT8_OUTPUT_0_SCALE,
             PAIR_INT8_OUTPUT_0_ZERO_POINT),
        "output 0 in int8");
  check(near(pair_int8_output1(context), expected + PAIR_ARENA_OUTPUT_0_ELEMENTS, PAIR_INT8_OUTPUT_1_ELEMENTS,
             PAIR_INT8_OUTPUT_1_SCALE, PAIR_INT8_OUTPUT_1_ZERO_POINT),
        "output 1 in int8");
}

// What etch_add_model_file compiles beside the model.
static void check_parts(pair_arena_context* floats, pair_int8_context* int8) {
  int8_t predicted[PAIR_INT8_OUTPUT_1_BYTES];
  int answer;
  check(pair_arena_selftest(floats) == PAIR_ARENA_OK, "the self test");
  check(pair_int8_selftest(int8) == PAIR_INT8_OK, "the self test in int8");
  write_int8(int8);
  check(pair_int8_predict(int8) == PAIR_INT8_OK, "predict in int8");
  memcpy(predicted, pair_int8_output1(int8), sizeof predicted);
  write_int8(int8);
  do answer = pair_int8_step(int8);
  while (answer == PAIR_INT8_OK);
  check(answer == PAIR_INT8_DONE, "steps end");
  check(memcmp(predicted, pair_int8_output1(int8), sizeof predicted) == 0, "steps give a prediction's bytes");
}

int main(void) {
  static char line[1024];
  const char* argv[2];
  if (board_arguments(line, sizeof line, argv, 2) != 2) return 2;
  const int inputs = open_file(argv[1], "pair_inputs.bin"), outputs = open_file(argv[1], "pair_outputs.bin");
  pair_arena_context floats;
  pair_int8_context int8;
  check_mistakes();
  check(pair_arena_init(&floats, arena.bytes, sizeof arena.bytes) == PAIR_ARENA_OK, "init");
  check(pair_int8_init(&int8, arena.bytes, sizeof arena.bytes) == PAIR_INT8_OK, "init in int8");
  for (int i = 0; i < SAMPLES; ++i) {
    check(board_read(inputs, in0, sizeof in0) == sizeof in0 &&
              board_read(inputs, in1, sizeof in1) == sizeof in1 &&
              board_read(outputs, expected, sizeof expected) == sizeof expected,
          "a whole sample");
    check_floats(&floats);
    check_int8(&int8);
  }
  check_parts(&floats, &int8);
  if (failures != 0) return 1;
  board_write("arena ok\n");
  return 0;
}
