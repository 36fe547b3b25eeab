// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

namespace etch::kernels {

/// A variable: `elements` numbers, and behind them one that is 0 until something is assigned, so that a state
/// of zeros stands for its first numbers. \param single one first number stands for all.
template <class T>
[[gnu::always_inline]] inline void recall(int rows, int elements, bool single, const T* state, const T* first,
                                          T* y) {
  for (int r = 0; r < rows; ++r, state += elements + 1) {
    const bool assigned = state[elements] != T(0);
    for (int i = 0; i < elements; ++i) *y++ = assigned ? state[i] : first[single ? 0 : i];
  }
}

/// `y` is `x` again, and may lie where it lies.
template <class T>
[[gnu::always_inline]] inline void assign(int rows, int elements, const T* x, T* y, T* state) {
  for (int r = 0; r < rows; ++r) {
    for (int i = 0; i < elements; ++i) *y++ = *state++ = *x++;
    *state++ = T(1);
  }
}

}  // namespace etch::kernels
