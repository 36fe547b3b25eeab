// SPDX-License-Identifier: BSL-1.0
#ifndef ETCH_BOARDS_PAINTED_STACK_H
#define ETCH_BOARDS_PAINTED_STACK_H

// What the stack.c of each architecture shares: it brings stack_paint(), in assembly, which fills from
// __stack_limit up to the stack pointer with PAINT and leaves where it ended in painted_end.

#include <runtime/boards/common/stack.h>

extern uint32_t __stack_limit[];

#define PAINT 0xA5A5A5A5U
__attribute__((used)) static uint32_t* painted_end;

uint32_t stack_used(void) {
  const volatile uint32_t* p = __stack_limit;
  while (p != painted_end && *p == PAINT) ++p;
  return (uint32_t)(painted_end - p) * 4;
}

#endif
