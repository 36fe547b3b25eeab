// SPDX-License-Identifier: BSL-1.0
#ifndef ETCH_BOARDS_BOARD_H
#define ETCH_BOARDS_BOARD_H

#define BOARD_NAME "mps2-an385-m0plus"

// In QEMU one instruction is one nanosecond and SysTick counts at 25 MHz: 40 instructions a tick.
#define BOARD_INSTRUCTIONS_PER_4_TICKS 160

#endif
