// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/model_formats.hpp>
#include <codegen/model/imported_model.hpp>
#include <runtime/host/keras/keras_file.hpp>

namespace etch::host {

/// Imports a model that Keras saved: `.keras` of Keras 2 and 3, or a whole model as `.h5`. Throws `Error`,
/// for layers that are not read with all of them in one sentence.
ImportedModel import_keras(std::span<const std::byte> file, const std::string& name,
                           const ImportOptions& options = {});

/// The same of a file that was taken apart.
ImportedModel import_keras(const KerasFile& file, const ImportOptions& options = {});

/// The classes of layers that are read, and Keras 3's names of operations on tensors (`ops.Add`), sorted.
std::vector<std::string> keras_operators();

}  // namespace etch::host
