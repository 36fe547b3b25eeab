// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace etch::host {

/// A board's compiler as a bundle's Makefile names it.
struct Toolchain {
  std::string cross;        ///< what the names of its programs begin with
  std::string flags;        ///< for compiling and linking
  std::string cxx_headers;  ///< Makefile text: where a compiler without headers of C++ finds some; else empty
};

/// Those of `folder_of(board)`. \param root as `find_headers` gives it; \param headers the folder of a
/// bundle's headers, as its Makefile names it. Throws `Error`.
Toolchain toolchain_of(const std::string& board, const std::filesystem::path& root,
                       const std::string& headers);

/// Whether a folder of PATH has the program.
bool is_installed(const std::string& program);

/// Runs make in a folder and says whether it did well. Throws `Error` where there is no make.
bool run_make(const std::filesystem::path& folder, std::vector<std::string> arguments);

}  // namespace etch::host
