// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/boards/cycles/flash.hpp>

#include <span>
#include <string>
#include <string_view>

namespace etch::cycles {

/// What is asked for, as docs/cycles.md has it.
struct Parameters {
  FlashParameters flash;
  std::string elf;           ///< the program that runs
  std::string roi = "main";  ///< the function that is measured, with all that it calls
  std::string table, json;   ///< files to write; no table: to the standard error output
  int top = 15;              ///< functions in the table
};

/// Of texts such as "wait_states=5". Throws a Mistake that names what is wrong, and what is allowed.
Parameters parse_parameters(std::span<const std::string_view> texts);

}  // namespace etch::cycles
