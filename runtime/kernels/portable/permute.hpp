// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <array>

namespace etch::kernels {

/// y[i0][i1][i2][i3] = x[i0 * stride0 + ... + i3 * stride3]: axes in any order, and in reverse with the
/// inverse order. `extent` is y's.
struct Permute {
  std::array<int, 4> extent{1, 1, 1, 1};
  std::array<int, 4> stride{};
  constexpr int elements() const { return extent[0] * extent[1] * extent[2] * extent[3]; }
  constexpr bool operator==(const Permute&) const = default;
};

/// Of a tensor of `extent` (outermost first), whose axis order[i] becomes axis i of the result.
constexpr Permute permutation(const std::array<int, 4>& extent, const std::array<int, 4>& order) {
  std::array<int, 4> stride{1, 1, 1, 1};
  for (unsigned i = 3; i > 0; --i) stride[i - 1] = stride[i] * extent[i];
  Permute d;
  for (unsigned i = 0; i < 4; ++i) {
    d.extent[i] = extent[static_cast<unsigned>(order[i])];
    d.stride[i] = stride[static_cast<unsigned>(order[i])];
  }
  return d;
}

template <class T>
[[gnu::always_inline]] inline void permute(const Permute& d, int rows, const T* x, T* y) {
  for (int r = 0; r < rows; ++r, x += d.elements())
    for (int a = 0; a < d.extent[0]; ++a)
      for (int b = 0; b < d.extent[1]; ++b)
        for (int c = 0; c < d.extent[2]; ++c) {
          const T* from = x + a * d.stride[0] + b * d.stride[1] + c * d.stride[2];
          for (int e = 0; e < d.extent[3]; ++e, from += d.stride[3]) *y++ = *from;
        }
}

}  // namespace etch::kernels
