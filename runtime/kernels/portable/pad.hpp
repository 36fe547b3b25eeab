// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <type_traits>

namespace etch::kernels {

/// Moves [height, width, channels] into [out_height, out_width, channels], `top` rows down and `left` columns
/// right. Negative amounts crop. The backward pass is the same move with the shapes exchanged and the amounts
/// negated.
struct Pad {
  int height = 1, width = 1, channels = 1;
  int out_height = 1, out_width = 1;
  int top = 0, left = 0;
  constexpr bool operator==(const Pad&) const = default;
};

/// What the input does not cover is `filling`. `y` may be `x` where nothing is padded (no extent grows, top
/// and left are not above 0): an element then never moves towards the end.
template <class T>
[[gnu::always_inline]] inline void pad(const Pad& d, int rows, const T* x, T* y,
                                       std::type_identity_t<T> filling = {}) {
  for (int r = 0; r < rows; ++r) {
    const T* const sample = x + r * d.height * d.width * d.channels;
    for (int oy = 0; oy < d.out_height; ++oy)
      for (int ox = 0; ox < d.out_width; ++ox, y += d.channels) {
        const int iy = oy - d.top, ix = ox - d.left;
        const bool inside = iy >= 0 && iy < d.height && ix >= 0 && ix < d.width;
        const T* const from = sample + (iy * d.width + ix) * d.channels;
        for (int c = 0; c < d.channels; ++c) y[c] = inside ? from[c] : filling;
      }
  }
}

}  // namespace etch::kernels
