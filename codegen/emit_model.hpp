// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/imported_model.hpp>

#include <filesystem>
#include <string>

namespace etch::host {

struct EmitOptions {
  std::filesystem::path folder;  ///< made if it is not there
  std::string name = "model";    ///< prefix of files, functions and (in capitals) macros: a C identifier
  std::string source;            ///< what the model was read from, for the comment on top
};

/// Writes an imported model as sources for firmware, as `export_firmware` does for a declared one: the C99
/// API in `<name>.h`, `<name>.cpp`, which holds the planned program as data that Etch's headers make code of,
/// and the weights as `<name>_weights.bin` and `.S` or `.c`. A context of a model that keeps states has
/// memory for them. The plan is the one of `ModelSession`. Throws `Error`; each file is whole or as it was.
void emit_model(const ImportedModel& model, const EmitOptions& options);

}  // namespace etch::host
