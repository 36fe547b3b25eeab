// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/text_files.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>
#include <runtime/host/files/replace_file.hpp>

#include <span>
#include <system_error>
#include <vector>

namespace etch::host {

namespace fs = std::filesystem;

void write_text(const fs::path& path, const std::string& text) {
  std::error_code error;
  if (path.has_parent_path()) fs::create_directories(path.parent_path(), error);
  if (error) throw Error("cannot make the folder " + path.parent_path().string() + ": " + error.message());
  replace_file(path, std::as_bytes(std::span(text)));
}

std::string read_text(const fs::path& path) {
  const std::vector<std::uint8_t> file = read_file(path);
  return {file.begin(), file.end()};
}

void take_file(const fs::path& from, const fs::path& to) { write_text(to, read_text(from)); }

}  // namespace etch::host
