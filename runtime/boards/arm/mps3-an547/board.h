// SPDX-License-Identifier: BSL-1.0
#ifndef ETCH_BOARDS_BOARD_H
#define ETCH_BOARDS_BOARD_H

#define BOARD_NAME "mps3-an547"

// In QEMU one instruction is one nanosecond and SysTick counts at 32 MHz: 31.25 instructions a tick.
#define BOARD_INSTRUCTIONS_PER_4_TICKS 125

#endif
