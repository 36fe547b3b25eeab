// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/axpy.hpp>
#include <runtime/kernels/fused/dot.hpp>
#include <runtime/kernels/fused/float_steps.hpp>

namespace etch::kernels::inline ETCH_TARGET {

namespace fused_forms {

/// Whether steps by one row go over some columns three times, in memory: `axpy` takes a factor apart once,
/// and its sum is half of a library's.
template <class T>
inline constexpr bool steps_in_memory = std::is_same_v<T, FusedFloat>&& fused_form == FusedForm::integers;

/// Whether single products are cheap enough to be no part of a longer sum.
template <class T>
inline constexpr bool takes_outer_products = !takes_whole_sums<T> || steps_in_memory<T>;

/// to[k] = factor * x[k].
template <int columns, class T>
[[gnu::always_inline]] inline void scale(T factor, const T* x, T* to) {
#pragma GCC unroll 8
  for (int k = 0; k < columns; ++k) to[k] = separately(factor * x[k]);
}

template <int columns, class T>
[[gnu::always_inline]] inline void keep(const T* from, T* to) {
#pragma GCC unroll 8
  for (int k = 0; k < columns; ++k) to[k] = from[k];
}

template <int columns, class T>
[[gnu::noinline]] void descend(int inputs, const T* x, const T* dy, T rate, T* w, int stride) {
  T slope[columns], gradient[columns];
  keep<columns>(dy, slope);
  do {
    scale<columns>(*x++, slope, gradient);
    if constexpr (steps_in_memory<T>) {
      axpy(columns, -rate, gradient, w);
    } else {
#pragma GCC unroll 8
      for (int k = 0; k < columns; ++k) w[k] = multiply_subtract(rate, gradient[k], w[k]);
    }
    w += stride;
  } while (--inputs > 0);
}

template <int columns, class T>
[[gnu::noinline]] void gather_speed(int inputs, const T* x, const T* dy, T rate, T momentum, T* w, T* a,
                                    int stride) {
  T slope[columns], gradient[columns];
  keep<columns>(dy, slope);
  do {
    scale<columns>(*x++, slope, gradient);
    if constexpr (steps_in_memory<T>) {
      for (int k = 0; k < columns; ++k) a[k] *= momentum;
      axpy(columns, -rate, gradient, a);
      for (int k = 0; k < columns; ++k) w[k] += a[k];
    } else {
      T speed[columns];
#pragma GCC unroll 8
      for (int k = 0; k < columns; ++k) {
        speed[k] = multiply_subtract(rate, gradient[k], momentum * a[k]);
        a[k] = speed[k];
      }
#pragma GCC unroll 8
      for (int k = 0; k < columns; ++k) w[k] += speed[k];
    }
    w += stride;
    a += stride;
  } while (--inputs > 0);
}
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

/// The same with momentum, for 8 columns: speeds `a`, which lie as the weights do, become momentum * a - rate
/// * (x[i] * dy[k]), and weights move by them.
template <class T>
[[gnu::always_inline]] inline void gather_speed_by_outer_product(int inputs, const T* x, const T* dy, T rate,
                                                                 T momentum, T* w, T* a, int stride) {
#if ETCH_FLOAT_ASSEMBLY
  if constexpr (fused_forms::takes_loops<T>)
    return fused_forms::gather_speed_8(inputs, x, dy, rate, momentum, w, a, stride * 4);
#endif
  fused_forms::gather_speed<8>(inputs, x, dy, rate, momentum, w, a, stride);
}

}  // namespace etch::kernels::inline ETCH_TARGET
