// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/tool/model_options.hpp>

#include <filesystem>

namespace etch::tool {

/// Where a declaration was written.
struct DeclarationFiles {
  std::filesystem::path header, weights;  ///< no header: the weights alone
  std::size_t calls = 0;                  ///< of layers
  bool made_real = false;  ///< weights of the model are whole numbers, and real ones were made of them
  std::vector<std::string> notes{};  ///< what the user should know of how the model is declared
};
/// What the tool prints of it.
std::string text_of(const DeclarationFiles& files, const std::string& model);

/// What becomes of files that are there already.
enum class Existing { written_over, kept };

/// Writes the model of floats that `options` name as `<folder>/<name>.hpp`, a declaration in layers, and its
/// weights beside it: `<name>.safetensors`, or `<name>_declared.safetensors` where that is the model that is
/// read. Files that are to be kept: a header is not written over, and weights go to the first of the two
/// names that is free. Nothing is written if a step has no layer. Throws `Error`.
DeclarationFiles write_declaration_files(const ModelOptions& options, const std::filesystem::path& folder,
                                         const std::string& name, Existing existing);

/// Its weights alone, with the graph of the declaration.
DeclarationFiles write_declared_weights(const ModelOptions& options, const std::filesystem::path& path);

/// Throws `Error` where the options ask for a quantized model.
void require_floats(const ModelOptions& options);

}  // namespace etch::tool
