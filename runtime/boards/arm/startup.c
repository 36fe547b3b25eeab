// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/common/start_program.h>

void Reset_Handler(void);
void SysTick_Handler(void);
void board_fault(void);
void board_fault_report(const uint32_t* frame);

#define REGISTER(address) (*(volatile uint32_t*)(address))
#define VTOR REGISTER(0xE000ED08U)
// Says what was wrong; Armv6-M and the baseline of Armv8-M have none.
#if __ARM_ARCH >= 7 && defined(__thumb2__)
#define CFSR REGISTER(0xE000ED28U)
#else
#define CFSR 0U
#endif
#define STKOF (1U << 20)
#define CPACR REGISTER(0xE000ED88U)

typedef union {
  uint32_t* stack;
  Function handler;
} Vector;

__attribute__((used, section(".vectors"))) static const Vector vectors[16] = {
    {.stack = __stack_top},       {.handler = Reset_Handler}, {.handler = board_fault},
    {.handler = board_fault},     {.handler = board_fault},   {.handler = board_fault},
    {.handler = board_fault},     {.handler = board_fault},   {.handler = board_fault},
    {.handler = board_fault},     {.handler = board_fault},   {.handler = board_fault},
    {.handler = board_fault},     {.handler = board_fault},   {.handler = board_fault},
    {.handler = SysTick_Handler},
};

// A program that uses counter.c has its own handler.
__attribute__((weak, alias("board_fault"))) void SysTick_Handler(void);

// The stack pointer starts afresh: after a stack overflow the old one cannot be used.
__attribute__((naked)) void board_fault(void) {
  __asm__ volatile(
      "mov r0, sp\n"
      "ldr r1, =__stack_top\n"
      "mov sp, r1\n"
      "ldr r1, =board_fault_report\n"  // b reaches 2 KB on Armv6-M
      "bx r1\n"
      ".ltorg");
}

__attribute__((used, noreturn)) void board_fault_report(const uint32_t* frame) {
  uint32_t exception;
  __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
  board_write("\nThe firmware stopped: ");
  if ((CFSR & STKOF) != 0 || frame < __stack_limit || frame + 8 > __stack_top) {
    board_write("stack overflow");
  } else {
    board_write("fault at ");
    board_write_hex(frame[6]);
  }
  board_write(" (exception ");
  board_write_uint(exception);
  board_write(", CFSR ");
  board_write_hex(CFSR);
  board_write(").\n");
  board_exit(1);
}

void Reset_Handler(void) {
  VTOR = (uint32_t)vectors;
#ifdef __ARM_FP
  CPACR |= 0xFU << 20;
#endif
#if __ARM_ARCH >= 8
  __asm__ volatile("msr msplim, %0" : : "r"(__stack_limit));
#endif
  __asm__ volatile("dsb\nisb" : : : "memory");
  start_program();
}
