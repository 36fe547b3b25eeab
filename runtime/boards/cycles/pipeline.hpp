// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/boards/cycles/instruction.hpp>

namespace etch::cycles {

/// Cycles of the Cortex-M4's pipeline where memory answers at once. Sources: Arm's technical reference manual
/// of the M4 (table of instructions, load and store timings) and of the M3 (DDI 0337E, table 18.1);
/// docs/cycles.md says which rule stands where, and which are not known.
class Pipeline {
 public:
  /// What an instruction takes beyond its first cycle.
  struct Cost {
    bool folded = false;  ///< not even a cycle of its own
    int arithmetic = 0, memory = 0, result = 0;

    int cycles() const { return (folded ? 0 : 1) + arithmetic + memory + result; }
  };

  /// Nothing is known of what ran before.
  void restart() { previous_ = nullptr; }

  /// Cycles that a jump to `next` costs; 0 where it follows the instruction before.
  int refill(const Instruction& next) const;

  /// Takes it; it must stay where it is until the next is taken.
  Cost issue(const Instruction& next);

 private:
  int waiting(const Instruction& next) const;

  const Instruction* previous_ = nullptr;
  bool loaded_ = false;  ///< the one before was a load that another may be pipelined with
};

/// Further cycles of an access of 2^shift bytes: it is done in aligned pieces.
int unaligned_cycles(std::uint64_t address, unsigned shift);

}  // namespace etch::cycles
