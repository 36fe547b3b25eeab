// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/common/console.h>

#include <stdint.h>

typedef void (*Function)(void);

extern uint32_t __stack_limit[], __stack_top[];
extern uint32_t __data_start[], __data_end[], __data_load[];
extern uint32_t __bss_start[], __bss_end[], __external_bss_start[], __external_bss_end[];
extern Function __init_array_start[], __init_array_end[];

extern int main(void);
void Reset_Handler(void);
void SysTick_Handler(void);
void board_fault(void);
void board_fault_report(const uint32_t* frame);

#define REGISTER(address) (*(volatile uint32_t*)(address))
#define VTOR REGISTER(0xE000ED08U)
#define CFSR REGISTER(0xE000ED28U)
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
      "b board_fault_report\n"
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

// Volatile, or the compiler makes them calls of memset and memcpy: 400 bytes of libc.
static void clear(volatile uint32_t* begin, const uint32_t* end) {
  while (begin != end) *begin++ = 0;
}

static void copy(volatile uint32_t* begin, const uint32_t* end, const uint32_t* from) {
  while (begin != end) *begin++ = *from++;
}

// Apart from Reset_Handler: the compiler may use vector registers here, which work only after the FPU is on.
__attribute__((noinline, noreturn)) static void run(void) {
  copy(__data_start, __data_end, __data_load);
  clear(__bss_start, __bss_end);
  clear(__external_bss_start, __external_bss_end);
  for (Function* f = __init_array_start; f != __init_array_end; ++f) (*f)();
  board_exit(main());
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
  run();
}
