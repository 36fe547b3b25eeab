// SPDX-License-Identifier: BSL-1.0
// Runs every loop of loops.S once.

#include "runtime/boards/common/console.h"

typedef void (*loop)(void* array);

extern const loop loops[];
extern void run_loop(loop each, void* array);
void run_all(void);

static void* array[16];

__attribute__((noinline)) void run_all(void) {
  array[0] = array;
  for (const loop* each = loops; *each != 0; ++each) run_loop(*each, array);
}

int main(void) {
  run_all();
  board_write("loops ok\n");
  return 0;
}
