// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/multiply_add.hpp>

namespace etch::kernels {

/// y = scale x + offset with constants: one pair for every element (`channels` 0), or one for each of `count`
/// channels from `first` on; other channels are copied.
struct Affine {
  static constexpr int capacity = 6;
  int elements = 0, channels = 0, first = 0, count = 1, backward = 0;
  float scale[capacity]{}, offset[capacity]{};
  constexpr bool operator==(const Affine&) const = default;
};

/// `y` may be `x`. Backward: dx = scale dy.
template <class T>
inline void affine(const Affine& d, int rows, const T* x, T* y) {
  const auto apply = [&](int k, T v) {
    const T scale = T(d.scale[k]);
    return d.backward ? v * scale : multiply_add(v, scale, T(d.offset[k]));
  };
  for (int i = 0; i < rows * d.elements; ++i) {
    const int k = d.channels ? i % d.channels - d.first : 0;
    y[i] = k >= 0 && k < d.count ? apply(k, x[i]) : x[i];
  }
}

}  // namespace etch::kernels
