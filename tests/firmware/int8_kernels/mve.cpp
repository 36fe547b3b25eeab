// SPDX-License-Identifier: BSL-1.0
#include <runtime/kernels/target.hpp>

#include "check.hpp"
#if ETCH_MVE_KERNELS
#include <runtime/kernels/mve/int8_requantize.hpp>
#endif

namespace int8_kernels {
#if ETCH_MVE_KERNELS
namespace mve_checks {

using namespace etch::kernels;

/// A sum near a tie of the second rounding, near a power of two, or any.
std::int32_t draw_sum(Draws& draw, const Int8Scale& scale) {
  const int kind = draw.between(0, 2), near = draw.between(-3, 3);
  if (kind == 0) return static_cast<std::int32_t>(static_cast<std::uint32_t>(draw.between(0, 0xffffff)) << 8);
  if (kind == 1 || scale.shift >= 0 || scale.multiplier == 0)
    return (draw.between(0, 1) != 0 ? 1 : -1) * ((1 << draw.between(0, 30)) + near);
  const std::int64_t high = (2 * std::int64_t{draw.between(-300, 300)} + 1) << (-scale.shift - 1);
  const std::int64_t sum = high * (std::int64_t{1} << 31) / scale.multiplier;
  return sum > INT32_MAX - 3 || sum < INT32_MIN + 3 ? near : static_cast<std::int32_t>(sum) + near;
}

bool four_agree(Draws& draw, int shift) {
  alignas(16) std::int32_t sums[4], any[4], right[4];
  Int8Scale scale[4];
  for (int i = 0; i < 4; ++i) {
    // Shifts to the right end at 31: smaller scales have the multiplier 0.
    scale[i] = {(1 << 30) + draw.between(0, 0xffffff) * 64, shift < -31 ? -31 : shift};
    if (shift < -31 || draw.between(0, 99) == 0) scale[i].multiplier = 0;
    sums[i] = draw_sum(draw, scale[i]);
  }
  sums[0] = draw.between(0, 99) == 0 ? INT32_MIN : sums[0];
  sums[1] = draw.between(0, 99) == 0 ? INT32_MAX : sums[1];
  const int32x4x2_t s = vld2q_s32(&scale[0].multiplier);
  vst1q_s32(any, mve::requantize_any(vld1q_s32(sums), s.val[0], s.val[1]));
  vst1q_s32(right, mve::requantize_right(vld1q_s32(sums), s.val[0], s.val[1]));
  for (int i = 0; i < 4; ++i) {
    const std::int32_t expected = requantize(sums[i], scale[i].multiplier, scale[i].shift);
    if (any[i] != expected || (shift < 0 && right[i] != expected)) return false;
  }
  return true;
}

}  // namespace mve_checks

bool check_mve_requantize() {
  using namespace mve_checks;
  Draws draw(5);
  for (int shift = -36; shift <= 8; ++shift)
    for (int i = 0; i < cases(1000); ++i)
      if (!report("requantize of four", shift, four_agree(draw, shift))) return false;
  return true;
}
#else
bool check_mve_requantize() { return true; }
#endif

}  // namespace int8_kernels
