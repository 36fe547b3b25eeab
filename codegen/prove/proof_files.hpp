// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/prove/apart.hpp>
#include <runtime/kernels/kernel_sets.hpp>

#include <filesystem>
#include <string>

namespace etch::host {

struct ProofOptions {
  std::filesystem::path folder;   ///< made if it is not there
  std::filesystem::path headers;  ///< `find_headers`
  std::string board = "desktop";  ///< whose plan and layout of weights it is
  std::string source{};           ///< which model it is, for comments on top
};

/// Writes the sources of a model as they ship, named `model`, in `apart` those of the same program with its
/// values apart, and the programs that look at both (`proof.mk`). Throws `Error`.
void write_proof(const ImportedModel& model, const ImportedProgram& program, const ProofOptions& options);

}  // namespace etch::host
