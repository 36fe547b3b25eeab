// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <runtime/host/data/npy.hpp>
#include <runtime/host/data/npy_header.hpp>
#include <runtime/host/files/gzip.hpp>
#include <runtime/host/quoted.hpp>
#include <type_traits>
#include <utility>

namespace etch::host {
namespace {

struct TypeName {
  const char* code;  ///< kind and bytes, as NumPy writes them
  NpyType type;
  std::size_t bytes;
};

constexpr std::array<TypeName, 11> types{{{"b1", NpyType::boolean, 1},
                                          {"i1", NpyType::int8, 1},
                                          {"i2", NpyType::int16, 2},
                                          {"i4", NpyType::int32, 4},
                                          {"i8", NpyType::int64, 8},
                                          {"u1", NpyType::uint8, 1},
                                          {"u2", NpyType::uint16, 2},
                                          {"u4", NpyType::uint32, 4},
                                          {"u8", NpyType::uint64, 8},
                                          {"f4", NpyType::float32, 4},
                                          {"f8", NpyType::float64, 8}}};

const TypeName& find_type(const std::string& descr, std::string_view name) {
  if (descr.find('O') != std::string::npos) {
    refuse_npy(name, "holds Python objects, which are pickled and could run code");
  }
  const auto found = std::find_if(types.begin(), types.end(), [&](const TypeName& type) {
    return descr.size() == 3 && descr.substr(1) == type.code;
  });
  const bool ordered =
      found != types.end() && std::strchr(found->bytes == 1 ? "<>=|" : "<>=", descr[0]) != nullptr;
  if (!ordered || descr[0] == '\0') {
    refuse_npy(name, "holds elements of type " + in_quotes(descr, 20) +
                         ", known are booleans, integers and floats of 4 or 8 bytes");
  }
  return *found;
}

/// Elements of the shape. Cannot overflow: it stops before the bytes exceed those there are.
std::size_t checked_size(const NpyHeader& header, std::size_t element, std::size_t available,
                         std::string_view name) {
  const auto& shape = header.shape;
  std::size_t size = std::find(shape.begin(), shape.end(), std::size_t{0}) != shape.end() ? 0 : 1;
  for (const std::size_t extent : shape) {
    if (size == 0) break;
    if (extent > available / element / size) {
      refuse_npy(name, "is truncated (its shape needs more than the " + std::to_string(available) +
                           " bytes of data that follow)");
    }
    size *= extent;
  }
  if (size * element != available) {
    refuse_npy(name, "has " + std::to_string(available) + " bytes of data where its shape needs " +
                         std::to_string(size * element));
  }
  return size;
}

void swap_bytes(std::vector<std::byte>& data, std::size_t element) {
  for (std::size_t i = 0; i < data.size(); i += element) {
    std::reverse(data.begin() + static_cast<std::ptrdiff_t>(i),
                 data.begin() + static_cast<std::ptrdiff_t>(i + element));
  }
}

/// From first index fastest to last index fastest.
std::vector<std::byte> to_c_order(const std::vector<std::byte>& data, const std::vector<std::size_t>& shape,
                                  std::size_t element) {
  std::vector<std::byte> result(data.size());
  std::vector<std::size_t> index(shape.size()), stride(shape.size());
  std::size_t step = element;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    stride[axis] = step;
    step *= shape[axis];
  }
  std::size_t from = 0;
  for (std::size_t to = 0; to < data.size(); to += element) {
    std::memcpy(&result[to], &data[from], element);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      from += stride[axis];
      if (++index[axis] < shape[axis]) break;
      from -= stride[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}

void check_booleans(std::span<const std::byte> data, std::string_view name) {
  const bool right = std::all_of(data.begin(), data.end(), [](std::byte b) { return b <= std::byte{1}; });
  if (!right) refuse_npy(name, "holds booleans that are neither 0 nor 1");
}

/// Calls `use` with each element in turn.
template <class T, class Use>
void each(const std::vector<std::byte>& data, const Use& use) {
  for (std::size_t i = 0; i < data.size(); i += sizeof(T)) {
    T value;
    std::memcpy(&value, &data[i], sizeof value);
    use(value);
  }
}

template <class Use>
void each_of(const NpyArray& array, const Use& use) {
  switch (array.type) {
    case NpyType::boolean:
    case NpyType::uint8:
      return each<std::uint8_t>(array.data, use);
    case NpyType::int8:
      return each<std::int8_t>(array.data, use);
    case NpyType::int16:
      return each<std::int16_t>(array.data, use);
    case NpyType::int32:
      return each<std::int32_t>(array.data, use);
    case NpyType::int64:
      return each<std::int64_t>(array.data, use);
    case NpyType::uint16:
      return each<std::uint16_t>(array.data, use);
    case NpyType::uint32:
      return each<std::uint32_t>(array.data, use);
    case NpyType::uint64:
      return each<std::uint64_t>(array.data, use);
    case NpyType::float32:
      return each<float>(array.data, use);
    case NpyType::float64:
      return each<double>(array.data, use);
  }
}

template <class T>
bool is_class(T value) {
  constexpr auto most = std::numeric_limits<std::int32_t>::max();
  if constexpr (std::is_floating_point_v<T>) {
    return value >= 0 && static_cast<double>(value) <= most && std::floor(value) == value;
  } else {
    return std::in_range<std::int32_t>(value) && value >= 0;
  }
}

}  // namespace

std::size_t NpyArray::size() const {
  std::size_t n = 1;
  for (const std::size_t extent : shape) n *= extent;
  return n;
}

std::vector<float> NpyArray::floats() const {
  std::vector<float> result;
  result.reserve(size());
  each_of(*this, [&](auto value) { result.push_back(static_cast<float>(value)); });
  return result;
}

std::vector<std::int32_t> NpyArray::classes() const {
  std::vector<std::int32_t> result;
  result.reserve(size());
  each_of(*this, [&](auto value) {
    if (!is_class(value)) {
      refuse_npy(name, "holds " + std::to_string(value) + " at index " + std::to_string(result.size()) +
                           ", classes are whole numbers from 0 on");
    }
    result.push_back(static_cast<std::int32_t>(value));
  });
  return result;
}

std::span<const std::uint8_t> NpyArray::bytes() const {
  if (type != NpyType::uint8) refuse_npy(name, "does not hold unsigned bytes");
  return {reinterpret_cast<const std::uint8_t*>(data.data()), data.size()};
}

NpyArray read_npy(std::span<const std::uint8_t> bytes, std::string_view name) {
  const NpyHeader header = read_npy_header(bytes, name);
  const TypeName& type = find_type(header.descr, name);
  const auto data = std::as_bytes(bytes.subspan(header.bytes));
  checked_size(header, type.bytes, data.size(), name);
  NpyArray array{type.type, header.shape, {data.begin(), data.end()}, std::string(name)};
  if (type.type == NpyType::boolean) check_booleans(array.data, name);
  const char other = std::endian::native == std::endian::little ? '>' : '<';
  if (header.descr[0] == other) swap_bytes(array.data, type.bytes);
  if (header.fortran_order) array.data = to_c_order(array.data, array.shape, type.bytes);
  return array;
}

NpyArray load_npy(const std::filesystem::path& path) { return read_npy(read_file(path), path.string()); }

}  // namespace etch::host
