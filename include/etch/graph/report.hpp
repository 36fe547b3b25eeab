// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/fault.hpp>

namespace etch::detail {

/// A sentence as a template argument, which g++ prints as text.
template <unsigned N>
struct Sentence {
  char text[N]{};
};

constexpr unsigned length_of(const char* text) {
  unsigned n = 0;
  while (text && text[n]) ++n;
  return n;
}

template <const Fault& F>
constexpr auto sentence_of() {
  Sentence<length_of(F.sentence) + 1> s;
  for (unsigned i = 0; i < length_of(F.sentence); ++i) s.text[i] = F.sentence[i];
  return s;
}

struct Found {
  int value;
};
struct Expected {
  int value;
};
struct Line {
  int value;
};

/// Never true, but only known to be false when it is instantiated.
template <Sentence What, Found F, Expected E, Line L>
inline constexpr bool declared_well = false;

/// clang prints a call's arguments, so the sentence stands in one; it is not constexpr beyond this point.
template <int = 0>  // a template may call what is not constexpr: only using it is the error
constexpr void wrong_declaration(const char* sentence, int found, int expected, int line) {
  (void)found, (void)expected, (void)line;
  fail(sentence);
}
/// Stops the build with the sentence, the numbers and the user's line, when it is instantiated; it need not
/// be called.
template <const Fault& F>
constexpr auto report() {
  if constexpr (static_cast<bool>(F)) {
#if defined(__clang__)
    constexpr bool stopped = (wrong_declaration(F.sentence, F.found, F.expected, F.line), true);
    (void)stopped;
#else
    static_assert(
        declared_well<sentence_of<F>(), Found{F.found}, Expected{F.expected}, Line{F.line}>,
        "this model is declared wrongly: the sentence, the numbers and the line stand in the message above");
#endif
  }
  return 0;
}

}  // namespace etch::detail
