// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/constant_array.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace etch::host::onnx {

/// What numbers of a file are made of, with the numbers of onnx.proto's TensorProto.DataType.
enum class DataType : std::int32_t {
  undefined = 0,
  float32 = 1,
  uint8 = 2,
  int8 = 3,
  uint16 = 4,
  int16 = 5,
  int32 = 6,
  int64 = 7,
  string = 8,
  boolean = 9,
  float16 = 10,
  float64 = 11,
  uint32 = 12,
  uint64 = 13,
  bfloat16 = 16,
};

const char* name_of(DataType type);
/// Bytes of a number; 0 for types that Etch does not read.
int bytes_of(DataType type);
bool is_real(DataType type);  ///< of any precision

using Dims = std::vector<std::int64_t>;

/// The product of extents; -1 where one is negative, or where no array has room for as many.
std::int64_t elements_of(const Dims& dims);
/// As "[1, 3, 32, 32]".
std::string text_of(const Dims& dims);

/// Numbers that are known while importing, row by row.
struct Array {
  DataType type = DataType::float32;
  Dims dims;
  std::vector<std::byte> bytes;

  std::int64_t elements() const { return elements_of(dims); }
};

Array array_of(const std::vector<std::int64_t>& numbers, Dims dims, DataType type = DataType::int64);
Array array_of(const std::vector<double>& numbers, Dims dims, DataType type = DataType::float32);

/// The numbers in another type: reals that become whole are cut off towards zero.
std::vector<double> reals(const Array& array);
std::vector<float> floats(const Array& array);
std::vector<std::int64_t> integers(const Array& array);

/// The same numbers with axis `order[i]` as axis i.
Array transposed(const Array& array, const std::vector<int>& order);

/// Numbers of an array by place, in row-major order of `dims`, make another one.
Array taken(const Array& a, Dims dims, const std::function<std::int64_t(std::int64_t)>& from);
/// The same numbers again and again, by NumPy's rule; the extents fit.
Array broadcast_array(const Array& a, const Dims& dims);

}  // namespace etch::host::onnx
