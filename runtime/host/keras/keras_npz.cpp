// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/data/npy_header.hpp>
#include <runtime/host/files/zip.hpp>
#include <runtime/host/keras/keras_npz.hpp>
#include <runtime/host/keras/pickled_arrays.hpp>

namespace etch::host {

Hdf5Tree read_keras_npz(std::span<const std::byte> file, const std::string& name) {
  const std::string weights = name + ": model.weights.npz";
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(file.data()), file.size());
  constexpr std::size_t most_bytes = std::size_t{256} << 20;
  constexpr std::string_view ending = ".npy";
  Hdf5Tree tree;
  for (const ZipMember& member : list_zip(bytes, weights, most_bytes)) {
    if (!member.name.ends_with(ending)) continue;
    std::string path = member.name.substr(0, member.name.size() - ending.size());
    if (path.starts_with("optimizer")) continue;
    path = path == "__root__" ? "vars" : path + "/vars";
    const std::vector<std::uint8_t> array = read_zip(bytes, member, weights);
    const NpyHeader header = read_npy_header(array, weights);
    tree[path];
    for (auto& [key, numbers] : pickled_arrays(std::as_bytes(std::span(array).subspan(header.bytes)), name))
      tree[path + "/" + key].array = numbers;
  }
  return tree;
}

}  // namespace etch::host
