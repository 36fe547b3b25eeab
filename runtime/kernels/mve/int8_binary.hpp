// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/mve/int8_requantize.hpp>
#include <runtime/kernels/portable/int8_binary.hpp>

namespace etch::kernels::mve::inline ETCH_TARGET {

/// `requantize` of four numbers by one scale of which the shift is not to the left.
[[gnu::always_inline]] inline int32x4_t requantize_by(int32x4_t x, const Int8Scale& scale) {
  const int32x4_t high = vqrdmulhq_n_s32(x, scale.multiplier);
  const int32x4_t fix = vshrq_n_s32(vandq_s32(high, vdupq_n_s32(scale.shift)), 31);
  return vrshlq_n_s32(vqaddq_s32(high, fix), scale.shift);
}

template <BinaryKind kind>
[[gnu::always_inline]] inline int32x4_t combine_four(int32x4_t a, int32x4_t b, const Int8BinaryNumbers& n) {
  a = vsubq_n_s32(a, n.a_zero_point);
  b = vsubq_n_s32(b, n.b_zero_point);
  if constexpr (kind == BinaryKind::multiply) {
    a = vmulq_s32(a, b);
  } else {
    a = requantize_by(vshlq_n_s32(a, int8_sum_shift), n.a);
    b = requantize_by(vshlq_n_s32(b, int8_sum_shift), n.b);
    a = kind == BinaryKind::add ? vaddq_s32(a, b) : vsubq_s32(a, b);
  }
  a = vaddq_n_s32(requantize_by(a, n.y), n.y_zero_point);
  return vminq_s32(vmaxq_s32(a, vdupq_n_s32(n.lowest)), vdupq_n_s32(n.highest));
}

template <BinaryKind kind>
[[gnu::noinline]] inline void combine_all(const std::int8_t* a, const std::int8_t* b,
                                          const Int8BinaryNumbers& numbers, int count, std::int8_t* y) {
  const Int8BinaryNumbers n = numbers;
  for (; count >= 4; count -= 4, a += 4, b += 4, y += 4)
    vstrbq_s32(y, combine_four<kind>(vldrbq_s32(a), vldrbq_s32(b), n));
  if (count <= 0) return;
  const mve_pred16_t p = vctp32q(static_cast<std::uint32_t>(count));
  vstrbq_p_s32(y, combine_four<kind>(vldrbq_z_s32(a, p), vldrbq_z_s32(b, p), n), p);
}

/// Operands of as many elements as the result, no scale to the left; all else is left to the portable kernel.
[[gnu::always_inline]] inline void int8_binary(const Binary& d, const std::int8_t* a, const std::int8_t* b,
                                               const Int8BinaryNumbers& n, std::int8_t* y) {
  const int count = d.elements();
  const bool sum = d.kind != BinaryKind::multiply;
  const bool left = n.y.shift > 0 || (sum && (n.a.shift > 0 || n.b.shift > 0));
  if (d.a_elements != count || d.b_elements != count || left) return portable::int8_binary(d, a, b, n, y);
  if (d.kind == BinaryKind::add) return combine_all<BinaryKind::add>(a, b, n, count, y);
  if (sum) return combine_all<BinaryKind::subtract>(a, b, n, count, y);
  combine_all<BinaryKind::multiply>(a, b, n, count, y);
}

}  // namespace etch::kernels::mve::inline ETCH_TARGET
