// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/common/stack.h>

extern uint32_t __stack_limit[];

#define PAINT 0xA5A5A5A5U
__attribute__((used)) static uint32_t* painted_end;

// In assembly: a compiler may save registers below the stack pointer that this reads, and paint them over.
__attribute__((naked)) void stack_paint(void) {
  __asm__ volatile(
      "mov r0, sp\n"
      "ldr r1, =painted_end\n"
      "str r0, [r1]\n"
      "ldr r1, =__stack_limit\n"
      "ldr r2, =0xA5A5A5A5\n"
      "b 2f\n"
      "1: str r2, [r1], #4\n"
      "2: cmp r1, r0\n"
      "bne 1b\n"
      "bx lr\n"
      ".ltorg");
}

uint32_t stack_used(void) {
  const volatile uint32_t* p = __stack_limit;
  while (p != painted_end && *p == PAINT) ++p;
  return (uint32_t)(painted_end - p) * 4;
}
