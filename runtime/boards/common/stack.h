// SPDX-License-Identifier: BSL-1.0
#ifndef ETCH_BOARDS_STACK_H
#define ETCH_BOARDS_STACK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Fills the free stack below the caller with a pattern.
void stack_paint(void);
// The most bytes of stack in use since stack_paint(), counted from the caller of stack_paint().
uint32_t stack_used(void);

#ifdef __cplusplus
}
#endif

#endif
