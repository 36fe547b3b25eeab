// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/declare/declaration.hpp>

#include <filesystem>
#include <string>

namespace etch::host {

/// How a written declaration is called, and what its first lines say.
struct DeclarationText {
  std::string name;    ///< of the variable, an identifier; one that C++ or the text has already gets `_model`
  std::string origin;  ///< what it was made from, and by what
  std::string weights;  ///< the name of the file of weights
};

/// A header with the model as `inline constexpr auto <name>`.
std::string header_of(const declare::Declaration& declaration, const DeclarationText& text);

/// The weights of a model by the names of its declaration, with the graph: what `load_weights` takes and
/// `etch` reads. Throws `Error`.
void save_declared(const declare::Declaration& declaration, const ImportedModel& model,
                   const std::filesystem::path& path);

}  // namespace etch::host
