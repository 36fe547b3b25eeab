// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/model_program.hpp>
#include <codegen/prove/place.hpp>

#include <vector>

// Programs of which every value has memory of its own and of its exact size: a kernel that reads or writes
// beyond its operands, in the planned arena another value's bytes, meets the address sanitizer.
namespace etch::host {

/// A program whose weights, states and temporary values lie apart, each followed by bytes of nobody.
struct ApartProgram {
  std::unique_ptr<ImportedProgram> program;
  std::vector<Place> weights, arena, states;  ///< of each region, in order
};

/// \param most_fence bytes of nobody behind a value: as many as it has itself, from 64 to these. Throws
/// `Error` where the model is too large.
ApartProgram place_apart(const ImportedProgram& program, int most_fence = 1024);

}  // namespace etch::host
