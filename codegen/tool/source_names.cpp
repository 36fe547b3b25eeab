// SPDX-License-Identifier: BSL-1.0
#include <codegen/tool/source_names.hpp>
#include <runtime/host/files/gzip.hpp>
#include <runtime/host/files/sha256.hpp>

#include <cctype>
#include <filesystem>

namespace etch::tool {

std::string identifier_of(const std::string& name) {
  std::string text;
  for (const char c : name) {
    const auto code = static_cast<unsigned char>(c);
    text += code < 128 && std::isalnum(code) != 0 ? static_cast<char>(std::tolower(code)) : '_';
  }
  return text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0 ? "model_" + text : text;
}

std::string file_name(const std::string& path) { return std::filesystem::path(path).filename().string(); }

std::string named_content(const std::string& path) {
  std::string name = file_name(path);
  for (char& c : name)
    if (static_cast<unsigned char>(c) < ' ' || c == '\\') c = '?';  // it stands in a comment of one line
  return name + ", SHA-256\n// " + host::sha256_hex(host::read_file(path)) + ".";
}

}  // namespace etch::tool
