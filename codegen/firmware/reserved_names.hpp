// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <string>

namespace etch::host {

/// Why a C identifier cannot name a model's files and functions, as the end of a sentence about it, or
/// nothing:
/// `<name>.h` would hide a header of C, or `<name>` is a word of C or C++.
std::string reserved_as(const std::string& name);

/// Throws `Error` unless `name` can name C functions and files.
void check_model_name(const std::string& name);

}  // namespace etch::host
