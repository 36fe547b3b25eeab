// SPDX-License-Identifier: BSL-1.0
#include <codegen/page/page_parts.hpp>
#include <codegen/page/report_page.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <string_view>

namespace etch::host {

namespace {

/// The template with its marks replaced, in one pass: what is put in is not looked at again.
std::string filled(std::string_view page, const nlohmann::ordered_json& data) {
  const struct {
    std::string_view mark;
    std::string text;
  } parts[]{{"{{title}}", text_in_page(data.value("model", "") + ": what it takes")},
            {"{{style}}", page_parts::style},
            {"{{script}}", page_parts::script},
            {"{{data}}", json_in_page(data)}};
  std::string text;
  while (!page.empty()) {
    const std::size_t at = page.find("{{");
    text += page.substr(0, at);
    if (at == std::string_view::npos) break;
    page.remove_prefix(at);
    const auto* const part =
        std::ranges::find_if(parts, [&](const auto& p) { return page.starts_with(p.mark); });
    const bool found = part != std::end(parts);
    text += found ? part->text : "{{";
    page.remove_prefix(found ? part->mark.size() : 2);
  }
  return text;
}

}  // namespace

std::string json_in_page(const nlohmann::ordered_json& data) {
  const std::string json =
      data.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);  // ASCII, escaped
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    if (c == '<')
      text += "\\u003c";
    else if (c == '>')
      text += "\\u003e";
    else if (c == '&')
      text += "\\u0026";
    else
      text += c;
  }
  return text;
}

std::string text_in_page(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (c == '&')
      safe += "&amp;";
    else if (c == '"')
      safe += "&quot;";
    else
      safe += c;
  }
  return safe;
}

std::string report_page(const nlohmann::ordered_json& data) { return filled(page_parts::page, data); }

}  // namespace etch::host
