// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/plot/text.hpp>

#include <algorithm>
#include <cstddef>

namespace etch::host::plot {

namespace {

constexpr char32_t replacement = 0xFFFD;

int sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

bool allowed_in_xml(char32_t c) {
  if (c < 0x20) return c == '\n' || c == '\t';
  return c != 0x7F && !(c >= 0xD800 && c < 0xE000) && c != 0xFFFE && c != 0xFFFF && c <= 0x10FFFF;
}

bool one_of(char32_t c, std::u32string_view set) { return set.find(c) != set.npos; }

/// The width of a character in em. The widths are those of DejaVu Sans, the widest of the usual fonts, so
/// that the text also fits where Arial or Helvetica is shown.
double character_width(char32_t c) {
  if (c > 0x7E) return c < 0x1100 ? 0.8 : 1.05;
  if (one_of(c, U"ijl.,:;'|! ")) return 0.34;
  if (one_of(c, U"()[]frt-/\\I\"`J")) return 0.44;
  if (one_of(c, U"_*?cksvxyz")) return 0.6;
  if (one_of(c, U"mwMWOQ@%&+<>=~^#")) return 0.99;
  return c >= 'A' && c <= 'Z' ? 0.77 : 0.65;
}

/// The bytes of the longest beginning of `text` that is at most `width` wide, at least one character.
std::size_t fitting_bytes(std::string_view text, double width, int size, bool bold) {
  std::string_view rest = text;
  take_character(rest);
  while (!rest.empty()) {
    std::string_view next = rest;
    take_character(next);
    if (text_width(text.substr(0, text.size() - next.size()), size, bold) > width) break;
    rest = next;
  }
  return text.size() - rest.size();
}

}  // namespace

char32_t take_character(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const int length = sequence_length(lead);
  char32_t c = length <= 1 ? lead : lead & (0xFFU >> (length + 1));
  bool valid = length > 0 && static_cast<std::size_t>(length) <= text.size();
  for (std::size_t i = 1; valid && i < static_cast<std::size_t>(length); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    valid = (byte & 0xC0U) == 0x80U;
    c = (c << 6U) | (byte & 0x3FU);
  }
  text.remove_prefix(valid ? static_cast<std::size_t>(length) : 1);
  return valid && allowed_in_xml(c) ? c : replacement;
}

void put_utf8(std::string& text, char32_t c) {
  const auto put = [&](char32_t byte) { text += static_cast<char>(byte); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | (c >> 6U));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12U));
    put(0x80 | ((c >> 6U) & 0x3F));
  } else {
    put(0xF0 | (c >> 18U));
    put(0x80 | ((c >> 12U) & 0x3F));
    put(0x80 | ((c >> 6U) & 0x3F));
  }
  put(0x80 | (c & 0x3F));
}

std::string escape_xml(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const char32_t c = take_character(text);
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        put_utf8(escaped, c);
    }
  }
  return escaped;
}

double text_width(std::string_view text, int size, bool bold) {
  double width = 0;
  while (!text.empty()) width += character_width(take_character(text));
  return width * size * (bold ? 1.12 : 1.0);
}

double widest(const std::vector<std::string>& lines, int size, bool bold) {
  double width = 0;
  for (const std::string& line : lines) width = std::max(width, text_width(line, size, bold));
  return width;
}

std::vector<std::string> wrap_text(std::string_view text, int size, bool bold, double width) {
  std::vector<std::string> lines;
  while (text_width(text, size, bold) > width) {
    std::size_t end = fitting_bytes(text, width, size, bold);
    if (end >= text.size()) break;
    const std::size_t last = text.substr(0, end).find_last_of(" ,/_");
    if (last != text.npos && last > 0) end = last + 1;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(text.find_first_not_of(' ', end), text.size()));
  }
  if (!text.empty()) lines.emplace_back(text);
  return lines;
}

}  // namespace etch::host::plot
