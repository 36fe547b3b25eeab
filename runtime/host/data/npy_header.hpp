// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace etch::host {

/// What stands before the numbers of an NPY file.
struct NpyHeader {
  std::string descr;  ///< byte order, kind and bytes of an element: `<f4`
  bool fortran_order = false;
  std::vector<std::size_t> shape;
  std::size_t bytes = 0;  ///< where the numbers begin
};

/// Parses magic, version and the dictionary. Throws `etch::Error` for anything but what NumPy writes.
NpyHeader read_npy_header(std::span<const std::uint8_t> bytes, std::string_view name);

[[noreturn]] void refuse_npy(std::string_view name, const std::string& what);

}  // namespace etch::host
