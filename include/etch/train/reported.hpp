// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

namespace etch {

/// A number that training reports, by its Keras name.
struct Reported {
  const char* name;
  float value;
};

}  // namespace etch
