// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace etch::host {

/// Text that comes from a file, for a message: in quotes, cut to `longest`, and without the control
/// characters that must not reach a terminal.
inline std::string in_quotes(std::string_view text, std::size_t longest = 120) {
  std::string result = "'";
  for (const char c : text.substr(0, longest)) {
    const auto code = static_cast<unsigned char>(c);
    result += code < 0x20 || code == 0x7f ? '?' : c;
  }
  return result + (text.size() > longest ? "...'" : "'");
}

/// A list of such texts, of which `name_of` gives the names: the first few, and how many more there are.
template <class List, class NameOf>
std::string list_in_quotes(const List& list, NameOf&& name_of, std::size_t most = 20) {
  std::string text;
  std::size_t listed = 0;
  for (const auto& item : list) {
    if (listed == most) return text + " and " + std::to_string(list.size() - most) + " more";
    text += (listed++ == 0 ? "" : ", ") + in_quotes(name_of(item));
  }
  return text;
}

}  // namespace etch::host
