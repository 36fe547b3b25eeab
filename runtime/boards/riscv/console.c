// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/common/semihosting.h>

// Three instructions of 32 bits in a row, within a page, are what hosts look for.
__attribute__((naked, noinline)) static int32_t semihost(uint32_t operation, const void* argument) {
  (void)operation;
  (void)argument;
  __asm__ volatile(
      ".option push\n"
      ".option norvc\n"
      "j 1f\n"
      ".balign 16\n"
      "1: slli x0, x0, 0x1f\n"
      "ebreak\n"
      "srai x0, x0, 7\n"
      "ret\n"
      ".option pop");
}
