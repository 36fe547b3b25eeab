// SPDX-License-Identifier: BSL-1.0
#ifndef ETCH_BOARDS_COUNTER_H
#define ETCH_BOARDS_COUNTER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Counts instructions, not cycles, in QEMU run as run.sh does (-icount shift=0): exact to one tick of SysTick
// (16 to 62.5 instructions, by the board; RISC-V: to one instruction), and the same on every run.
void counter_start(void);
// Since counter_start().
uint64_t counter_instructions(void);

// Starts the core's counter of cycles. 0 if it has none, as in QEMU.
int counter_cycles_start(void);
// It wraps at 32 bits.
uint32_t counter_cycles(void);

#ifdef __cplusplus
}
#endif

#endif
