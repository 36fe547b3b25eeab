// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace etch::host {

/// A kind of model file: one lies in each folder below this one that reads whole models, and is named in
/// model_formats.cpp.
struct Format {
  const char* name;
  bool (*recognises)(std::span<const std::byte> file);
  /// Throws `Error`; `name` stands for the file in messages.
  ImportedModel (*read)(std::span<const std::byte> file, const std::string& name);
};

/// Reads a model of any format, told by its content; it is called as the file without its extension. Throws
/// `Error`.
ImportedModel read_model(const std::filesystem::path& path);

/// What this build was made without, a line each, for who asks why a file is not read.
std::vector<std::string> left_out();

}  // namespace etch::host
