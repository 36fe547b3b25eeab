// SPDX-License-Identifier: BSL-1.0
// Predicts test images on a board: <images> <labels: bytes> <where the outputs go>
// Images and outputs are floats, or with MNIST_INT8 or MNIST_INT16 numbers as the quantized model takes and
// gives them.

#include <stdint.h>

#include "mnist.h"
#include "runtime/boards/common/console.h"
#include "runtime/boards/common/counter.h"
#include "runtime/boards/common/stack.h"

static union {
  unsigned char bytes[MNIST_ARENA_BYTES];
  uint64_t alignment;
} arena;

#ifdef MNIST_INT8
typedef int8_t number;
#elif defined(MNIST_INT16)
typedef int16_t number;
#else
typedef float number;
#endif
// Aligned for kernels that load words of bytes.
static number image[MNIST_INPUT_ELEMENTS] __attribute__((aligned(4)));
static number output[MNIST_OUTPUT_ELEMENTS] __attribute__((aligned(4)));

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

static int largest(const number* values, int count) {
  int best = 0;
  for (int i = 1; i < count; ++i)
    if (values[i] > values[best]) best = i;
  return best;
}

static void report(const char* name, uint64_t value) {
  board_write(name);
  board_write(" ");
  board_write_uint(value);
  board_write("\n");
}

// 0.970, in integers: a board without an FPU needs no more code for it.
static void report_share(const char* name, uint32_t part, uint32_t all) {
  const uint32_t thousandths = (1000 * part + all / 2) / all;
  char digits[] = "0.000";
  digits[0] = (char)('0' + thousandths / 1000);
  digits[2] = (char)('0' + thousandths / 100 % 10);
  digits[3] = (char)('0' + thousandths / 10 % 10);
  digits[4] = (char)('0' + thousandths % 10);
  board_write(name);
  board_write(" ");
  board_write(digits);
  board_write("\n");
}

int main(void) {
  static char line[1024];
  const char* argv[4];
  if (board_arguments(line, sizeof line, argv, 4) != 4) fail("arguments: <images> <labels> <outputs>");
  const int images = open_file(argv[1], BOARD_READ), labels = open_file(argv[2], BOARD_READ);
  const int outputs = open_file(argv[3], BOARD_WRITE);

  mnist_context context;
  if (mnist_init(&context, arena.bytes, sizeof arena.bytes) != MNIST_OK) fail("mnist_init");

  uint32_t count = 0, right = 0, stack = 0;
  uint64_t instructions = 0;
  unsigned char label;
  while (board_read(images, image, sizeof image) == sizeof image) {
    if (board_read(labels, &label, 1) != 1) fail("there are fewer labels than images");
    stack_paint();
    counter_start();
    const int error = mnist_predict(&context, image, output);
    const uint64_t taken = counter_instructions();
    const uint32_t used = stack_used();
    if (error != MNIST_OK) fail("mnist_predict");
    if (taken > instructions) instructions = taken;
    if (used > stack) stack = used;
    if (largest(output, MNIST_OUTPUT_ELEMENTS) == label) ++right;
    ++count;
    if (board_write_file(outputs, output, sizeof output) != sizeof output)
      fail("the outputs cannot be written");
  }
  if (count == 0) fail("there is no whole image in the file");
  if (board_close(outputs) != 0) fail("the outputs cannot be written");

  report("images", count);
  report("right", right);
  report_share("accuracy", right, count);
  report("instructions", instructions);
  report("stack", stack);
  report("arena", MNIST_ARENA_BYTES);
  report("weights", MNIST_WEIGHTS_BYTES);
  return 0;
}
