// SPDX-License-Identifier: BSL-1.0
#include <runtime/boards/cycles/registers.hpp>

#include <algorithm>
#include <cctype>
#include <string>

namespace etch::cycles {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool all_digits(std::string_view text) {
  return !text.empty() && text.size() <= 2 && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
  });
}

/// The number of a core register, or -1.
int core_number(std::string_view word) {
  struct Named {
    std::string_view name;
    int number;
  };
  static constexpr Named named[] = {{"sb", 9},  {"sl", 10}, {"fp", 11}, {"ip", 12},
                                    {"sp", 13}, {"lr", 14}, {"pc", 15}};
  for (const Named& each : named)
    if (word == each.name) return each.number;
  if (word.size() < 2 || word[0] != 'r' || !all_digits(word.substr(1))) return -1;
  const int number = std::stoi(std::string(word.substr(1)));
  return number < 16 ? number : -1;
}

/// Calls `each(word, separator)` for the words of a text: a word is of letters and digits, `separator` is
/// what stands before it.
template <class Function>
void for_each_word(std::string_view text, Function each) {
  std::size_t at = 0;
  while (at < text.size()) {
    if (!is_word(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_word(text[end])) ++end;
    each(text.substr(at, end - at), at > 0 ? text[at - 1] : ' ');
    at = end;
  }
}

}  // namespace

std::uint32_t core_registers(std::string_view text) {
  std::uint32_t mask = 0;
  int last = -1;
  for_each_word(text, [&](std::string_view word, char separator) {
    const int number = core_number(word);
    if (number >= 0) mask |= 1U << number;
    if (number >= 0 && last >= 0 && separator == '-')
      for (int between = last; between < number; ++between) mask |= 1U << between;
    last = number;
  });
  return mask;
}

std::uint64_t fp_registers(std::string_view text) {
  std::uint64_t mask = 0;
  for_each_word(text, [&](std::string_view word, char) {
    if ((word[0] != 's' && word[0] != 'd') || !all_digits(word.substr(1))) return;
    const int number = std::stoi(std::string(word.substr(1)));
    if (number >= (word[0] == 's' ? 32 : 16)) return;
    mask |= word[0] == 's' ? std::uint64_t{1} << number : std::uint64_t{3} << (2 * number);
  });
  return mask;
}

}  // namespace etch::cycles
