// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/lanes/int8_image.hpp>
#include <runtime/kernels/lanes/requantize.hpp>
#include <utility>

/// Two taps of a depthwise convolution are multiplied at a time: the channels of both by turns, in each part
/// of 16 bytes by itself, as x86 interleaves and packs. So sums come in an order of their own, from
/// which `pack_words` brings results back.
namespace etch::kernels::lanes::inline ETCH_TARGET {

/// Where element `k` of the first or second half of `2 n` interleaved pairs comes from.
template <int n>
constexpr int turn(int k, bool second) {
  const int channel = k / 8 * 8 + k % 8 / 2 + (second ? 4 : 0);
  return k % 2 == 0 ? channel : channel + 2 * n;
}
/// The channel of sum `k` of a half.
constexpr int channel_of(int k, bool second) { return k / 4 * 8 + k % 4 + (second ? 4 : 0); }

template <int n, bool second, int... k>
[[gnu::always_inline]] inline void interleave(const Halves<2 * n>& a, const Halves<2 * n>& b,
                                              Halves<2 * n>& to, std::integer_sequence<int, k...>) {
  to = __builtin_shufflevector(a, b, turn<n>(k, second)...);
}
template <int n>
[[gnu::always_inline]] inline void interleave(const Halves<2 * n>& a, const Halves<2 * n>& b,
                                              Halves<2 * n>& first, Halves<2 * n>& second) {
  constexpr std::make_integer_sequence<int, 2 * n> all;
  interleave<n, false>(a, b, first, all);
  interleave<n, true>(a, b, second, all);
}

/// The weights of all pairs of taps, block of 2 n channels by block; the last tap of an odd number has zeros
/// beside it. \param w [taps][channels].
template <int n>
[[gnu::always_inline]] inline void lay_out_taps(int taps, int channels, const std::int8_t* w,
                                                std::int16_t* to) {
  constexpr int step = 2 * n;
  for (int c = 0; c < channels; c += step)
    for (int tap = 0; tap < taps; tap += 2, to += 2 * step)
      for (int k = 0; k < 2 * step; ++k) {
        const bool second = k >= step;
        const int channel = c + channel_of(k % step / 2, second), of = tap + k % 2;
        to[k] = static_cast<std::int16_t>(channel < channels && of < taps ? w[of * channels + channel] : 0);
      }
}

/// Biases and scales in the order of sums, four vectors a half; those of channels beyond the last are zeros.
struct TurnedScales {
  std::int32_t* at;  ///< [block][bias, multiplier, shift, stays][2 n]
  bool right;        ///< all scales go right
};
template <int n>
[[gnu::always_inline]] inline TurnedScales turn_scales(int channels, bool per_channel,
                                                       const std::int32_t* bias, const Int8Scale* scale,
                                                       std::int32_t* to) {
  bool right = true;
  std::int32_t* block = to;
  for (int c = 0; c < channels; c += 2 * n, block += 8 * n)
    for (int k = 0; k < 2 * n; ++k) {
      const int channel = c + channel_of(k % n, k >= n);
      const bool is_one = channel < channels;
      const Int8Scale s = is_one ? scale[per_channel ? channel : 0] : Int8Scale{};
      const RightScale r = right_scale(s);
      right = right && goes_right(s);
      block[k] = is_one ? bias[channel] : 0;
      block[2 * n + k] = r.multiplier;
      block[4 * n + k] = r.shift;
      block[6 * n + k] = r.stays;
    }
  return {to, right};
}

}  // namespace etch::kernels::lanes::inline ETCH_TARGET
