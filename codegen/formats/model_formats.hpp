// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

#include <filesystem>
#include <span>

namespace etch::host {

/// A kind of model file. A new one is a `Format` of its own and a line in `formats`.
struct Format {
  const char* name;
  bool (*recognises)(std::span<const std::byte> file);
  /// Throws `Error`; `name` stands for the file in messages.
  ImportedModel (*read)(std::span<const std::byte> file, const std::string& name);
};

extern const Format tflite_format;    ///< codegen/formats/tflite/format.cpp
extern const Format declared_format;  ///< codegen/formats/etch/format.cpp

/// All kinds of files that are read, in the order in which they are tried.
std::span<const Format* const> formats();

/// The format that recognises a file, or null.
const Format* format_of(std::span<const std::byte> file);

/// Reads a model of any format, told by its content; it is called as the file without its extension. Throws
/// `Error`.
ImportedModel read_model(const std::filesystem::path& path);

}  // namespace etch::host
