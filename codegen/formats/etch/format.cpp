// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/etch/import.hpp>
#include <codegen/formats/model_formats.hpp>

#include <cstring>

namespace etch::host {

/// A safetensors file begins with the length of its header, which is JSON.
bool is_model_file(std::span<const std::byte> file) {
  std::uint64_t header = 0;
  if (file.size() < 10) return false;
  for (unsigned i = 0; i < 8; ++i) header |= std::to_integer<std::uint64_t>(file[i]) << 8 * i;
  return header >= 2 && header <= file.size() - 8 && std::to_integer<char>(file[8]) == '{';
}

extern const Format declared_format{
    "Etch",
    "etch",
    is_model_file,
    [](std::span<const std::byte> file, const std::string& name) { return import_model_file(file, name); },
    nullptr,
    nullptr,
    nullptr,
    [](std::span<const std::byte> file, const std::string& name, const ImportOptions&) {
      return import_model_file(file, name, true);
    }};

}  // namespace etch::host
