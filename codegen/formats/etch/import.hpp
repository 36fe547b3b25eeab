// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

#include <filesystem>
#include <span>
#include <string_view>

namespace etch::host {

/// The weights of a declared graph, by parameter.
struct DeclaredWeight {
  std::string_view name;  ///< such as "dense/kernel"
  std::span<const std::byte> data;
};

/// A declared graph as a model like one from a file: batch normalization folded and activations fused, as it
/// ships. Each step is an operator of its own. Throws `Error` for weights of another size.
ImportedModel import_declared(const Graph<declaration_capacity>& declared,
                              std::span<const DeclaredWeight> weights, const std::string& name);

/// The same with nothing folded or left out, as its layers declare it. \param layers the name of the layer of
/// each step, "" where it has none; none for steps that are missing at the end.
ImportedModel import_unchanged(const Graph<declaration_capacity>& declared,
                               std::span<const DeclaredWeight> weights, const std::string& name,
                               std::span<const std::string> layers = {});

/// Whether a file can be one that `Trainer::save` wrote, by its first bytes.
bool is_model_file(std::span<const std::byte> file);
/// Reads a file that `Trainer::save` wrote: weights, and the graph that they belong to. Throws `Error`.
/// \param unchanged as `import_unchanged` gives it.
ImportedModel import_model_file(std::span<const std::byte> file, const std::string& name,
                                bool unchanged = false);

}  // namespace etch::host
