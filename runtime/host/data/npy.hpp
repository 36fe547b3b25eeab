// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace etch::host {

/// The element types that are read; `boolean` is a byte of 0 or 1.
enum class NpyType { boolean, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64 };

/// An array as NumPy saves it, in C order and this machine's byte order whatever the file had.
struct NpyArray {
  NpyType type = NpyType::float32;
  std::vector<std::size_t> shape;  ///< empty: one number
  std::vector<std::byte> data;
  std::string name;  ///< what messages call it

  std::size_t size() const;
  /// All elements as floats, from any type; `Samples` and `Labels` take the result. 64-bit numbers are
  /// rounded.
  std::vector<float> floats() const;
  /// All elements as classes. Throws `etch::Error` unless they are whole numbers that an int32 holds, from 0
  /// on.
  std::vector<std::int32_t> classes() const;
  /// The elements in place. Throws `etch::Error` unless they are bytes (uint8), such as images.
  std::span<const std::uint8_t> bytes() const;
};

/// Reads an NPY file of version 1, 2 or 3: numbers of 1, 2, 4 or 8 bytes of either byte order, floats of 4 or
/// 8, or booleans, in C or Fortran order. `name` is what messages call the file. Throws `etch::Error` if the
/// header is not exactly what NumPy writes, or the data longer or shorter than its shape says; arrays of
/// objects (pickles can run code), records, strings and complex numbers are refused.
/// Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
NpyArray read_npy(std::span<const std::uint8_t> bytes, std::string_view name);

/// The same of a file.
NpyArray load_npy(const std::filesystem::path& path);

}  // namespace etch::host
