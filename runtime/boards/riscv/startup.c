// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/common/start_program.h>

void Reset_Handler(void);
void board_trap(void);
void board_trap_report(uint32_t cause, uint32_t address, uint32_t value, const uint32_t* stack);

#define STORE_FAULT 7U

// The stack pointer starts afresh: after a stack overflow the old one cannot be used.
__attribute__((naked, aligned(4))) void board_trap(void) {
  __asm__ volatile(
      ".option push\n"
      ".option arch, +zicsr\n"
      "csrr a0, mcause\n"
      "csrr a1, mepc\n"
      "csrr a2, mtval\n"
      "mv a3, sp\n"
      "la sp, __stack_top\n"
      "j board_trap_report\n"
      ".option pop");
}

__attribute__((used, noreturn)) void board_trap_report(uint32_t cause, uint32_t address, uint32_t value,
                                                       const uint32_t* stack) {
  board_write("\nThe firmware stopped: ");
  if (cause == STORE_FAULT && stack < __stack_limit) {
    board_write("stack overflow");
  } else {
    board_write("fault at ");
    board_write_hex(address);
  }
  board_write(" (mcause ");
  board_write_uint(cause);
  board_write(", mtval ");
  board_write_hex(value);
  board_write(").\n");
  board_exit(1);
}

// FLASH, 4 MB from 0x80000000, is read and executed alone, by the machine's own mode too (pmpcfg: locked, a
// power of two, X, R): a stack that is too small, which lies above it, then stops instead of overwriting the
// program.
__attribute__((naked, used, section(".vectors"))) void Reset_Handler(void) {
  __asm__ volatile(
      ".option push\n"
      ".option arch, +zicsr\n"
      "la sp, __stack_top\n"
      "la t0, board_trap\n"
      "csrw mtvec, t0\n"
      "li t0, (0x80000000 >> 2) | ((0x400000 >> 3) - 1)\n"
      "csrw pmpaddr0, t0\n"
      "li t0, 0x9d\n"
      "csrw pmpcfg0, t0\n"
#ifdef __riscv_flen
      "li t0, 0x2000\n"  // mstatus.FS: the float unit is on
      "csrs mstatus, t0\n"
      "csrw fcsr, zero\n"
#endif
      "j start_program\n"
      ".option pop");
}
