// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/dot.hpp>
#include <runtime/kernels/fused/float_steps.hpp>

namespace etch::kernels::inline ETCH_TARGET {

namespace fused_forms {
template <int columns, class T>
[[gnu::noinline]] void descend(int inputs, const T* x, const T* dy, T rate, T* w, int stride) {
  T slope[columns];
#pragma GCC unroll 8
  for (int k = 0; k < columns; ++k) slope[k] = dy[k];
  do {
    const T xi = *x++;
#pragma GCC unroll 8
    for (int k = 0; k < columns; ++k) {
      const T gradient = separately(xi * slope[k]);
      w[k] = multiply_subtract(rate, gradient, w[k]);
    }
    w += stride;
  } while (--inputs > 0);
}

/// Whether single products are cheap enough to be no part of a longer sum.
template <class T>
inline constexpr bool takes_outer_products = !takes_whole_sums<T>;
}  // namespace fused_forms

/// w[i * stride + k] -= rate * (x[i] * dy[k]) for `inputs` rows, at least one, and 8 columns, or 16 where
/// there are loops in assembly: the step of gradient descent by one sample, whose gradient is a product and
/// no sum.
template <int columns, class T>
[[gnu::always_inline]] inline void descend_by_outer_product(int inputs, const T* x, const T* dy, T rate, T* w,
                                                            int stride) {
#if ETCH_FLOAT_ASSEMBLY
  if constexpr (fused_forms::takes_loops<T>) {
    static_assert(columns == 8 || columns == 16);
    constexpr auto loop = columns == 8 ? fused_forms::descend_8 : fused_forms::descend_16;
    return loop(inputs, x, dy, rate, w, stride * 4);
  }
#endif
  fused_forms::descend<columns>(inputs, x, dy, rate, w, stride);
}

}  // namespace etch::kernels::inline ETCH_TARGET
