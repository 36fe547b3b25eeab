// SPDX-License-Identifier: BSL-1.0
#ifndef ETCH_BOARDS_PROFILE_H
#define ETCH_BOARDS_PROFILE_H

#ifdef __cplusplus
extern "C" {
#endif

// What each step of the models takes that are compiled with ETCH_PROFILE: cycles by counter.h where the
// core counts them (DWT->CYCCNT of Cortex-M), else (in QEMU, which has no such counter) instructions by
// counter.h, to one tick of it.

// Begins anew. Not between counter_start() and counter_instructions().
void profile_start(void);
// Ends it, and prints a table of all steps since then, a line a step; what steps that ran several times took
// in all.
void profile_print(void);

#ifdef __cplusplus
}
#endif

#endif
