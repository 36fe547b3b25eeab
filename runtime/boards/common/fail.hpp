// SPDX-License-Identifier: BSL-1.0
// Included by one file of a program for a board: it defines what checks of input end in.
#pragma once
#include <runtime/boards/common/console.h>

namespace etch {

/// Says what is wrong with a caller's input, and ends the program.
void fail(const char* sentence) {
  board_write("error: ");
  board_write(sentence);
  board_write("\n");
  board_exit(1);
}

}  // namespace etch
