// SPDX-License-Identifier: BSL-1.0
// Does what no program should: "stack" calls itself without end, "trap" runs an instruction that there is
// not. A board says what happened and ends with 1.
#include <stdint.h>

#include "runtime/boards/common/console.h"

static volatile uint32_t depth, end = 0xFFFFFFFF;

__attribute__((noinline)) static uint32_t fall(uint32_t from) {
  volatile uint32_t frame[16];
  frame[0] = from;
  depth = depth + 1;
  return from == end ? 0 : fall(from + 1) + frame[0];
}

int main(void) {
  static char line[256];
  const char* argv[2];
  if (board_arguments(line, sizeof line, argv, 2) != 2) return 2;
  if (argv[1][0] == 's') return (int)fall(0);
  __builtin_trap();
}
