// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>
#include <etch/model/program/program.hpp>
#include <etch/passes/infer.hpp>

#include <memory>

namespace etch::host {

inline constexpr Sizes imported_room = inferred_sizes(declaration_capacity);
using ImportedProgram = Program<imported_room>;

/// The prediction of an imported model with a place for every value: what the desktop runs and what its
/// firmware is made of. \param ends_in_arena inputs and results lie in the arena too, at their offsets, so
/// that other values use their memory before and after them: whoever runs it writes and reads them there.
/// \param fuse off leaves activations apart, and steps in the order they are given; else they run in the one
/// that needs least memory. \param sets of kernels that run it: `run_program` needs room for every one.
std::unique_ptr<ImportedProgram> program_of(const ImportedModel& model, bool ends_in_arena = false,
                                            bool fuse = true, kernels::KernelSets sets = kernels::every_set);

/// The bytes of all weights as the program places them. Throws `Error` where a parameter has another size.
std::vector<std::byte> weights_of(const ImportedModel& model, const ImportedProgram& program);

/// Bytes of a value for one sample.
std::size_t bytes_of_sample(const Value& value);

}  // namespace etch::host
