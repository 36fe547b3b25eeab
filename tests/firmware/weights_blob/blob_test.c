// SPDX-License-Identifier: BSL-1.0
// Weights that are replaced: <cases of the model> <folder with cases of the other weights and of another
// model> <folder with the blob of the other weights>.

#include <stdint.h>
#include <string.h>

#include "pair_blob.h"
#include "small_blob.h"
#include "tests/firmware/checks.h"

enum {
  SAMPLES = 20,
  OUTPUTS = PAIR_BLOB_OUTPUT_0_ELEMENTS + PAIR_BLOB_OUTPUT_1_ELEMENTS,
  INPUTS = PAIR_BLOB_INPUT_0_ELEMENTS + PAIR_BLOB_INPUT_1_ELEMENTS
};

static union {
  unsigned char bytes[PAIR_BLOB_ARENA_BYTES + SMALL_BLOB_ARENA_BYTES];
  uint64_t alignment;
} arena;

// What came over the air; a little longer than the blob, so that it can lie askew.
static _Alignas(16) unsigned char received[PAIR_BLOB_WEIGHTS_BYTES + 16];

static _Alignas(16) float inputs[SAMPLES][INPUTS], first[SAMPLES][OUTPUTS], other[SAMPLES][OUTPUTS];

static int gives(pair_blob_context* context, float wanted[][OUTPUTS]) {
  float out0[PAIR_BLOB_OUTPUT_0_ELEMENTS], out1[PAIR_BLOB_OUTPUT_1_ELEMENTS];
  for (int i = 0; i < SAMPLES; ++i) {
    if (pair_blob_predict(context, inputs[i], inputs[i] + PAIR_BLOB_INPUT_0_ELEMENTS, out0, out1) !=
            PAIR_BLOB_OK ||
        memcmp(out0, wanted[i], sizeof out0) != 0 ||
        memcmp(out1, wanted[i] + PAIR_BLOB_OUTPUT_0_ELEMENTS, sizeof out1) != 0)
      return 0;
  }
  return 1;
}

static int selftest(pair_blob_context* context) {
  float in0[PAIR_BLOB_INPUT_0_ELEMENTS], in1[PAIR_BLOB_INPUT_1_ELEMENTS];
  float out0[PAIR_BLOB_OUTPUT_0_ELEMENTS], out1[PAIR_BLOB_OUTPUT_1_ELEMENTS];
  return pair_blob_selftest(context, in0, in1, out0, out1);
}

// The weights that are compiled in, those that came, and back: outputs, self test, hash and version.
static void check_swap(pair_blob_context* context) {
  check(gives(context, first) && selftest(context) == PAIR_BLOB_OK, "the first weights");
  check(pair_blob_model_hash(context) == PAIR_BLOB_MODEL_HASH && pair_blob_model_version(context) == 1,
        "which model it is");
  check(pair_blob_set_weights(context, received, PAIR_BLOB_WEIGHTS_BYTES) == PAIR_BLOB_OK, "other weights");
  check(gives(context, other) && selftest(context) == PAIR_BLOB_OK, "the other weights");
  check(pair_blob_model_hash(context) != PAIR_BLOB_MODEL_HASH && pair_blob_model_version(context) == 2,
        "which model the other is");
  check(pair_blob_set_weights(context, pair_blob_weights, PAIR_BLOB_WEIGHTS_BYTES) == PAIR_BLOB_OK, "back");
  check(gives(context, first), "the first weights again");
}

// A prediction in parts that is broken off by other weights begins anew.
static void check_steps(pair_blob_context* context) {
  float out0[PAIR_BLOB_OUTPUT_0_ELEMENTS], out1[PAIR_BLOB_OUTPUT_1_ELEMENTS];
  const float *in0 = inputs[0], *in1 = inputs[0] + PAIR_BLOB_INPUT_0_ELEMENTS;
  int answer = pair_blob_step(context, in0, in1, out0, out1);
  check(answer == PAIR_BLOB_OK, "a step");
  check(pair_blob_set_weights(context, received, sizeof received) == PAIR_BLOB_OK, "more bytes than needed");
  do answer = pair_blob_step(context, in0, in1, out0, out1);
  while (answer == PAIR_BLOB_OK);
  check(answer == PAIR_BLOB_DONE && memcmp(out0, other[0], sizeof out0) == 0, "steps with other weights");
  check(pair_blob_set_weights(context, pair_blob_weights, PAIR_BLOB_WEIGHTS_BYTES) == PAIR_BLOB_OK, "back");
}

static void refused(pair_blob_context* context, const void* blob, size_t bytes, int code, const char* what) {
  check(pair_blob_check_weights(blob, bytes) == code, what);
  check(pair_blob_set_weights(context, blob, bytes) == code, what);
}

static void check_refusals(pair_blob_context* context) {
  pair_blob_context fresh = {0};
  refused(context, NULL, PAIR_BLOB_WEIGHTS_BYTES, PAIR_BLOB_NULL_POINTER, "no blob");
  refused(context, received + 4, PAIR_BLOB_WEIGHTS_BYTES, PAIR_BLOB_MISALIGNED, "a blob askew");
  refused(context, received, 0, PAIR_BLOB_NO_WEIGHTS, "no bytes");
  refused(context, received, 63, PAIR_BLOB_NO_WEIGHTS, "half a header");
  refused(context, received, 64, PAIR_BLOB_DAMAGED_WEIGHTS, "a header alone");
  refused(context, received, PAIR_BLOB_WEIGHTS_BYTES - 1, PAIR_BLOB_DAMAGED_WEIGHTS, "a byte too few");
  refused(context, small_blob_weights, SMALL_BLOB_WEIGHTS_BYTES, PAIR_BLOB_OTHER_WEIGHTS, "another model's");
  refused(context, inputs, sizeof inputs, PAIR_BLOB_NO_WEIGHTS, "no blob at all");
  // Every bit of the header, then one of every 97th byte: each is seen, and what for.
  for (size_t at = 0; at < PAIR_BLOB_WEIGHTS_BYTES; at += at < 64 ? 1 : 97)
    for (int bit = at < 64 ? 0 : (int)(at % 8); bit < (at < 64 ? 8 : (int)(at % 8) + 1); ++bit) {
      received[at] ^= (unsigned char)(1 << bit);
      const int wanted = at < 8                ? PAIR_BLOB_NO_WEIGHTS
                         : at < 16             ? PAIR_BLOB_OTHER_WEIGHTS
                         : at >= 24 && at < 28 ? PAIR_BLOB_OTHER_WEIGHTS
                                               : PAIR_BLOB_DAMAGED_WEIGHTS;
      refused(context, received, PAIR_BLOB_WEIGHTS_BYTES, wanted, "a bit");
      received[at] ^= (unsigned char)(1 << bit);
    }
  check(gives(context, first) && pair_blob_model_version(context) == 1, "what is refused changes nothing");
  received[100] ^= 1;
  check(pair_blob_init(&fresh, received, PAIR_BLOB_WEIGHTS_BYTES, arena.bytes, sizeof arena.bytes) ==
            PAIR_BLOB_DAMAGED_WEIGHTS,
        "init with a damaged blob");
  received[100] ^= 1;
  check(pair_blob_set_weights(&fresh, received, PAIR_BLOB_WEIGHTS_BYTES) == PAIR_BLOB_NULL_POINTER &&
            pair_blob_model_hash(&fresh) == 0 && pair_blob_model_version(NULL) == 0 && !gives(&fresh, first),
        "a context that is none");
}

// A declared model.
static void check_declared(const char* folder) {
  static float in[SMALL_BLOB_INPUT_ELEMENTS], out[SMALL_BLOB_OUTPUT_ELEMENTS],
      wanted[SMALL_BLOB_OUTPUT_ELEMENTS];
  small_blob_context context;
  read_file(folder, "small/small_blob_inputs.bin", in, sizeof in);
  read_file(folder, "small/small_blob_outputs.bin", wanted, sizeof wanted);
  check(small_blob_init(&context, pair_blob_weights, PAIR_BLOB_WEIGHTS_BYTES, arena.bytes,
                        sizeof arena.bytes) == SMALL_BLOB_OTHER_WEIGHTS,
        "the other way round");
  check(small_blob_init(&context, small_blob_weights, SMALL_BLOB_WEIGHTS_BYTES, arena.bytes,
                        sizeof arena.bytes) == SMALL_BLOB_OK &&
            small_blob_predict(&context, in, out) == SMALL_BLOB_OK && memcmp(out, wanted, sizeof out) == 0,
        "a declared model");
}

int main(void) {
  static char line[1536];
  const char* argv[4];
  if (board_arguments(line, sizeof line, argv, 4) != 4) return 2;
  read_file(argv[1], "pair_inputs.bin", inputs, sizeof inputs);
  read_file(argv[1], "pair_outputs.bin", first, sizeof first);
  read_file(argv[2], "other_outputs.bin", other, sizeof other);
  read_file(argv[3], "pair_blob_weights.bin", received, PAIR_BLOB_WEIGHTS_BYTES);
  check(memcmp(first, other, sizeof first) != 0, "other weights give other outputs");
  pair_blob_context context;
  check(pair_blob_init(&context, pair_blob_weights, PAIR_BLOB_WEIGHTS_BYTES, arena.bytes,
                       sizeof arena.bytes) == PAIR_BLOB_OK,
        "init");
  check_swap(&context);
  check_steps(&context);
  check_refusals(&context);
  check_declared(argv[2]);
  if (failures != 0) return 1;
  board_write("blob ok\n");
  return 0;
}
