// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <array>
#include <initializer_list>

namespace etch {

/// Extents of a tensor of one sample, outermost first, channels last. The batch is not part of a shape.
struct Shape {
  static constexpr int max_rank = 4;
  std::array<int, max_rank> dim{};
  int rank = 0;

  constexpr Shape() = default;
  /// Changes no member after its initialization: g++ 12 refuses that for a shape inside a constant object.
  constexpr Shape(std::initializer_list<int> extents)
      : dim(first_of(extents)), rank(static_cast<int>(extents.size())) {}

  /// Ranks above max_rank are kept in `rank`, so that a check can name them; their extents are dropped.
  constexpr void append(int extent) {
    if (rank < max_rank) dim[static_cast<unsigned>(rank)] = extent;
    ++rank;
  }
  constexpr int operator[](int axis) const { return dim[static_cast<unsigned>(axis)]; }
  constexpr int last() const { return rank > 0 ? dim[static_cast<unsigned>(rank - 1)] : 1; }
  constexpr int size() const {
    int n = 1;
    for (int i = 0; i < rank && i < max_rank; ++i) n *= dim[static_cast<unsigned>(i)];
    return n;
  }
  constexpr bool operator==(const Shape&) const = default;

 private:
  static constexpr std::array<int, max_rank> first_of(std::initializer_list<int> extents) {
    std::array<int, max_rank> first{};
    unsigned count = 0;
    for (int extent : extents)
      if (count < max_rank) first[count++] = extent;
    return first;
  }
};

}  // namespace etch
