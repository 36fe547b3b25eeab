// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/kernel_sets.hpp>

#include <span>
#include <string>

namespace etch::host {

/// A board that can be bought.
struct Board {
  const char* name;    ///< as `--board` takes it
  const char* title;   ///< what its vendor calls it
  const char* vendor;  ///< of the board
  const char* chip;
  const char* core;      ///< of those that run programs, the fastest
  const char* target;    ///< the core by whose name `kernels_of` knows its kernels
  long long flash, ram;  ///< bytes: all of its flash, and its largest block of RAM
  int clock;             ///< MHz, at most
  int wait_states;       ///< of its flash at that clock; -1: behind a cache, by its state
  const char* package;   ///< in which ecosystem people mostly build for it
};

/// All that are known, by core.
std::span<const Board> boards();
/// A board by its name, or null.
const Board* find_board(const std::string& name);

/// The sets of kernels that sources for a board may be compiled to, whatever the compiler and its options:
/// their scratch is planned. \param board one of `boards`, a folder of `runtime/boards`, its core (`m0plus`,
/// `m4`, `rv32imc`, ...), `m4-size` or `m7-size` for code with ETCH_SIZE_KERNELS alone, or `desktop`, which
/// stands for every core. Throws `Error` where there is no such board.
kernels::KernelSets kernels_of(const std::string& board);

/// The cores that `kernels_of` knows and their folders, for messages. Tests run programs of each in an
/// emulator, or on the desktop; of no board that can be bought.
std::string core_names();

/// The folder of `runtime/boards/<architecture>` of such a board, or `desktop`. Throws `Error` likewise.
std::string folder_of(const std::string& board);

/// The same where code for size is told apart.
struct BoardFolder {
  std::string name;
  bool size_kernels = false;  ///< of `m4-size` and the like: ETCH_SIZE_KERNELS
};
BoardFolder board_folder(const std::string& board);

}  // namespace etch::host
