// SPDX-License-Identifier: BSL-1.0
#ifndef ETCH_BOARDS_BOARD_H
#define ETCH_BOARDS_BOARD_H

#define BOARD_NAME "mps2-an505"

// In QEMU one instruction is one nanosecond and SysTick counts at 20 MHz: 50 instructions a tick.
#define BOARD_INSTRUCTIONS_PER_4_TICKS 200

#endif
