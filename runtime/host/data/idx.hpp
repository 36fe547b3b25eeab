// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace etch::host {

/// An array of unsigned bytes, row-major.
struct IdxArray {
  std::vector<int> shape;
  std::vector<std::uint8_t> data;
};

/// Reads an IDX file of unsigned bytes: two zero bytes, the type, the rank, a big-endian 32-bit size for each
/// dimension, the data. `name` is what messages call the file. Throws `etch::Error` unless the whole of
/// `bytes` is one array with at least one dimension and no empty one.
IdxArray read_idx(std::span<const std::uint8_t> bytes, std::string_view name);

}  // namespace etch::host
