// SPDX-License-Identifier: BSL-1.0
// Encodes images on a board: <images: floats> <where the codes go: floats>

#include <stdint.h>

#include "encoder.h"
#include "runtime/boards/common/console.h"
#include "runtime/boards/common/counter.h"
#include "runtime/boards/common/stack.h"

static union {
  unsigned char bytes[ENCODER_ARENA_BYTES];
  uint64_t alignment;
} arena;

static float image[ENCODER_INPUT_ELEMENTS];
static float code[ENCODER_OUTPUT_ELEMENTS];

static void fail(const char* sentence) {
  board_write("error: ");
  board_write(sentence);
  board_write("\n");
  board_exit(1);
}

static void report(const char* name, uint64_t value) {
  board_write(name);
  board_write(" ");
  board_write_uint(value);
  board_write("\n");
}

int main(void) {
  static char line[1024];
  const char* argv[3];
  if (board_arguments(line, sizeof line, argv, 3) != 3) fail("arguments: <images> <codes>");
  const int images = board_open(argv[1], BOARD_READ), codes = board_open(argv[2], BOARD_WRITE);
  if (images < 0 || codes < 0) fail("a file does not open");

  encoder_context context;
  if (encoder_init(&context, arena.bytes, sizeof arena.bytes) != ENCODER_OK) fail("encoder_init");

  uint32_t count = 0, stack = 0;
  uint64_t instructions = 0;
  while (board_read(images, image, sizeof image) == sizeof image) {
    stack_paint();
    counter_start();
    if (encoder_predict(&context, image, code) != ENCODER_OK) fail("encoder_predict");
    instructions = counter_instructions();
    stack = stack_used();
    if (board_write_file(codes, code, sizeof code) != sizeof code) fail("the codes cannot be written");
    ++count;
  }
  if (count == 0) fail("there is no whole image in the file");
  if (board_close(codes) != 0) fail("the codes cannot be written");

  report("images", count);
  report("instructions", instructions);
  report("stack", stack);
  report("arena", ENCODER_ARENA_BYTES);
  report("weights", ENCODER_WEIGHTS_BYTES);
  return 0;
}
