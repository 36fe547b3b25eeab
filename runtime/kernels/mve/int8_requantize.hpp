// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <arm_mve.h>

#include <runtime/kernels/portable/requantize.hpp>

namespace etch::kernels::mve::inline ETCH_TARGET {

/// `requantize` of four sums where every shift is below 0. vqrdmulh rounds as the reference's high multiply;
/// vrshl rounds halves up where the reference rounds them away from zero, so negative numbers lose one first.
[[gnu::always_inline]] inline int32x4_t requantize_right(int32x4_t sums, int32x4_t multiplier,
                                                         int32x4_t shift) {
  const int32x4_t high = vqrdmulhq_s32(sums, multiplier);
  return vrshlq_s32(vqaddq_s32(high, vshrq_n_s32(high, 31)), shift);
}

/// `requantize` of four sums, whatever the shifts.
[[gnu::always_inline]] inline int32x4_t requantize_any(int32x4_t sums, int32x4_t multiplier,
                                                       int32x4_t shift) {
  const int32x4_t none = vdupq_n_s32(0);
  const int32x4_t left = vmaxq_s32(shift, none), right = vminq_s32(shift, none);
  const int32x4_t high = vqrdmulhq_s32(vqshlq_s32(sums, left), multiplier);
  const int32x4_t fix = vshrq_n_s32(vandq_s32(high, right), 31);
  return vrshlq_s32(vqaddq_s32(high, fix), right);
}

/// Whether `requantize_right` may be taken for all of `count` scales.
[[gnu::noinline]] inline bool all_right(const Int8Scale* scale, int count) {
  std::int32_t largest = -1;
  for (int i = 0; i < count; ++i) largest = scale[i].shift > largest ? scale[i].shift : largest;
  return largest < 0;
}

}  // namespace etch::kernels::mve::inline ETCH_TARGET
