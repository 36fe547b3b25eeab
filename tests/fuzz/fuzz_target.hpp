// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/host/error.hpp>

#include <cstdio>
#include <cstdlib>
#include <string_view>

// What every fuzz target has in common. A target defines `LLVMFuzzerTestOneInput`, and mostly
// `LLVMFuzzerCustomMutator`, see https://llvm.org/docs/LibFuzzer.html.
namespace etch::fuzz {

/// Ends the program where something holds no longer that always has to: libFuzzer keeps the input.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

/// A message is a sentence that can be shown on any terminal.
inline void check_sentence(std::string_view text) {
  require(text.size() > 10 && text.size() < 10000, "an error says what is wrong, in a sentence");
  for (const char c : text)
    require(static_cast<unsigned char>(c) >= ' ' && c != 0x7f, "an error has no control characters");
}

/// Runs what reads data of strangers: a result is right, and so is an `Error`. Whatever else it throws ends
/// the program. \return whether there was a result.
template <class Read>
bool has_answer(Read&& read) {
  try {
    read();
    return true;
  } catch (const Error& error) {
    check_sentence(error.what());
    return false;
  }
}

}  // namespace etch::fuzz
