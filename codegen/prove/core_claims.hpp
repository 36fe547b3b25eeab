// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/prove/certificate.hpp>

namespace etch::host {

/// Writes the program of a board's core beside a proof's sources, and its part of proof.mk. Throws `Error`.
void write_core(const ImportedModel& model, const ImportedProgram& program, const ProofOptions& options);

/// That the core's own kernels execute as many instructions for 16 inputs, in the emulator.
Claim instructions_claim(const ImportedProgram& program, const ProofOptions& options);

/// That each step touches the same addresses for these inputs, and none but its own: what a plugin of the
/// emulator sees.
Claim addresses_claim(const ImportedProgram& program, const ProofOptions& options);

/// That a prediction's stack has a bound, and which.
Claim stack_claim(const ProofOptions& options);

/// The core's compiler; empty where there is no core.
std::string core_compiler(const ProofOptions& options);

}  // namespace etch::host
