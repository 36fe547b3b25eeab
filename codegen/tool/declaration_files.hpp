// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/tool/model_options.hpp>

#include <filesystem>

namespace etch::tool {

/// Writes the model that `options` name as `<folder>/<name>.hpp`, a declaration in layers, and its weights
/// beside it as `<name>.safetensors`. Nothing is written if a step has no layer. Throws `Error`.
void write_declaration_files(const ModelOptions& options, const std::filesystem::path& folder,
                             const std::string& name, std::ostream& out);

/// Its weights alone, with the graph of the declaration.
void write_declared_weights(const ModelOptions& options, const std::filesystem::path& path);

}  // namespace etch::tool
