// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/common/painted_stack.h>

// In assembly: a compiler may save registers below the stack pointer that this reads, and paint them over.
__attribute__((naked)) void stack_paint(void) {
  __asm__ volatile(
      "la t0, painted_end\n"
      "sw sp, 0(t0)\n"
      "la t0, __stack_limit\n"
      "li t1, 0xA5A5A5A5\n"
      "j 2f\n"
      "1: sw t1, 0(t0)\n"
      "addi t0, t0, 4\n"
      "2: bne t0, sp, 1b\n"
      "ret");
}
