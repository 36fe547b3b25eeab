// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/graph.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace etch::host {

/// Stored numbers, wherever their bytes lie.
template <class T>
std::vector<T> numbers_in(std::span<const std::byte> bytes) {
  std::vector<T> numbers(bytes.size() / sizeof(T));
  if (!numbers.empty()) std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(T));
  return numbers;
}

/// The numbers of a parameter of a model.
struct ConstantArray {
  Shape shape;
  ElementType type = ElementType::real;
  std::vector<std::byte> bytes;
  /// Arrays of one number that is not negative are one parameter, which several steps read.
  int shared = -1;

  template <class T>
  std::vector<T> numbers() const {
    return numbers_in<T>(bytes);
  }
};

template <class T>
ConstantArray constant_of(const std::vector<T>& numbers, ElementType type, Shape shape = {}) {
  const auto bytes = std::as_bytes(std::span(numbers));
  return {
      shape.rank > 0 ? shape : Shape{static_cast<int>(numbers.size())}, type, {bytes.begin(), bytes.end()}};
}
/// A struct of 32-bit numbers, such as `kernels::Int8Io`.
template <class Numbers>
ConstantArray constant_of_words(const Numbers& numbers) {
  std::vector<std::int32_t> words(sizeof(Numbers) / 4);
  std::memcpy(words.data(), &numbers, sizeof(Numbers));
  return constant_of(words, ElementType::i32);
}

}  // namespace etch::host
