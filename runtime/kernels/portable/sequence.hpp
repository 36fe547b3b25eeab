// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

namespace etch::kernels {

/// y[r][t] = x[r][steps - 1 - t]: each sample's steps of `width` elements in reverse.
template <class T>
inline void reverse(int rows, int steps, int width, const T* x, T* y) {
  for (int r = 0; r < rows; ++r)
    for (int t = 0; t < steps; ++t)
      for (int i = 0; i < width; ++i)
        y[(r * steps + t) * width + i] = x[(r * steps + steps - 1 - t) * width + i];
}

/// mask[t] = 1 where any of the `width` elements of step t differs from `value`, else 0.
template <class T>
inline void compute_mask(int steps, int width, T value, const T* x, T* mask) {
  for (int t = 0; t < steps; ++t) {
    bool differs = false;
    for (int i = 0; i < width; ++i) differs = differs || x[t * width + i] != value;
    mask[t] = differs ? T(1) : T(0);
  }
}

/// y[t] = x[t] mask[t]. `y` may be `x`.
template <class T>
inline void apply_mask(int steps, int width, const T* mask, const T* x, T* y) {
  for (int t = 0; t < steps; ++t)
    for (int i = 0; i < width; ++i) y[t * width + i] = x[t * width + i] * mask[t];
}

/// window = what is kept, then the new elements; then the last of the window are kept. `next` may be `kept`.
template <class T>
inline void slide(int rows, int kept_elements, int fresh_elements, const T* fresh, const T* kept, T* window,
                  T* next) {
  for (int r = 0; r < rows; ++r) {
    T* const to = window + r * (kept_elements + fresh_elements);
    for (int i = 0; i < kept_elements; ++i) to[i] = kept[r * kept_elements + i];
    for (int i = 0; i < fresh_elements; ++i) to[kept_elements + i] = fresh[r * fresh_elements + i];
    for (int i = 0; i < kept_elements; ++i) next[r * kept_elements + i] = to[fresh_elements + i];
  }
}

}  // namespace etch::kernels
