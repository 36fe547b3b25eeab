// SPDX-License-Identifier: BSL-1.0
#include <cstddef>
#include <limits>
#include <runtime/host/data/idx.hpp>
#include <runtime/host/error.hpp>
#include <string>
#include <utility>

namespace etch::host {
namespace {

constexpr std::size_t magic_bytes = 4;
constexpr std::size_t size_bytes = 4;
constexpr int unsigned_byte = 8;

[[noreturn]] void refuse_idx(std::string_view name, const std::string& what) {
  throw Error(std::string(name) + " " + what + "; replace it with an intact IDX file of unsigned bytes");
}

std::string type_name(int type) {
  switch (type) {
    case 0x09:
      return "signed bytes";
    case 0x0b:
      return "16-bit integers";
    case 0x0c:
      return "32-bit integers";
    case 0x0d:
      return "floats";
    case 0x0e:
      return "doubles";
    default:
      return "an unknown type (" + std::to_string(type) + ")";
  }
}

void check_magic(std::span<const std::uint8_t> bytes, std::string_view name) {
  if (bytes.size() < magic_bytes) {
    refuse_idx(name, "is too short for an IDX file (" + std::to_string(bytes.size()) + " bytes)");
  }
  if (bytes[0] != 0 || bytes[1] != 0)
    refuse_idx(name, "is not an IDX file (its first two bytes are not zero)");
  if (bytes[2] != unsigned_byte)
    refuse_idx(name, "holds " + type_name(bytes[2]) + " instead of unsigned bytes");
  if (bytes[3] == 0) refuse_idx(name, "is an IDX file without dimensions");
}

std::string shape_text(const std::vector<int>& shape) {
  std::string text;
  for (const int size : shape) text += (text.empty() ? "" : "x") + std::to_string(size);
  return text;
}

int read_size(std::span<const std::uint8_t> bytes, std::string_view name) {
  const std::uint32_t size = std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
                             std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]};
  if (size == 0) refuse_idx(name, "has an empty dimension");
  if (size > static_cast<std::uint32_t>(std::numeric_limits<int>::max())) {
    refuse_idx(name, "has a dimension of " + std::to_string(size) + ", more than an int holds");
  }
  return static_cast<int>(size);
}

std::vector<int> read_shape(std::span<const std::uint8_t> bytes, std::string_view name) {
  const std::size_t rank = bytes[3];
  if (bytes.size() < magic_bytes + rank * size_bytes) {
    refuse_idx(name, "ends within the sizes of its " + std::to_string(rank) + " dimensions");
  }
  std::vector<int> shape;
  for (std::size_t i = 0; i < rank; ++i) {
    shape.push_back(read_size(bytes.subspan(magic_bytes + i * size_bytes), name));
  }
  return shape;
}

/// Cannot overflow: sizes are at least 1, and it stops before the product exceeds the bytes there are.
void check_length(const std::vector<int>& shape, std::size_t available, std::string_view name) {
  std::size_t needed = 1;
  for (const int size : shape) {
    if (static_cast<std::size_t>(size) > available / needed) {
      refuse_idx(name, "is truncated (its shape " + shape_text(shape) + " needs more than the " +
                           std::to_string(available) + " bytes of data that follow)");
    }
    needed *= static_cast<std::size_t>(size);
  }
  if (needed != available) {
    refuse_idx(name, "has " + std::to_string(available - needed) + " bytes too many (its shape " +
                         shape_text(shape) + " needs " + std::to_string(needed) + ")");
  }
}

}  // namespace

IdxArray read_idx(std::span<const std::uint8_t> bytes, std::string_view name) {
  check_magic(bytes, name);
  std::vector<int> shape = read_shape(bytes, name);
  const auto data = bytes.subspan(magic_bytes + shape.size() * size_bytes);
  check_length(shape, data.size(), name);
  return {std::move(shape), {data.begin(), data.end()}};
}

}  // namespace etch::host
