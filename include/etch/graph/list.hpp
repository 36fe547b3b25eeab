// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

namespace etch {

/// A fixed-capacity list of plain values: what constexpr passes use, since no compiler here evaluates
/// std::vector everywhere. A raw array and no calls in the loops that index it: constant evaluation pays for
/// both.
template <class T, int Capacity>
struct List {
  T item[Capacity > 0 ? Capacity : 1]{};
  int count = 0;

  static constexpr int capacity = Capacity;
  constexpr T& operator[](int i) { return item[i]; }
  constexpr const T& operator[](int i) const { return item[i]; }
  constexpr int push(const T& value) {
    item[count] = value;
    return count++;
  }
  constexpr const T* begin() const { return item; }
  constexpr const T* end() const { return item + count; }
  constexpr bool operator==(const List& other) const {
    if (count != other.count) return false;
    for (int i = 0; i < count; ++i)
      if (!(item[i] == other.item[i])) return false;
    return true;
  }
};

}  // namespace etch
