// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/keras/import.hpp>
#include <codegen/formats/model_formats.hpp>

namespace etch::host {

extern const Format keras_format{
    "Keras",
    "keras",
    is_keras,
    [](std::span<const std::byte> file, const std::string& name) { return import_keras(file, name); },
    [](std::span<const std::byte> file, const std::string& name, const ImportOptions& options) {
      return import_keras(file, name, options);
    },
    missing_keras_library,
    keras_operators,
    [](std::span<const std::byte> file, const std::string& name, const ImportOptions& options) {
      return import_keras(file, name, options);
    }};

}  // namespace etch::host
