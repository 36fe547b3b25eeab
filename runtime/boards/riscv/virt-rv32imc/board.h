// SPDX-License-Identifier: BSL-1.0
#ifndef ETCH_BOARDS_BOARD_H
#define ETCH_BOARDS_BOARD_H

#define BOARD_NAME "virt-rv32imc"

#endif
