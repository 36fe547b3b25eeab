// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/model_program.hpp>

#include <iosfwd>

namespace etch::host {

/// The memory that a model's predictions take, in bytes.
struct MemoryBytes {
  long long weights = 0, arena = 0;
  long long arena_lower_bound = 0;  ///< no plan can need less
  long long states = 0;
  long long ends = 0;  ///< inputs and outputs that lie outside of the arena
  bool ends_in_arena = false;

  long long ram() const { return arena + states + ends; }
};

/// What a planned program takes.
MemoryBytes memory_of(const ImportedProgram& program);

/// A line each: weights, arena, states where there are any, and the RAM of all together. What of the weights
/// was widened stands beside them.
void print_memory(const MemoryBytes& bytes, const WidenedWeights& widened, std::ostream& out);

}  // namespace etch::host
