// SPDX-License-Identifier: BSL-1.0
// Predicts samples with a model of a file, and compares every byte: <samples> <expected outputs>, which may
// be of the first samples only. With ETCH_VERIFY also: <where the layers of the samples go>. A model that
// keeps states predicts all samples twice, the second time after a reset, beside another context that it
// shares nothing but the arena with.

#include <stdint.h>
#include <string.h>

#include "model.h"
#include "runtime/boards/common/console.h"
#ifdef ETCH_VERIFY
#include "runtime/boards/common/trace.h"
#endif

static union {
  unsigned char bytes[MODEL_ARENA_BYTES];
  uint64_t alignment;
} arena;

#ifdef MODEL_STATE_BYTES
static union {
  unsigned char bytes[MODEL_STATE_BYTES];
  uint64_t alignment;
} states[2];
#endif

static unsigned char expected[MODEL_OUTPUT_BYTES];

static void fail(const char* sentence) {
  board_write("error: ");
  board_write(sentence);
  board_write("\n");
  board_exit(1);
}

static int open_file(const char* path, enum board_file_mode mode) {
  const int file = board_open(path, mode);
  if (file < 0) {
    board_write(path);
    board_write(": ");
    fail("the file does not open");
  }
  return file;
}

static void init(model_context* context, int number) {
#ifdef MODEL_STATE_BYTES
  memset(states[number].bytes, 0x5a, sizeof states[number].bytes);
  const int error =
      model_init(context, arena.bytes, sizeof arena.bytes, states[number].bytes, sizeof states[number].bytes);
#else
  (void)number;
  const int error = model_init(context, arena.bytes, sizeof arena.bytes);
#endif
  if (error != MODEL_OK) fail("model_init");
}

static void compare(const model_context* context, uint32_t sample) {
  if (memcmp(model_output(context), expected, sizeof expected) == 0) return;
  board_write("sample ");
  board_write_uint(sample);
  board_write(": ");
  fail("the output has not the expected bytes");
}

static uint32_t largest(const model_context* context) {
  uint32_t best = 0;
  for (uint32_t i = 1; i < MODEL_OUTPUT_ELEMENTS; ++i)
    if (model_output(context)[i] > model_output(context)[best]) best = i;
  return best;
}

static void predict(model_context* context, int samples, uint32_t sample) {
  // What the last prediction left in the arena must not matter.
  memset(arena.bytes, 0xa5, sizeof arena.bytes);
  if (board_read(samples, model_input(context), MODEL_INPUT_BYTES) != MODEL_INPUT_BYTES)
    fail("there are fewer samples than outputs");
  if (model_predict(context) != MODEL_OK) fail("model_predict");
  compare(context, sample);
}

#if defined(MODEL_STATE_BYTES) && !defined(ETCH_VERIFY)
static void check_states(model_context* context, int samples, int outputs, uint32_t count) {
  model_context other;
  init(&other, 1);
  if (model_reset(context) != MODEL_OK) fail("model_reset");
  board_seek(outputs, 0);
  for (uint32_t i = 0; i < count; ++i) {
    board_read(outputs, expected, sizeof expected);
    for (int k = 0; k < 2; ++k) {
      board_seek(samples, (size_t)i * MODEL_INPUT_BYTES);
      predict(k == 0 ? context : &other, samples, i);
    }
  }
  board_write("states begin anew after a reset, and are a context's own\n");
}
#endif

int main(void) {
  static char line[1024];
  const char* argv[4];
  const int arguments = board_arguments(line, sizeof line, argv, 4);
#ifdef ETCH_VERIFY
  if (arguments != 4) fail("arguments: <samples> <expected outputs> <layers>");
  if (trace_open(argv[3]) != 0) fail("the file of the layers does not open");
#else
  if (arguments != 3) fail("arguments: <samples> <expected outputs>");
#endif
  const int samples = open_file(argv[1], BOARD_READ), outputs = open_file(argv[2], BOARD_READ);
  model_context context;
  init(&context, 0);
  uint32_t count = 0;
  board_write("largest:");
  while (board_read(outputs, expected, sizeof expected) == sizeof expected) {
    predict(&context, samples, count);
    board_write(" ");
    board_write_uint(largest(&context));
    ++count;
  }
  if (count == 0) fail("there is no whole output in the file");
#ifdef ETCH_VERIFY
  if (trace_close() != 0) fail("the layers cannot be written");
#endif
  board_write("\n");
#if defined(MODEL_STATE_BYTES) && !defined(ETCH_VERIFY)
  check_states(&context, samples, outputs, count);
#endif
  board_write_uint(count);
  board_write(" outputs are the same\n");
  return 0;
}
