// SPDX-License-Identifier: BSL-1.0
#include <codegen/firmware/needed_headers.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>

#include <set>
#include <string_view>

namespace etch::host {

namespace {

namespace fs = std::filesystem;

constexpr const char* known_header = "etch/model/program/stored_program.hpp";

/// An installed tree has both roots in one folder, a clone `etch` in `include`.
fs::path path_of(const std::string& name, const fs::path& root) {
  const fs::path installed = root / name;
  return fs::exists(installed) ? installed : root / "include" / name;
}

bool has_headers(const fs::path& root) { return fs::exists(path_of(known_header, root)); }

std::string text_of(const fs::path& path) {
  if (!fs::exists(path))
    throw Error("the header " + path.string() + " is not there: Etch's headers are not whole");
  const std::vector<std::uint8_t> file = read_file(path);
  return {file.begin(), file.end()};
}

/// Names in angle brackets on lines that include, or that define a macro which is included.
std::vector<std::string> included(std::string_view text) {
  std::vector<std::string> names;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (!line.starts_with("#include <") && !line.starts_with("#define ")) continue;
    const std::size_t open = line.find('<'), close = line.find('>', open);
    if (open == std::string_view::npos || close == std::string_view::npos) continue;
    const std::string_view name = line.substr(open + 1, close - open - 1);
    if (name.starts_with("etch/") || name.starts_with("runtime/")) names.emplace_back(name);
  }
  return names;
}

}  // namespace

fs::path find_headers(const fs::path& program) {
  const fs::path installed = program.parent_path() / "../include/etch0";
  if (has_headers(installed)) return fs::canonical(installed);
  for (fs::path folder = program.parent_path(); folder != folder.parent_path(); folder = folder.parent_path())
    if (has_headers(folder)) return folder;
  throw Error("Etch's headers are not found beside " + program.string() +
              ": tell where they are with --headers, a clone of Etch or <prefix>/include/etch0");
}

fs::path checked_headers(const fs::path& root) {
  if (!has_headers(root))
    throw Error("there are no headers of Etch in " + root.string() + ": " + known_header +
                " is not there; --headers is a clone of Etch or <prefix>/include/etch0");
  return root;
}

std::vector<NeededHeader> needed_headers(const std::string& source, const fs::path& root) {
  std::vector<NeededHeader> needed;
  std::set<std::string> seen;
  std::vector<std::string> open = included(source);
  while (!open.empty()) {
    const std::string name = open.back();
    open.pop_back();
    if (!seen.insert(name).second) continue;
    needed.push_back({name, path_of(name, root)});
    for (std::string& next : included(text_of(needed.back().path))) open.push_back(std::move(next));
  }
  return needed;
}

}  // namespace etch::host
