// SPDX-License-Identifier: BSL-1.0
// Tells odd digits from even ones on the board: the images of test.bin, and its labels, as the desktop wrote
// them.
#include <stdint.h>

#include "parity.h"
#include "runtime/boards/common/console.h"

enum { images = 100, pixels = PARITY_INPUT_ELEMENTS };

static union {
  unsigned char bytes[PARITY_ARENA_BYTES];
  uint64_t alignment;
} arena;
static uint8_t image[images][pixels], odd[images];

int main(void) {
  const int file = board_open("test.bin", BOARD_READ);
  parity_context context;
  if (file < 0 || board_read(file, image, sizeof image) != sizeof image ||
      board_read(file, odd, sizeof odd) != sizeof odd ||
      parity_init(&context, arena.bytes, sizeof arena.bytes) != PARITY_OK) {
    board_write("test.bin is not there, or the arena is too small\n");
    return 1;
  }
  int right = 0;
  for (int i = 0; i < images; ++i) {
    for (int p = 0; p < pixels; ++p) parity_input(&context)[p] = (float)image[i][p] / 255.0f;
    if (parity_predict(&context) != PARITY_OK) return 1;
    const float* const scores = parity_output(&context);
    right += (scores[1] > scores[0]) == odd[i];
  }
  board_write_int(right);
  board_write(" of 100 right on the board\n");
  return right >= 90 ? 0 : 1;
}
