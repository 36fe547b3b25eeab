// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/model_formats.hpp>
#include <codegen/formats/tflite/import.hpp>

#include <cstring>

namespace etch::host {

extern const Format tflite_format{
    "TensorFlow Lite",
    "tflite",
    [](std::span<const std::byte> file) {
      return file.size() >= 8 && std::memcmp(file.data() + 4, "TFL3", 4) == 0;
    },
    [](std::span<const std::byte> file, const std::string& name) { return import_tflite(file, name); },
    nullptr,
    nullptr,
    tflite_operators,
    [](std::span<const std::byte> file, const std::string& name, const ImportOptions&) {
      return import_declared_tflite(file, name);
    },
    tflite_types};

}  // namespace etch::host
