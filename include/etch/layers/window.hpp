// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <cstdint>

namespace etch {

namespace detail {
/// A product or sum of extents that a layer was given, kept within an int: beyond 2^30 it is more than any
/// array has, and refused as such.
constexpr int extent(std::int64_t value) {
  constexpr std::int64_t most = 1 << 30;
  return static_cast<int>(value > most ? most : value < -most ? -most : value);
}
constexpr int extent_product(std::int64_t a, std::int64_t b) { return extent(a * b); }
}  // namespace detail

/// What a window does at the borders, by Keras's names. `causal` is for 1-D convolutions.
enum class Padding : std::int32_t { valid, same, causal };

inline constexpr Padding valid = Padding::valid;
inline constexpr Padding same = Padding::same;
inline constexpr Padding causal = Padding::causal;

/// Two numbers, (rows, columns) or (before, after), or one that counts for both: Keras's int or tuple.
struct Pair {
  int first = 0, second = 0;
  constexpr Pair() = default;
  constexpr Pair(int both) : first(both), second(both) {}
  constexpr Pair(int one, int other) : first(one), second(other) {}
  constexpr bool operator==(const Pair&) const = default;
};

/// One axis that a window of `size` slides over in steps of `stride`.
struct Windows {
  int count = 0;   ///< extent of the result, 0 or less where the window does not fit
  int before = 0;  ///< taps of the first window that lie before the input
};

/// TensorFlow's rule. valid: windows that lie inside. same: one for every `stride` inputs, the padding shared
/// out with the odd tap at the end. causal: as many, and all padding before.
constexpr Windows windows_along(int extent, int size, int stride, Padding padding) {
  if (padding == Padding::valid) return {extent < size ? 0 : (extent - size) / stride + 1, 0};
  const int count = 1 + (extent - 1) / stride;
  if (padding == Padding::causal) return {count, size - 1};
  const std::int64_t missing = std::int64_t{count - 1} * stride + size - extent;
  return {count, missing > 0 ? static_cast<int>(missing / 2) : 0};
}

}  // namespace etch
