// SPDX-License-Identifier: BSL-1.0
#ifndef ETCH_BOARDS_COUNTER_H
#define ETCH_BOARDS_COUNTER_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Counts instructions, not cycles, in QEMU run as run.sh does (-icount shift=0): exact to one tick of SysTick
// (40 instructions, 31.25 on the M55), and the same on every run.
void counter_start(void);
// Since counter_start().
uint64_t counter_instructions(void);

#ifdef __cplusplus
}
#endif

#endif
