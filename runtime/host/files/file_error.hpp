// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/host/error.hpp>
#include <runtime/host/quoted.hpp>

#include <string>

namespace etch::host {

/// What to do about a damaged file, by what it is.
inline constexpr const char* save_or_copy_again =
    "the file is damaged or not of this format, so save or copy it again";
inline constexpr const char* save_model_again = "save the model again";

/// Throws `Error` about a file: what is wrong with it, and what to do.
[[noreturn]] inline void refuse(const std::string& file, const std::string& what, const std::string& advice) {
  throw Error(in_quotes(file, file.size()) + ": " + what + "; " + advice + ".");
}

}  // namespace etch::host
