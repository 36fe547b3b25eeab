// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/dot.hpp>

namespace etch::kernels::inline ETCH_TARGET {

/// Columns of weights that take their step together.
inline constexpr int outer_columns = 8;

namespace fused_forms {
template <class T>
[[gnu::noinline]] void descend(int inputs, const T* x, const T* dy, T rate, T* w, int stride) {
  T slope[outer_columns];
#pragma GCC unroll 8
  for (int k = 0; k < outer_columns; ++k) slope[k] = dy[k];
  do {
    const T xi = *x++;
#pragma GCC unroll 8
    for (int k = 0; k < outer_columns; ++k)
      w[k] = multiply_subtract(rate, multiply_add(xi, slope[k], T(0)), w[k]);
    w += stride;
  } while (--inputs > 0);
}

#if ETCH_ASSEMBLY && defined(__ARM_FP)
/// GCC loads and stores each weight by itself; VLDM and VSTM move all eight.
[[gnu::noinline]] inline void descend(int inputs, const float* x, const float* dy, float rate, float* w,
                                      int stride) {
  asm volatile(
      "vldmia %[dy], {s8-s15}\n"
      "1:\n"
      "vldmia %[x]!, {s7}\n"
      "vldmia %[w], {s16-s23}\n"
      "vmul.f32 s24, s7, s8\n vmul.f32 s25, s7, s9\n vmul.f32 s26, s7, s10\n vmul.f32 s27, s7, s11\n"
      "vmul.f32 s28, s7, s12\n vmul.f32 s29, s7, s13\n vmul.f32 s30, s7, s14\n vmul.f32 s31, s7, s15\n"
      "vadd.f32 s24, s24, %[zero]\n vadd.f32 s25, s25, %[zero]\n vadd.f32 s26, s26, %[zero]\n"
      "vadd.f32 s27, s27, %[zero]\n vadd.f32 s28, s28, %[zero]\n vadd.f32 s29, s29, %[zero]\n"
      "vadd.f32 s30, s30, %[zero]\n vadd.f32 s31, s31, %[zero]\n"
      "vmls.f32 s16, s24, %[rate]\n vmls.f32 s17, s25, %[rate]\n vmls.f32 s18, s26, %[rate]\n"
      "vmls.f32 s19, s27, %[rate]\n vmls.f32 s20, s28, %[rate]\n vmls.f32 s21, s29, %[rate]\n"
      "vmls.f32 s22, s30, %[rate]\n vmls.f32 s23, s31, %[rate]\n"
      "vstmia %[w], {s16-s23}\n"
      "add %[w], %[bytes]\n"
      "subs %[inputs], #1\n"
      "bne 1b\n"
      : [x] "+r"(x), [w] "+r"(w), [inputs] "+r"(inputs)
      :
      [dy] "r"(dy), [bytes] "r"(stride * static_cast<int>(sizeof(float))), [rate] "t"(rate), [zero] "t"(0.0f)
      : "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15", "s16", "s17", "s18", "s19", "s20", "s21",
        "s22", "s23", "s24", "s25", "s26", "s27", "s28", "s29", "s30", "s31", "cc", "memory");
}
#endif

/// Whether single products are cheap enough to be no part of a longer sum.
template <class T>
inline constexpr bool takes_outer_products = !takes_whole_sums<T>;
}  // namespace fused_forms

/// w[i * stride + k] -= rate * (0 + x[i] * dy[k]) for `inputs` rows, at least one, and `outer_columns`
/// columns: the step of gradient descent by one sample, whose gradient is a product and no sum.
template <class T>
[[gnu::always_inline]] inline void descend_by_outer_product(int inputs, const T* x, const T* dy, T rate, T* w,
                                                            int stride) {
  fused_forms::descend(inputs, x, dy, rate, w, stride);
}

}  // namespace etch::kernels::inline ETCH_TARGET
