// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <fstream>
#include <iterator>
#include <runtime/host/files/safetensors.hpp>
#include <string>
#include <tests/unit/error_of.hpp>
#include <tests/unit/temporary_folder.hpp>
#include <vector>

// Model files as texts, to be damaged or written again in another way.
namespace model_file_test {

using namespace etch;

inline std::string read(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
inline void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

/// Writes a file again as another program would: other order, other metadata.
template <class Change>
void rewrite(const std::string& from, const std::string& to, const Change& change) {
  const auto file = host::SafetensorsFile::read(from);
  auto metadata = file.metadata();
  metadata.erase("etch.crc32");
  std::vector<TensorEntry> entries;
  std::vector<std::vector<int>> shapes(file.tensors().size());
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const auto& t = file.tensors()[i];
    for (const std::int64_t n : t.shape) shapes[i].push_back(static_cast<int>(n));
    entries.push_back({t.name, t.dtype.c_str(), shapes[i], file.data(t)});
  }
  change(entries, metadata);
  std::vector<MetadataEntry> pairs;
  for (const auto& [key, value] : metadata) pairs.push_back({key, value});
  host::write_safetensors_file(to, entries, pairs);
}

}  // namespace model_file_test
