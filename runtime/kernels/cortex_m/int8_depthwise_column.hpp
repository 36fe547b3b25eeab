// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/cortex_m/int8_depthwise_lines.hpp>
#include <runtime/kernels/cortex_m/int8_sums.hpp>

/// Kernels that run along a single column without padding, four channels at a time: a result takes the place
/// of a pixel that no later one reads.
namespace etch::kernels::cortex_m {

struct DepthwiseColumn {
  int channels, kernel, results;
  int step;        ///< bytes from result to result of the input
  int scale_step;  ///< 0 where all channels have one scale
};

/// The weights of four channels, channels 0 and 2 of each tap, then 1 and 3.
[[gnu::always_inline]] inline void widen_taps(const std::int8_t* w, int channels, int kernel, Pair* to) {
  for (; kernel > 0; --kernel, w += channels, to += 2) {
    const Pair bytes = load_word(w);
    to[0] = sxtb16(bytes);
    to[1] = sxtb16_high(bytes);
  }
}

[[gnu::always_inline]] inline void multiply_column(const std::int8_t* x, const Pair* w, const Pair* end,
                                                   int channels, std::int32_t (&sum)[4]) {
  for (; w != end; w += 2, x += channels) {
    const Pair bytes = load_word(x), even = sxtb16(bytes), odd = sxtb16_high(bytes);
    sum[0] = smlabb(even, w[0], sum[0]);
    sum[2] = smlatt(even, w[0], sum[2]);
    sum[1] = smlabb(odd, w[1], sum[1]);
    sum[3] = smlatt(odd, w[1], sum[3]);
  }
}

/// One channel, tap by tap.
[[gnu::noinline]] inline void multiply_column(const DepthwiseColumn& k, const std::int8_t* x,
                                              const std::int8_t* w, std::int32_t bias, const Int8Scale& scale,
                                              const Int8Io& io, std::int8_t* y) {
  for (int n = k.results; n > 0; --n, x += k.step, y += k.channels) {
    std::int32_t sum = bias;
    for (int i = 0; i < k.kernel; ++i) sum += x[i * k.channels] * w[i * k.channels];
    *y = requantize_apart(sum, scale, io);
  }
}

/// \param taps two words a tap.
[[gnu::noinline]] inline void depthwise_column(const DepthwiseColumn& k, const std::int8_t* x,
                                               const std::int8_t* w, const std::int32_t* bias,
                                               const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                               Pair* taps) {
  const SumRange range(io, k.kernel);
  const Pair* const end = taps + 2 * k.kernel;
  for (int c = 0; c < k.channels;) {
    bool fast = c + 4 <= k.channels;
    DoubledRounding rounding[4];
    for (int i = 0; fast && i < 4; ++i) {
      const Int8Scale& s = scale[(c + i) * k.scale_step];
      fast = range.fits(bias[c + i]) && rounds_fast(s);
      if (fast) rounding[i] = doubled_rounding(s, io);
    }
    if (!fast) {
      multiply_column(k, x + c, w + c, bias[c], scale[c * k.scale_step], io, y + c);
      ++c;
      continue;
    }
    widen_taps(w + c, k.channels, k.kernel, taps);
    const std::int8_t* from = x + c;
    std::int8_t* to = y + c;
    for (int n = k.results; n > 0; --n, from += k.step, to += k.channels) {
      std::int32_t sum[4] = {bias[c], bias[c + 1], bias[c + 2], bias[c + 3]};
      multiply_column(from, taps, end, k.channels, sum);
      for (int i = 0; i < 4; ++i) to[i] = requantize_doubled(2 * sum[i], rounding[i]);
    }
    c += 4;
  }
}

}  // namespace etch::kernels::cortex_m
