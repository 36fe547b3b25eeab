// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <filesystem>
#include <string>

namespace etch::host {

/// Writes a file, and the folders that lead to it. Throws `Error`.
void write_text(const std::filesystem::path& path, const std::string& text);

/// A file as text. Throws `Error`.
std::string read_text(const std::filesystem::path& path);

/// Copies a file, likewise.
void take_file(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace etch::host
