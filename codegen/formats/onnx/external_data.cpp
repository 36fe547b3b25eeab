// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/external_data.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>

namespace etch::host::onnx {

namespace {

namespace fs = std::filesystem;

/// A number of bytes; -1 where the text is none.
std::int64_t bytes_in(const std::string& text, std::int64_t otherwise) {
  if (text.empty()) return otherwise;
  std::int64_t number = -1;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  return end.ec == std::errc{} && end.ptr == text.data() + text.size() ? number : -1;
}

/// Below the folder in name, and in truth: no link may lead out of it.
bool lies_below(const fs::path& folder, const fs::path& location) {
  if (location.empty() || location.is_absolute()) return false;
  for (const fs::path& part : location)
    if (part == "..") return false;
  std::error_code error;
  const fs::path root = fs::canonical(folder, error);
  if (error) return false;
  const fs::path file = fs::canonical(folder / location, error);
  if (error) return true;  // there is none: who opens it says so
  return std::mismatch(root.begin(), root.end(), file.begin(), file.end()).first == root.end();
}

}  // namespace

std::vector<std::byte> read_external(const std::string& model, const std::string& tensor,
                                     const ExternalData& where, std::int64_t size) {
  const auto refuse = [&](const std::string& why) {
    throw Error("'" + model + "': tensor '" + tensor + "' " + why);
  };
  fs::path folder = fs::path(model).parent_path();
  if (folder.empty()) folder = ".";
  if (!lies_below(folder, where.location))
    refuse("has its numbers in '" + where.location + "', outside of the model's folder: it is not read");
  const std::int64_t offset = bytes_in(where.offset, 0), length = bytes_in(where.length, size);
  if (offset < 0 || length != size)
    refuse("has not as many numbers in '" + where.location + "' as its shape");
  const fs::path path = folder / where.location;
  std::error_code error;
  if (!fs::is_regular_file(path, error))
    refuse("has its numbers in '" + path.string() + "', which is not there: keep it beside the model");
  std::ifstream in(path, std::ios::binary);
  const auto all = static_cast<std::int64_t>(fs::file_size(path, error));
  if (!in || error || offset > all || size > all - offset)
    refuse("has its numbers in '" + path.string() + "', which is too short or cannot be read");
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  in.seekg(offset);
  in.read(reinterpret_cast<char*>(bytes.data()), size);
  if (!in) refuse("has its numbers in '" + path.string() + "', which cannot be read");
  return bytes;
}

}  // namespace etch::host::onnx
