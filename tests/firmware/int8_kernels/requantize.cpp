// SPDX-License-Identifier: BSL-1.0
#include <runtime/kernels/scalar/int8_requantize.hpp>

#include "check.hpp"
#if ETCH_DSP_KERNELS
#include <runtime/kernels/dsp/int8_requantize.hpp>
#endif
#if ETCH_INTEGER_LANES
#include <runtime/kernels/lanes/requantize.hpp>
#endif

namespace int8_kernels {
namespace requantize_checks {

using namespace etch::kernels;

#if ETCH_INTEGER_LANES
/// In every lane, the sum in one of them and others in the rest, with one scale for all and one for each.
bool lanes_agree(std::int32_t acc, const Int8Scale& scale, const Int8Io& io, std::int8_t expected) {
  constexpr int n = integer_lanes;
  const lanes::RightScale s = lanes::right_scale(scale);
  for (int lane = 0; lane < n; ++lane) {
    lanes::Words<n> one{}, each{};
    one[lane] = each[lane] = acc;
    each[(lane + 1) % n] = ~acc;
    lanes::requantize_right<n>(one, s);
    const lanes::Words<n> all{};
    lanes::requantize_right<n>(each, all + s.multiplier, all + s.shift, all + s.stays);
    lanes::bring_within<n>(one, lanes::bounds_of(io));
    lanes::bring_within<n>(each, lanes::bounds_of(io));
    if (one[lane] != expected || each[lane] != expected) return false;
  }
  return true;
}
#endif

/// Sums about every power of two, and about every tie of the second rounding.
bool agrees(std::int32_t acc, const Int8Scale& scale, const Int8Io& io) {
  const std::int8_t expected = requantize_to_int8(acc, scale, io);
#if ETCH_DSP_KERNELS
  if (rounds_twice(scale) && dsp::requantize_scaled(acc, scale, io.output_zero_point) != expected)
    return false;
#endif
#if ETCH_INTEGER_LANES
  if (!lanes_agree(acc, scale, io, expected)) return false;
#endif
  constexpr std::int32_t most = 2 * scalar::fast_bias;
  const bool fast = rounds_fast(scale) && acc > -most && acc < most;
  return !fast || scalar::ChannelRounding(scale, io.output_zero_point)(acc) == expected;
}

std::int32_t draw_sum(Draws& draw, const Int8Scale& scale) {
  const int kind = draw.between(0, 3);
  const int bits = draw.between(0, 30), near = draw.between(-3, 3);
  if (kind == 0) return static_cast<std::int32_t>(static_cast<std::uint32_t>(draw.between(0, 0xffffff)) << 8);
  if (kind == 1) return (draw.between(0, 1) != 0 ? 1 : -1) * ((1 << bits) + near);
  // acc * multiplier / 2^31 near n + 1/2 steps
  const int bits_right = scale.shift < 0 ? -scale.shift : 1,
            most = bits_right >= 22 ? 1 << (31 - bits_right) : 300;
  const std::int64_t high = (2 * std::int64_t{draw.between(-most, most - 1)} + 1) * (1 << (bits_right - 1));
  const std::int64_t acc = high * (std::int64_t{1} << 31) / scale.multiplier;
  return acc > INT32_MAX - 3 || acc < INT32_MIN + 3 ? near : static_cast<std::int32_t>(acc) + near;
}

}  // namespace requantize_checks

bool check_requantize() {
  using namespace requantize_checks;
  Draws draw(3);
  for (int shift = -36; shift <= 8; ++shift) {
    const bool fast = rounds_twice({1 << 30, shift});
    if (!report("rounds_twice", shift, fast == (shift >= -31 && shift <= -2))) return false;
    if (!report("rounds_twice", shift, !rounds_twice({(1 << 30) - 1, shift}))) return false;
    for (int i = 0; shift >= -31 && shift <= 0 && i < cases(3000); ++i) {
      const std::int32_t multiplier = draw.between(0, 9) == 0 ? (1 << 30) + draw.between(0, 2) * 0x1fffffff
                                                              : (1 << 30) + draw.between(0, 0xffffff) * 64;
      const Int8Scale scale{multiplier, shift};
      const std::int32_t acc = i == 0 ? INT32_MIN : i == 1 ? INT32_MAX : draw_sum(draw, scale);
      if (!report("requantize", shift, agrees(acc, scale, {0, draw.between(-128, 127), -128, 127})))
        return false;
    }
  }
  return true;
}

}  // namespace int8_kernels
