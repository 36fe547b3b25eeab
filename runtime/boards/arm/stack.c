// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/common/painted_stack.h>

// In assembly: a compiler may save registers below the stack pointer that this reads, and paint them over.
__attribute__((naked)) void stack_paint(void) {
  __asm__ volatile(
      "mov r0, sp\n"
      "ldr r1, =painted_end\n"
      "str r0, [r1]\n"
      "ldr r1, =__stack_limit\n"
      "ldr r2, =0xA5A5A5A5\n"
      "b 2f\n"
      "1: stmia r1!, {r2}\n"
      "2: cmp r1, r0\n"
      "bne 1b\n"
      "bx lr\n"
      ".ltorg");
}
