// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/model_program.hpp>

#include <cstdint>
#include <string>

namespace CLI {
class App;
}

namespace etch::tool {

/// What a board gives a model, in bytes: of the board, or as told instead.
struct BudgetOptions {
  std::int64_t flash = 0, ram = 0;  ///< 0: as the board has
};

/// The bytes that "65536", "64K" or "1M" stand for. Throws `Error`, which names the option, for other texts.
std::int64_t bytes_in(const std::string& text, const char* option);

void add_budget_options(CLI::App& command, BudgetOptions& options);

/// How a model is made for a board: what a budget is checked for, and what may help.
struct BudgetCase {
  std::string board;
  bool ends_in_arena = false;
  const host::ImportedModel* read = nullptr;      ///< as it was read, and quantized where that was asked for
  const host::ImportedModel* prepared = nullptr;  ///< for the board
  const host::ImportedProgram* program = nullptr;
};

/// Throws `Error` where the model needs more than the budget: by how much, which step needs the most of it,
/// and what would help. A core without `--ram` and `--flash` has no budget.
void check_budget(const BudgetOptions& options, const BudgetCase& model);

}  // namespace etch::tool
