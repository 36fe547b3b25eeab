// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/model_program.hpp>
#include <tests/fuzz/fence.hpp>

#include <span>
#include <vector>

// Programs of which every value has memory of its own and of its exact size: a kernel that reads or writes
// beyond its operands, in the planned arena another value's bytes, meets the address sanitizer.
namespace etch::fuzz {

/// A program whose weights, states and temporary values lie apart, each followed by bytes of nobody.
struct ApartProgram {
  std::unique_ptr<host::ImportedProgram> program;
  std::vector<Place> weights, arena, states;  ///< of each region, in order
};

ApartProgram place_apart(const host::ImportedProgram& program);

/// What one prediction of such a program gives. The states begin with zeros.
std::vector<std::vector<std::byte>> run_apart(const ApartProgram& apart, std::span<const std::byte> weights,
                                              std::span<const std::vector<std::byte>> inputs);

}  // namespace etch::fuzz
