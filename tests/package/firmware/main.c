// The four cases of exclusive or, as the board sees them.

#include <stdint.h>

#include "runtime/boards/common/console.h"
#include "xor.h"

static union {
  unsigned char bytes[XOR_ARENA_BYTES];
  uint64_t alignment;
} arena;

int main(void) {
  xor_context context;
  if (xor_init(&context, arena.bytes, sizeof arena.bytes) != XOR_OK) return 1;
  int right = 0;
  for (int i = 0; i < 4; ++i) {
    xor_input(&context)[0] = (float)(i / 2);
    xor_input(&context)[1] = (float)(i % 2);
    if (xor_predict(&context) != XOR_OK) return 1;
    right += (xor_output(&context)[0] > 0.5f) == (i == 1 || i == 2);
  }
  board_write_int(right);
  board_write(" of 4 right\n");
  return right == 4 ? 0 : 1;
}
