// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

namespace etch {

/// The first mistake found in a declaration: one sentence, two numbers that it is about, and where the user
/// wrote it.
struct Fault {
  const char* sentence = nullptr;
  int found = 0;
  int expected = 0;
  int line = 0;

  constexpr explicit operator bool() const { return sentence != nullptr; }
};

/// Stops the program with one sentence. Desktop programs link a definition that throws `etch::Error`; a
/// firmware brings its own. In constant evaluation the call itself is the error, since it is not constexpr.
[[noreturn]] void fail(const char* sentence);

}  // namespace etch
