// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/model_formats.hpp>
#include <codegen/formats/rtneural/import.hpp>

#include <string_view>

namespace etch::host {

bool is_rtneural(std::span<const std::byte> file) {
  const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{' &&
         text.find("\"in_shape\"") != std::string_view::npos &&
         text.find("\"layers\"") != std::string_view::npos;
}

extern const Format rtneural_format{
    "RTNeural",
    "rtneural",
    is_rtneural,
    import_rtneural,
    nullptr,
    nullptr,
    rtneural_layers,
    [](std::span<const std::byte> file, const std::string& name, const ImportOptions&) {
      return import_declared_rtneural(file, name);
    }};

}  // namespace etch::host
