// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/array.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace etch::host::onnx {

namespace {

float from_float16(std::uint16_t half) {
  const int exponent = half >> 10 & 31, fraction = half & 1023;
  const float sign = half & 0x8000 ? -1.0f : 1.0f;
  if (exponent == 31)
    return fraction ? std::numeric_limits<float>::quiet_NaN() : sign * std::numeric_limits<float>::infinity();
  return sign * std::ldexp(static_cast<float>(exponent ? fraction + 1024 : fraction),
                           (exponent ? exponent : 1) - 25);
}

/// What does not fit a whole number becomes the nearest that does, and NaN 0.
std::int64_t truncated(double x) {
  if (std::isnan(x)) return 0;
  return x >= 9.2e18 ? INT64_MAX : x <= -9.2e18 ? INT64_MIN : static_cast<std::int64_t>(x);
}

template <class To, class From>
std::vector<To> cast(const std::vector<From>& from) {
  std::vector<To> to(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) {
    if constexpr (std::is_same_v<To, std::int64_t> && std::is_floating_point_v<From>)
      to[i] = truncated(static_cast<double>(from[i]));
    else
      to[i] = static_cast<To>(from[i]);
  }
  return to;
}

template <class To>
std::vector<To> numbers(const Array& a) {
  switch (a.type) {
    case DataType::float32:
      return cast<To>(numbers_in<float>(a.bytes));
    case DataType::float64:
      return cast<To>(numbers_in<double>(a.bytes));
    case DataType::boolean:
    case DataType::uint8:
      return cast<To>(numbers_in<std::uint8_t>(a.bytes));
    case DataType::int8:
      return cast<To>(numbers_in<std::int8_t>(a.bytes));
    case DataType::uint16:
      return cast<To>(numbers_in<std::uint16_t>(a.bytes));
    case DataType::int16:
      return cast<To>(numbers_in<std::int16_t>(a.bytes));
    case DataType::int32:
      return cast<To>(numbers_in<std::int32_t>(a.bytes));
    case DataType::uint32:
      return cast<To>(numbers_in<std::uint32_t>(a.bytes));
    case DataType::int64:
      return cast<To>(numbers_in<std::int64_t>(a.bytes));
    case DataType::uint64:
      return cast<To>(numbers_in<std::uint64_t>(a.bytes));
    case DataType::float16:
    case DataType::bfloat16: {
      std::vector<float> wide;
      for (const std::uint16_t half : numbers_in<std::uint16_t>(a.bytes))
        wide.push_back(a.type == DataType::float16 ? from_float16(half)
                                                   : std::bit_cast<float>(std::uint32_t{half} << 16));
      return cast<To>(wide);
    }
    default:
      return {};
  }
}

template <class Stored, class Number>
Array stored_as(const std::vector<Number>& numbers, Dims dims, DataType type) {
  Array a{type, std::move(dims), std::vector<std::byte>(numbers.size() * sizeof(Stored))};
  std::vector<Stored> stored(numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if constexpr (std::is_integral_v<Stored> && std::is_floating_point_v<Number>)
      stored[i] = static_cast<Stored>(truncated(numbers[i]));
    else
      stored[i] = static_cast<Stored>(numbers[i]);
  }
  if (!stored.empty()) std::memcpy(a.bytes.data(), stored.data(), a.bytes.size());
  return a;
}

template <class Number>
Array array_from(const std::vector<Number>& numbers, Dims dims, DataType type) {
  switch (type) {
    case DataType::float64:
      return stored_as<double>(numbers, std::move(dims), type);
    case DataType::boolean:
    case DataType::uint8:
      return stored_as<std::uint8_t>(numbers, std::move(dims), type);
    case DataType::int8:
      return stored_as<std::int8_t>(numbers, std::move(dims), type);
    case DataType::uint16:
      return stored_as<std::uint16_t>(numbers, std::move(dims), type);
    case DataType::int16:
      return stored_as<std::int16_t>(numbers, std::move(dims), type);
    case DataType::int32:
      return stored_as<std::int32_t>(numbers, std::move(dims), type);
    case DataType::uint32:
      return stored_as<std::uint32_t>(numbers, std::move(dims), type);
    case DataType::int64:
      return stored_as<std::int64_t>(numbers, std::move(dims), type);
    case DataType::uint64:
      return stored_as<std::uint64_t>(numbers, std::move(dims), type);
    default:  // half precision is computed in float32
      return stored_as<float>(numbers, std::move(dims), DataType::float32);
  }
}

}  // namespace

const char* name_of(DataType type) {
  constexpr const char* names[]{"undefined", "float32", "uint8",   "int8",    "uint16",  "int16",
                                "int32",     "int64",   "string",  "bool",    "float16", "float64",
                                "uint32",    "uint64",  "complex", "complex", "bfloat16"};
  const auto at = static_cast<std::size_t>(type);
  return at < std::size(names) ? names[at] : "a type of fewer than 8 bits";
}

int bytes_of(DataType type) {
  switch (type) {
    case DataType::boolean:
    case DataType::uint8:
    case DataType::int8:
      return 1;
    case DataType::uint16:
    case DataType::int16:
    case DataType::float16:
    case DataType::bfloat16:
      return 2;
    case DataType::float32:
    case DataType::int32:
    case DataType::uint32:
      return 4;
    case DataType::float64:
    case DataType::int64:
    case DataType::uint64:
      return 8;
    default:
      return 0;
  }
}

bool is_real(DataType type) {
  return type == DataType::float32 || type == DataType::float64 || type == DataType::float16 ||
         type == DataType::bfloat16;
}

std::int64_t elements_of(const Dims& dims) {
  std::int64_t product = 1;
  for (const std::int64_t extent : dims) {
    if (extent < 0 || (extent > 0 && product > (std::int64_t{1} << 28) / extent)) return -1;
    product *= extent;
  }
  return product;
}

std::string text_of(const Dims& dims) {
  std::string text = "[";
  for (const std::int64_t extent : dims)
    text += (text.size() > 1 ? ", " : "") + (extent < 0 ? std::string("?") : std::to_string(extent));
  return text + "]";
}

Array array_of(const std::vector<std::int64_t>& numbers, Dims dims, DataType type) {
  return array_from(numbers, std::move(dims), type);
}
Array array_of(const std::vector<double>& numbers, Dims dims, DataType type) {
  return array_from(numbers, std::move(dims), type);
}

std::vector<double> reals(const Array& array) { return numbers<double>(array); }
std::vector<float> floats(const Array& array) { return numbers<float>(array); }
std::vector<std::int64_t> integers(const Array& array) { return numbers<std::int64_t>(array); }

Array transposed(const Array& array, const std::vector<int>& order) {
  const std::size_t rank = array.dims.size(), size = static_cast<std::size_t>(bytes_of(array.type));
  std::vector<std::int64_t> stride(rank, 1);
  for (std::size_t i = rank; i-- > 1;) stride[i - 1] = stride[i] * array.dims[i];
  Array to{array.type, {}, std::vector<std::byte>(array.bytes.size())};
  std::vector<std::int64_t> step;
  for (const int axis : order) {
    to.dims.push_back(array.dims[static_cast<std::size_t>(axis)]);
    step.push_back(stride[static_cast<std::size_t>(axis)]);
  }
  std::vector<std::int64_t> at(rank);
  std::int64_t from = 0;
  for (std::size_t i = 0; i < to.bytes.size() / size; ++i) {
    std::memcpy(&to.bytes[i * size], &array.bytes[static_cast<std::size_t>(from) * size], size);
    for (std::size_t axis = rank; axis-- > 0;) {
      from += step[axis];
      if (++at[axis] < to.dims[axis]) break;
      from -= step[axis] * to.dims[axis];
      at[axis] = 0;
    }
  }
  return to;
}

Array taken(const Array& a, Dims dims, const std::function<std::int64_t(std::int64_t)>& from) {
  const auto size = static_cast<std::size_t>(bytes_of(a.type));
  const auto count = static_cast<std::size_t>(elements_of(dims));
  Array to{a.type, std::move(dims), std::vector<std::byte>(count * size)};
  for (std::size_t i = 0; i < count; ++i)
    std::memcpy(&to.bytes[i * size],
                &a.bytes[static_cast<std::size_t>(from(static_cast<std::int64_t>(i))) * size], size);
  return to;
}

Array broadcast_array(const Array& a, const Dims& dims) {
  if (a.dims == dims) return a;
  return taken(a, dims, [&](std::int64_t i) {
    std::int64_t from = 0, stride = 1;
    for (std::size_t k = 0; k < dims.size(); ++k) {
      const std::size_t axis = dims.size() - 1 - k;
      const std::int64_t at = i % dims[axis];
      i /= dims[axis];
      if (k >= a.dims.size()) continue;
      const std::int64_t extent = a.dims[a.dims.size() - 1 - k];
      if (extent > 1) from += at * stride;
      stride *= extent;
    }
    return from;
  });
}

}  // namespace etch::host::onnx
