// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/common/counter.h>

#include "board.h"

#define REGISTER(address) (*(volatile uint32_t*)(address))
#define SYSTICK_CONTROL REGISTER(0xE000E010U)
#define SYSTICK_RELOAD REGISTER(0xE000E014U)
#define SYSTICK_CURRENT REGISTER(0xE000E018U)

static const uint32_t reload = 0xFFFFFF;
static volatile uint32_t wraps;

void SysTick_Handler(void);
void SysTick_Handler(void) { wraps = wraps + 1; }

void counter_start(void) {
  SYSTICK_CONTROL = 0;
  SYSTICK_RELOAD = reload;
  SYSTICK_CURRENT = 0;
  wraps = 0;
  SYSTICK_CONTROL = 7;  // on, with its interrupt, at the clock of the core
  while (SYSTICK_CURRENT == 0) {
  }
}

uint64_t counter_instructions(void) {
  uint32_t before, current;
  do {
    before = wraps;
    current = SYSTICK_CURRENT;
  } while (current == 0 || before != wraps);  // it wraps just now: read again
  const uint64_t ticks = ((uint64_t)before << 24) + (reload - current);
  return ticks * BOARD_INSTRUCTIONS_PER_4_TICKS / 4;
}

#define DEMCR REGISTER(0xE000EDFCU)
#define DWT_CTRL REGISTER(0xE0001000U)
#define DWT_CYCCNT REGISTER(0xE0001004U)

// Read twice, some instructions apart: where there is no counter it reads as a constant.
int counter_cycles_start(void) {
  DEMCR |= 1U << 24;
  DWT_CYCCNT = 0;
  DWT_CTRL |= 1U;
  const uint32_t before = DWT_CYCCNT;
  for (volatile int i = 0; i < 10; ++i) {
  }
  return DWT_CYCCNT != before;
}

uint32_t counter_cycles(void) { return DWT_CYCCNT; }
