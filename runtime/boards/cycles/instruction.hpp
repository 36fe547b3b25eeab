// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstdint>
#include <string_view>

namespace etch::cycles {

/// Classes of instructions, each with rules of its own in pipeline.cpp.
enum class Kind : std::uint8_t {
  alu,  ///< all that takes a cycle and is not named below
  multiply,
  multiply_add,  ///< MLA and MLS; the SMLA family counts as multiply
  divide,
  load,
  store,
  load_two,  ///< LDRD
  store_two,
  load_many,  ///< LDM, POP
  store_many,
  branch,
  branch_register,  ///< BX, BLX, and arithmetic that writes the program counter
  load_counter,     ///< LDR to the program counter
  table_branch,
  if_then,
  system,
  fp,
  fp_multiply_add,
  fp_divide,  ///< and square root
  fp_load,
  fp_store,
  fp_load_many,
  fp_store_many,
};

inline constexpr std::uint32_t program_counter = 1U << 15;

/// An instruction of Armv7E-M, as far as its cycles depend on it. Sets of registers are masks: bit 15 is the
/// program counter, bit n of the floating-point masks is sn.
struct Instruction {
  std::uint32_t address = 0;
  int bytes = 2;  ///< 2 or 4
  Kind kind = Kind::alu;
  int words = 1;                 ///< that a load or store of many, or of one float or double, moves
  bool calls = false;            ///< BL, BLX
  bool register_offset = false;  ///< of a store
  std::uint32_t base = 0;        ///< registers that its address is made of, program counter aside
  std::uint32_t written = 0;     ///< core registers
  std::uint64_t fp_read = 0, fp_written = 0;

  std::uint32_t end() const { return address + static_cast<std::uint32_t>(bytes); }
};

/// What a text such as "ldr r3, [r1, #4]!" says, as QEMU's disassembler (capstone) writes it.
Instruction decode(std::uint32_t address, int bytes, std::string_view text);

/// Whether it moves data to or from memory.
bool accesses_memory(Kind kind);

/// Whether what follows it may be where a function was called.
bool may_return(const Instruction& instruction);

}  // namespace etch::cycles
