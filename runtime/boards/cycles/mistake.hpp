// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <stdexcept>

namespace etch::cycles {

/// What the user asked for cannot be done; `what()` is the sentence that says so.
struct Mistake : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace etch::cycles
