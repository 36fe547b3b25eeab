// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <string>
#include <string_view>
#include <vector>

/// Text of any language in pictures: its characters, escapes and width.
namespace etch::host::plot {

/// Takes the first character off `text`; one that no XML file may hold becomes U+FFFD.
char32_t take_character(std::string_view& text);
void put_utf8(std::string& text, char32_t c);

std::string escape_xml(std::string_view text);

/// In pixels, at most.
double text_width(std::string_view text, int size, bool bold = false);
double widest(const std::vector<std::string>& lines, int size, bool bold = false);

/// Lines of at most `width` pixels.
std::vector<std::string> wrap_text(std::string_view text, int size, bool bold, double width);

}  // namespace etch::host::plot
