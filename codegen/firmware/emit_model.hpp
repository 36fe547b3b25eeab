// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/firmware/firmware_ends.hpp>
#include <codegen/model/model_program.hpp>

#include <filesystem>
#include <string>

namespace etch::host {

struct EmitOptions {
  std::filesystem::path folder;  ///< made if it is not there
  std::string name = "model";    ///< prefix of files, functions and (in capitals) macros: a C identifier
  std::string source;            ///< which model by which command it is, for the comment on top
  /// Inputs and outputs lie in the arena, at places that the API names, instead of in the caller's buffers.
  bool ends_in_arena = false;
  kernels::KernelSets kernels = kernels::every_set;  ///< that have room in the arena
  /// Runs the model, and writes what is known of the result as a self test.
  bool selftest = false;
  bool blob = false;          ///< the weights are a blob, which a context is told (docs/weights_blob.md)
  std::uint32_t version = 0;  ///< of the model
};

/// What the written model takes, in bytes.
struct EmittedModel {
  int weight_bytes = 0, arena_bytes = 0;
  int arena_lower_bound = 0;  ///< the most bytes live at one step: no plan can need less
  int state_bytes = 0;        ///< what a context keeps from one prediction to the next
  int end_bytes = 0;          ///< inputs and outputs that lie outside of the arena
};

/// Writes an imported model as sources for firmware, as `export_firmware` does for a declared one: the C99
/// API in `<name>.h`, `<name>.cpp`, which holds the planned program as data that Etch's headers make code of,
/// and the weights as `<name>_weights.bin` and `.S` or `.c`. A context of a model that keeps states has
/// memory for them. Throws `Error`; each file is whole or as it was.
EmittedModel emit_model(const ImportedModel& model, const EmitOptions& options);
/// The same of a program that was planned in another way.
EmittedModel emit_program(const ImportedModel& model, const ImportedProgram& program,
                          const EmitOptions& options);

/// The inputs and outputs that such sources have.
FirmwareEnds firmware_ends(const ImportedModel& model, const ImportedProgram& program, bool in_arena);

}  // namespace etch::host
