// SPDX-License-Identifier: BSL-1.0
#ifndef ETCH_BOARDS_BOARD_H
#define ETCH_BOARDS_BOARD_H

#define BOARD_NAME "microbit"

// In QEMU one instruction is one nanosecond and SysTick counts at 16 MHz: 62.5 instructions a tick.
#define BOARD_INSTRUCTIONS_PER_4_TICKS 250

#endif
