// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

namespace etch::kernels {

/// y = a + b. `y` may be either.
template <class T>
inline void add(int n, const T* a, const T* b, T* y) {
  for (int i = 0; i < n; ++i) y[i] = a[i] + b[i];
}

/// Copies `groups` runs of `run` elements between a packed array and one with `stride` from run to run.
template <class T>
inline void copy_runs(int groups, int run, const T* from, int from_stride, T* to, int to_stride) {
  for (int g = 0; g < groups; ++g)
    for (int i = 0; i < run; ++i) to[g * to_stride + i] = from[g * from_stride + i];
}

}  // namespace etch::kernels
