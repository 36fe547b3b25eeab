// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

namespace etch::kernels {

/// [outer, length] to [outer, count, length]: each run of `length` numbers `count` times.
struct Tile {
  int outer = 1, length = 1, count = 1;
  constexpr bool operator==(const Tile&) const = default;
};

template <class T>
[[gnu::always_inline]] inline void tile(const Tile& d, int rows, const T* x, T* y) {
  for (int o = 0; o < rows * d.outer; ++o, x += d.length)
    for (int c = 0; c < d.count; ++c)
      for (int i = 0; i < d.length; ++i) *y++ = x[i];
}

/// dx is the sum over the copies, in order.
template <class T>
[[gnu::always_inline]] inline void tile_backward(const Tile& d, int rows, const T* dy, T* dx) {
  for (int o = 0; o < rows * d.outer; ++o, dx += d.length) {
    for (int i = 0; i < d.length; ++i) dx[i] = *dy++;
    for (int c = 1; c < d.count; ++c)
      for (int i = 0; i < d.length; ++i) dx[i] += *dy++;
  }
}

}  // namespace etch::kernels
