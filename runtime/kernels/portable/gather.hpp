// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <cstdint>

namespace etch::kernels {

/// [outer, extent, inner] to [outer, count, inner], by the places of `count` indices along the middle axis.
struct Gather {
  int outer = 1, extent = 1, inner = 1, count = 1;
  constexpr bool operator==(const Gather&) const = default;
};

/// Which place an index that comes as a number names: below 0 it counts from the end. One that is out of
/// range, or not a number, names the nearest place, so that no input reads outside.
template <class T>
constexpr int gather_place(T index, int extent) {
  const T place = index < T(0) ? index + T(extent) : index;
  if (!(place >= T(0))) return 0;
  return place < T(extent) ? static_cast<int>(place) : extent - 1;
}
constexpr int gather_place(std::int32_t index, int) { return index; }

/// Indices are whole numbers within the extent, the same for all samples (`index_rows` 0), or real ones, of
/// each sample.
template <class T, class Index>
[[gnu::always_inline]] inline void gather(const Gather& d, int rows, const T* x, const Index* index,
                                          int index_rows, T* y) {
  for (int r = 0; r < rows; ++r, index += index_rows * d.count)
    for (int o = 0; o < d.outer; ++o, x += d.extent * d.inner)
      for (int c = 0; c < d.count; ++c) {
        const T* const from = x + gather_place(index[c], d.extent) * d.inner;
        for (int i = 0; i < d.inner; ++i) *y++ = from[i];
      }
}

}  // namespace etch::kernels
