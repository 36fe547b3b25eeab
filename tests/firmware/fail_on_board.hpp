// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/boards/common/console.h>

namespace etch {

/// What a program of one file does where a kernel's or a trainer's caller is wrong: it says so and ends.
void fail(const char* sentence) {
  board_write(sentence);
  board_write("\n");
  board_exit(1);
}

}  // namespace etch
