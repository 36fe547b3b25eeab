// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace etch::host {

/// Reads a model of TensorFlow Lite, quantized to int8 or in float32, for one sample at a time. Quantized
/// models give the bytes of TensorFlow Lite Micro's kernels. Shape arithmetic and everything else that does
/// not depend on the input is computed here. Throws `Error` for files that are damaged and for what is not
/// supported, naming the operator, its number and why. \param name stands for the file in messages.
ImportedModel import_tflite(std::span<const std::byte> file, const std::string& name);

/// As `ImportOptions::declared` says: a model of whole numbers is the model of floats that they stand for.
ImportedModel import_declared_tflite(std::span<const std::byte> file, const std::string& name);

/// The same from a file; the model is called as the file without its extension.
ImportedModel import_tflite(const std::filesystem::path& path);

/// The names of the operators that are read, sorted.
std::vector<std::string> tflite_operators();
/// The types in which one of these is read: of what it takes, but for QUANTIZE, where it is that of its
/// result.
std::string tflite_types(const std::string& name);

}  // namespace etch::host
