// SPDX-License-Identifier: BSL-1.0
#ifndef ETCH_BOARDS_START_PROGRAM_H
#define ETCH_BOARDS_START_PROGRAM_H

// From a core that runs to main(), for the startup.c of each architecture.

#include <runtime/boards/common/console.h>

typedef void (*Function)(void);

extern uint32_t __stack_limit[], __stack_top[];
extern uint32_t __data_start[], __data_end[], __data_load[];
extern uint32_t __bss_start[], __bss_end[], __external_bss_start[], __external_bss_end[];
extern Function __init_array_start[], __init_array_end[];

extern int main(void);

// Volatile, or the compiler makes them calls of memset and memcpy: 400 bytes of libc.
static void clear(volatile uint32_t* begin, const uint32_t* end) {
  while (begin != end) *begin++ = 0;
}

static void copy(volatile uint32_t* begin, const uint32_t* end, const uint32_t* from) {
  while (begin != end) *begin++ = *from++;
}

// Apart from what is called first: the compiler may use registers here that work only after the FPU is on.
__attribute__((used, noinline, noreturn)) static void start_program(void) {
  copy(__data_start, __data_end, __data_load);
  clear(__bss_start, __bss_end);
  clear(__external_bss_start, __external_bss_end);
  for (Function* f = __init_array_start; f != __init_array_end; ++f) (*f)();
  board_exit(main());
}

#endif
