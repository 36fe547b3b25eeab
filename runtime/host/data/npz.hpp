// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <runtime/host/data/npy.hpp>
#include <utility>

namespace etch::host {

/// The arrays of an NPZ file, in its order.
struct NpzFile {
  std::vector<std::pair<std::string, NpyArray>> arrays;
  std::string name;  ///< what messages call it

  /// The array saved under this name. Throws `etch::Error` with the names there are if there is none.
  const NpyArray& at(std::string_view array) const;
};

/// Reads what numpy.savez and numpy.savez_compressed write: a zip archive of NPY files. `name` is what
/// messages call the file. Throws `etch::Error` if the archive or an array is damaged, encrypted, or would
/// take more than `limit` bytes.
NpzFile read_npz(std::span<const std::uint8_t> bytes, std::string_view name,
                 std::size_t limit = std::size_t{1} << 30);

/// The same of a file.
NpzFile load_npz(const std::filesystem::path& path);

}  // namespace etch::host
