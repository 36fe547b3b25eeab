// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace etch::host {

/// What a caller says of a model that its file leaves open.
struct ImportOptions {
  std::vector<Shape> shapes{};  ///< of the inputs, one sample each; none: as the file says
  /// As layers declare it, where the file tells: nothing folded, dropout there; of whole numbers the floats
  /// that they stand for; of a stream the model over sequences.
  bool declared = false;
};

/// A kind of model file: one lies in each folder below this one that reads whole models, and is named in
/// model_formats.cpp.
struct Format {
  const char* name;
  const char* short_name;  ///< in small letters, as its files are called
  bool (*recognises)(std::span<const std::byte> file);
  /// Throws `Error`; `name` stands for the file in messages.
  ImportedModel (*read)(std::span<const std::byte> file, const std::string& name);
  /// The same with options; null for a format whose files leave nothing open.
  ImportedModel (*read_with)(std::span<const std::byte> file, const std::string& name,
                             const ImportOptions& options) = nullptr;
  /// A library that this build of Etch is without, so that some or all files of the format are refused; "" if
  /// none is missing.
  const char* (*missing)() = nullptr;
  /// The names of operators or layers that are read, as files write them, sorted; null where all of a file
  /// are.
  std::vector<std::string> (*operators)() = nullptr;
  /// The same as it was declared; null for a format whose files do not tell more than `read` gives.
  ImportedModel (*read_declared)(std::span<const std::byte> file, const std::string& name,
                                 const ImportOptions& options) = nullptr;
  /// The types in which one of the operators is read, such as "float32 int8"; null where all are of `types`.
  std::string (*types_of)(const std::string& name) = nullptr;
  const char* types = "float32";
};

/// Reads a model of any format, told by its content; it is called as the file without its extension. Throws
/// `Error`.
ImportedModel read_model(const std::filesystem::path& path, const ImportOptions& options = {});
/// The same of a file that was read. \param path where it was: in messages, and for files beside it.
ImportedModel read_model(std::span<const std::byte> file, const std::filesystem::path& path,
                         const ImportOptions& options = {});

/// Which formats this build reads, and what it leaves out: lines for a person.
std::string formats_text();

/// The operators of each format, or of that which `format` begins the name or the short name of, in any
/// letters: lines for a person. Throws `Error` where there is no such format.
std::string operators_text(const std::string& format = "");

}  // namespace etch::host
