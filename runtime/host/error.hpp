// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <stdexcept>

namespace etch {

/// What every part of Etch on a host throws. Its text is one sentence: what is wrong, where, what to do.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace etch
