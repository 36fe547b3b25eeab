// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/host/error.hpp>
#include <runtime/host/quoted.hpp>

#include <string>

namespace etch::host {

/// Throws `Error` about a file: what is wrong with it, and what to do.
[[noreturn]] inline void refuse(const std::string& file, const std::string& what, const std::string& advice) {
  throw Error(in_quotes(file, file.size()) + ": " + what + "; " + advice + ".");
}

}  // namespace etch::host
