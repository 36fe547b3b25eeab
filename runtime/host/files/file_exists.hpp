// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <filesystem>

namespace etch::host {

/// Whether a path leads to something. One that cannot be looked at does not.
inline bool file_exists(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

}  // namespace etch::host
