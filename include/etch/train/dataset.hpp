// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <span>
#include <type_traits>
#include <utility>

namespace etch {

namespace detail {

/// What has its numbers one after another: vectors, arrays, spans.
template <class A>
concept NumberArray = requires(const A& array) {
  std::span(std::data(array), std::size(array));
  requires std::is_arithmetic_v<std::remove_cvref_t<decltype(*std::data(array))>>;
};
template <class A>
using NumberOf = std::remove_cvref_t<decltype(*std::data(std::declval<const A&>()))>;
template <class A>
constexpr auto span_of(const A& array) {
  return std::span<const NumberOf<A>>(std::data(array), std::size(array));
}

}  // namespace detail

/// One input's samples, one after another: floats, or bytes that are multiplied by `scale` when they are
/// read.
struct Samples {
  std::span<const float> floats{};
  std::span<const std::uint8_t> bytes{};
  float scale = 1.0f;

  constexpr Samples() = default;
  /// Of a span, a `std::vector`, a `std::array` or any other array of floats or bytes, which the caller
  /// keeps.
  template <detail::NumberArray A>
  constexpr Samples(const A& values, float factor = 1.0f / 255.0f) {
    using T = detail::NumberOf<A>;
    if constexpr (std::is_same_v<T, float>)
      floats = detail::span_of(values);
    else if constexpr (std::is_same_v<T, std::uint8_t>)
      bytes = detail::span_of(values), scale = factor;
    else
      static_assert(sizeof(A) == 0,
                    "samples are floats or bytes (std::uint8_t): make floats of these numbers");
  }
  constexpr std::size_t size() const { return bytes.data() ? bytes.size() : floats.size(); }

  void read(std::size_t index, int elements, float* to) const {
    const std::size_t at = index * static_cast<std::size_t>(elements);
    for (int i = 0; i < elements; ++i)
      to[i] = bytes.data() ? static_cast<float>(bytes[at + static_cast<std::size_t>(i)]) * scale
                           : floats[at + static_cast<std::size_t>(i)];
  }
};

/// Elements `first` to `end` of a sample, to their places in `to`.
inline void read_some(const Samples& x, std::size_t index, int elements, int first, int end, float* to) {
  const std::size_t at = index * static_cast<std::size_t>(elements);
  for (int i = first; x.bytes.data() && i < end; ++i)
    to[i] = static_cast<float>(x.bytes[at + static_cast<std::size_t>(i)]) * x.scale;
  for (int i = first; !x.bytes.data() && i < end; ++i) to[i] = x.floats[at + static_cast<std::size_t>(i)];
}

/// Calls for elements `first` to `end` of a sample, which are read later.
inline void call_for_some(const Samples& x, std::size_t index, int elements, int first, int end) {
  constexpr std::size_t line = 64;
  constexpr int not_yet = 2;  // not into the first-level cache, which what runs meanwhile needs
  const bool bytes = x.bytes.data() != nullptr;
  const std::size_t size = bytes ? 1 : sizeof(float), at = index * static_cast<std::size_t>(elements);
  const char* const data =
      bytes ? reinterpret_cast<const char*>(x.bytes.data()) : reinterpret_cast<const char*>(x.floats.data());
  const std::size_t last = (at + static_cast<std::size_t>(end)) * size;
  for (std::size_t k = (at + static_cast<std::size_t>(first)) * size; k < last; k += line)
    __builtin_prefetch(data + k, 0, not_yet);
}

/// One output's labels: class indices of sparse losses, as bytes or 32-bit integers, or targets as floats.
struct Labels {
  std::span<const std::uint8_t> bytes{};
  std::span<const std::int32_t> classes{};
  std::span<const float> targets{};

  constexpr Labels() = default;
  /// Of a span, a `std::vector`, a `std::array` or any other array of these numbers, which the caller keeps.
  template <detail::NumberArray A>
  constexpr Labels(const A& values) {
    using T = detail::NumberOf<A>;
    if constexpr (std::is_same_v<T, float>)
      targets = detail::span_of(values);
    else if constexpr (std::is_same_v<T, std::uint8_t>)
      bytes = detail::span_of(values);
    else if constexpr (std::is_same_v<T, std::int32_t>)
      classes = detail::span_of(values);
    else
      static_assert(
          sizeof(A) == 0,
          "labels are class indices as std::int32_t or std::uint8_t, or targets as floats: make these of "
          "the numbers");
  }
  constexpr bool sparse() const { return targets.data() == nullptr; }
  constexpr std::size_t size() const {
    return bytes.data() ? bytes.size() : classes.data() ? classes.size() : targets.size();
  }
  constexpr std::int32_t at(std::size_t i) const { return bytes.data() ? bytes[i] : classes[i]; }
};

/// A few things of one kind, written as one or as a list in braces.
template <class T, std::size_t N>
struct Several : std::array<T, N> {
  constexpr Several() : std::array<T, N>{} {}
  template <class U>
  requires std::convertible_to<const U&, T>
  constexpr Several(const U& one) : std::array<T, N>{T(one)} {}
  constexpr Several(std::initializer_list<T> all) : std::array<T, N>{} {
    std::size_t n = 0;
    for (const T& each : all)
      if (n < N) (*this)[n++] = each;
  }
};

/// Inputs and targets of a training or test set; the caller keeps the arrays. A model of several inputs or
/// outputs takes lists: `Dataset{{images, speeds}, {digits, parities}}`.
struct Dataset {
  static constexpr int max_inputs = 4, max_outputs = 8;
  using Weights = std::span<const float>;

  Several<Samples, max_inputs> x{};
  Several<Labels, max_outputs> y{};
  /// How much each sample counts in the loss of each output, one number a sample; none: all count 1. One list
  /// alone is meant for all outputs.
  Several<Weights, max_outputs> sample_weight{};

  constexpr Dataset() = default;
  constexpr Dataset(Several<Samples, max_inputs> inputs, Several<Labels, max_outputs> labels,
                    Several<Weights, max_outputs> weights = {})
      : x(inputs), y(labels), sample_weight(weights) {}
};

}  // namespace etch
