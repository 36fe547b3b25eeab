// SPDX-License-Identifier: BSL-1.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <runtime/safetensors_writer.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace etch::host {

/// A tensor of a safetensors file; its bytes are [begin, end) of the data that follow the header.
struct Tensor {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// The largest header that is read or written, as in the reference implementation.
inline constexpr std::size_t max_safetensors_header = 100'000'000;

/// The bytes of one element of a safetensors type ("F32", "I8", ...); 0 if the type is unknown.
std::size_t dtype_size(std::string_view dtype);

/// A safetensors file in memory. Whoever holds one may trust it: each tensor has a known type, as many bytes
/// as its shape says, and no byte belongs to two tensors or to none.
class SafetensorsFile {
 public:
  /// Throws `Error`, one sentence that names the file, unless all of the file is in order.
  static SafetensorsFile read(const std::filesystem::path& path);

  /// The same for a file that is in memory already, such as one that a device sent; `name` is for the errors.
  static SafetensorsFile parse(std::span<const std::byte> bytes, const std::string& name);

  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  /// In the order of their data; empty ones at the same place in that of their names.
  const std::vector<Tensor>& tensors() const { return tensors_; }

  /// Null if there is no such tensor.
  const Tensor* find(std::string_view name) const;

  /// The bytes of one of `tensors()`, valid as long as this object. They need not be aligned to the element
  /// type: a file of others may put a byte before a float.
  std::span<const std::byte> data(const Tensor& tensor) const;

 private:
  class Source;
  static SafetensorsFile load(Source& source);

  std::map<std::string, std::string> metadata_;
  std::vector<Tensor> tensors_;
  std::map<std::string, std::size_t, std::less<>> index_;
  std::vector<std::byte> data_;
};

/// Writes a safetensors file, `etch.crc32` included, in one step: a crash, a full disk or a wrong entry
/// leaves the file that was there. Throws `Error`.
void write_safetensors_file(const std::filesystem::path& path, std::span<const TensorEntry> tensors,
                            std::span<const MetadataEntry> metadata = {});

}  // namespace etch::host
