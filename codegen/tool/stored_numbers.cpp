// SPDX-License-Identifier: BSL-1.0
#include <codegen/report/model_text.hpp>
#include <codegen/tool/stored_numbers.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace etch::tool {

namespace {

using host::NpyType;

template <class T>
std::vector<std::byte> stored(const std::vector<float>& real, const host::Quantization& q) {
  std::vector<std::byte> bytes(real.size() * sizeof(T));
  const double scale = q.scale == 0 ? 1 : static_cast<double>(q.scale);
  for (std::size_t i = 0; i < real.size(); ++i) {
    const double place = std::round(static_cast<double>(real[i]) / scale) + q.zero_point;
    const double kept = std::isnan(place) ? q.zero_point
                                          : std::clamp<double>(place, std::numeric_limits<T>::min(),
                                                               std::numeric_limits<T>::max());
    const auto number = static_cast<T>(kept);
    std::memcpy(&bytes[i * sizeof(T)], &number, sizeof number);
  }
  return bytes;
}

}  // namespace

Storage storage_of(const host::ImportedModel& model, int value) {
  return {host::value_of(model, value).type, host::is_unsigned(model, value),
          model.values[static_cast<std::size_t>(value)].quantization};
}

std::vector<std::byte> as_stored(const std::vector<float>& real, const Storage& storage) {
  switch (storage.type) {
    case ElementType::i8:
      return storage.is_unsigned ? stored<std::uint8_t>(real, storage.quantization)
                                 : stored<std::int8_t>(real, storage.quantization);
    case ElementType::i16:
      return stored<std::int16_t>(real, storage.quantization);
    case ElementType::i32:
      return stored<std::int32_t>(real, storage.quantization);
    case ElementType::real:
      break;
  }
  std::vector<std::byte> bytes(real.size() * sizeof(float));
  if (!real.empty()) std::memcpy(bytes.data(), real.data(), bytes.size());
  return bytes;
}

bool is_own_type(NpyType type, const Storage& storage) {
  switch (storage.type) {
    case ElementType::i8:
      return type == (storage.is_unsigned ? NpyType::uint8 : NpyType::int8);
    case ElementType::i16:
      return type == NpyType::int16;
    case ElementType::i32:
      return type == NpyType::int32;
    case ElementType::real:
      break;
  }
  return type == NpyType::float32;
}

const char* name_of(NpyType type) {
  switch (type) {
    case NpyType::boolean:
      return "bool";
    case NpyType::int8:
      return "int8";
    case NpyType::int16:
      return "int16";
    case NpyType::int32:
      return "int32";
    case NpyType::int64:
      return "int64";
    case NpyType::uint8:
      return "uint8";
    case NpyType::uint16:
      return "uint16";
    case NpyType::uint32:
      return "uint32";
    case NpyType::uint64:
      return "uint64";
    case NpyType::float32:
      return "float32";
    case NpyType::float64:
      break;
  }
  return "float64";
}

const char* npy_text(const Storage& storage) {
  return storage.is_unsigned ? "|u1" : host::names_of(storage.type).npy;
}

}  // namespace etch::tool
