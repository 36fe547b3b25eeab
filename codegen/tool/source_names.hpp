// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <string>

namespace etch::tool {

/// A model's name as part of the names of its functions.
std::string identifier_of(const std::string& name);

/// Without the folders, which are those of one machine.
std::string file_name(const std::string& path);

/// Which file a model was made from, as two lines of a comment: its name and the SHA-256 of what it holds.
std::string named_content(const std::string& path);

}  // namespace etch::tool
