// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <runtime/host/data/npz.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/gzip.hpp>
#include <runtime/host/files/zip.hpp>
#include <runtime/host/quoted.hpp>

namespace etch::host {

const NpyArray& NpzFile::at(std::string_view array) const {
  const auto found =
      std::find_if(arrays.begin(), arrays.end(), [&](const auto& entry) { return entry.first == array; });
  if (found != arrays.end()) return found->second;
  const auto name_of = [](const auto& entry) -> const std::string& { return entry.first; };
  throw Error(name + " has no array " + in_quotes(array) + "; choose one of " +
              list_in_quotes(arrays, name_of));
}

NpzFile read_npz(std::span<const std::uint8_t> bytes, std::string_view name, std::size_t limit) {
  constexpr std::string_view ending = ".npy";
  NpzFile file{{}, std::string(name)};
  for (const ZipMember& member : list_zip(bytes, name, limit)) {
    if (!member.name.ends_with(ending)) {
      throw Error(file.name + " holds something else than NPY files; save it again with numpy.savez");
    }
    const std::string array = member.name.substr(0, member.name.size() - ending.size());
    file.arrays.emplace_back(
        array, read_npy(read_zip(bytes, member, name), file.name + ", array " + in_quotes(array) + ","));
  }
  return file;
}

NpzFile load_npz(const std::filesystem::path& path) { return read_npz(read_file(path), path.string()); }

}  // namespace etch::host
