// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/multiply_add.hpp>
#include <runtime/kernels/fused/soft_axpy.hpp>

namespace etch::kernels::inline ETCH_TARGET {

namespace fused_forms {
[[gnu::noinline]] inline void soft_axpy_apart(int n, float factor, const float* x, float* y) {
  fused::soft_axpy(n, factor, x, y);
}
}  // namespace fused_forms

/// y[i] += factor * x[i] for n elements: many sums in memory, each takes one product. x and y do not overlap.
template <Numerics numerics, class T>
[[gnu::always_inline]] inline void axpy(int n, T factor, const T* __restrict x, T* __restrict y) {
  if constexpr (numerics == Numerics::fused && std::is_same_v<T, float> && fused_form == FusedForm::integers)
    return fused_forms::soft_axpy_apart(n, factor, x, y);
  for (int i = 0; i < n; ++i) y[i] = add_to_sum<numerics>(factor, x[i], y[i]);
}

/// The same by the numerics of the element type.
template <class T>
[[gnu::always_inline]] inline void axpy(int n, T factor, const T* x, T* y) {
  if constexpr (std::is_same_v<T, FusedFloat>)
    axpy<Numerics::fused>(n, factor.value, plain(x), plain(y));
  else
    axpy<Numerics::separate>(n, factor, x, y);
}

}  // namespace etch::kernels::inline ETCH_TARGET
