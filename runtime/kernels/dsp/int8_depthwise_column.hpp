// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_depthwise_lines.hpp>
#include <runtime/kernels/dsp/int8_sums.hpp>

/// Kernels that run along a single column without padding, four channels at a time: a result takes the place
/// of a pixel that no later one reads.
namespace etch::kernels::dsp::inline ETCH_TARGET {

struct DepthwiseColumn {
  int channels, kernel, results;
  int step;        ///< bytes from result to result of the input
  int scale_step;  ///< 0 where all channels have one scale
};

/// The weights of four channels, channels 0 and 2 of each tap, then 1 and 3.
[[gnu::always_inline]] inline void widen_taps(const std::int8_t* w, int channels, int kernel,
                                              std::int32_t offset, Pair* to) {
  for (; kernel > 0; --kernel, w += channels, to += 2) {
    if (offset == 0) {
      const Pair bytes = load_word(w);
      to[0] = sxtb16(bytes);
      to[1] = sxtb16_high(bytes);
    } else {
      to[0] = pair(w[0] - offset, w[2] - offset);
      to[1] = pair(w[1] - offset, w[3] - offset);
    }
  }
}

/// 11 instructions for four products.
[[gnu::always_inline]] inline void multiply_column(const std::int8_t* x, const Pair* w, const Pair* end,
                                                   int channels, std::int32_t (&sum)[4]) {
#if ETCH_DSP_KERNELS
  Pair even, odd, even_taps, odd_taps;
  asm volatile(
      "1: ldr %[even], [%[x]]\n"
      "add %[x], %[channels]\n"
      "sxtb16 %[odd], %[even], ror #8\n"
      "sxtb16 %[even], %[even]\n"
      "ldrd %[even_taps], %[odd_taps], [%[w]], #8\n"
      "smlabb %[s0], %[even], %[even_taps], %[s0]\n"
      "smlatt %[s2], %[even], %[even_taps], %[s2]\n"
      "smlabb %[s1], %[odd], %[odd_taps], %[s1]\n"
      "smlatt %[s3], %[odd], %[odd_taps], %[s3]\n"
      "cmp %[w], %[end]\n"
      "bne 1b\n"
      : [x] "+r"(x), [w] "+r"(w), [s0] "+r"(sum[0]), [s1] "+r"(sum[1]), [s2] "+r"(sum[2]), [s3] "+r"(sum[3]),
        [even] "=&r"(even), [odd] "=&r"(odd), [even_taps] "=&r"(even_taps), [odd_taps] "=&r"(odd_taps)
      : [channels] "r"(channels), [end] "r"(end)
      : "cc", "memory");
#else
  for (; w != end; w += 2, x += channels) {
    const Pair bytes = load_word(x), even = sxtb16(bytes), odd = sxtb16_high(bytes);
    sum[0] = smlabb(even, w[0], sum[0]);
    sum[2] = smlatt(even, w[0], sum[2]);
    sum[1] = smlabb(odd, w[1], sum[1]);
    sum[3] = smlatt(odd, w[1], sum[3]);
  }
#endif
}

/// Four results side by side: 24 instructions.
[[gnu::always_inline]] inline void put_four(const std::int32_t (&sum)[4],
                                            const ChannelRounding (&rounding)[4], std::int8_t* y) {
#if ETCH_DSP_KERNELS
  std::int32_t s0 = sum[0], s1 = sum[1], s2 = sum[2], s3 = sum[3], multiplier, step, less;
  asm volatile(
      ".macro etch_put sum, at\n"
      "ldrd %[multiplier], %[step], [%[scale], #12 * \\at]\n"
      "add %[less], \\sum, \\sum, asr #31\n"
      "smmlar \\sum, \\sum, %[multiplier], %[less]\n"
      "smmlar \\sum, \\sum, %[step], %[zero]\n"
      "ssat \\sum, #8, \\sum\n"
      "strb \\sum, [%[y], #\\at]\n"
      ".endm\n"
      "etch_put %[s0], 0\n"
      "etch_put %[s1], 1\n"
      "etch_put %[s2], 2\n"
      "etch_put %[s3], 3\n"
      ".purgem etch_put\n"
      : [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3), [multiplier] "=&r"(multiplier),
        [step] "=&r"(step), [less] "=&r"(less)
      : [scale] "r"(rounding), [zero] "r"(rounding[0].zero_point), [y] "r"(y)
      : "memory");
#else
  for (int i = 0; i < 4; ++i) y[i] = requantize_sum(sum[i], rounding[i]);
#endif
}

/// One channel, tap by tap.
template <class... Offset>
[[gnu::noinline]] inline void multiply_column(const DepthwiseColumn& k, const std::int8_t* x,
                                              const std::int8_t* w, std::int32_t bias, const Int8Scale& scale,
                                              const Int8Io& io, std::int8_t* y, Offset... offset) {
  for (int n = k.results; n > 0; --n, x += k.step, y += k.channels) {
    std::int32_t sum = bias;
    for (int i = 0; i < k.kernel; ++i) sum += x[i * k.channels] * (w[i * k.channels] - (0 + ... + offset));
    *y = requantize_any(sum, scale, io);
  }
}

/// Four channels whose scales pass `rounds_twice`. \param taps theirs, widened, two words a tap.
[[ETCH_ALL_REGISTERS]] inline void multiply_four_columns(const DepthwiseColumn& k, const std::int8_t* x,
                                                         const Pair* taps, const std::int32_t* bias,
                                                         const ChannelRounding (&rounding)[4],
                                                         std::int8_t* y) {
  const Pair* const end = taps + 2 * k.kernel;
  for (int n = k.results; n > 0; --n, x += k.step, y += k.channels) {
    std::int32_t sum[4] = {bias[0], bias[1], bias[2], bias[3]};
    multiply_column(x, taps, end, k.channels, sum);
    put_four(sum, rounding, y);
  }
}

/// \param taps two words a tap. \param offset of weights that have a zero point: it.
template <class Scale, class... Offset>
[[gnu::noinline]] inline void depthwise_column(const DepthwiseColumn& k, const std::int8_t* x,
                                               const std::int8_t* w, const std::int32_t* bias,
                                               const Scale* scale, const Int8Io& io, std::int8_t* y,
                                               Pair* taps, Offset... offset) {
  for (int c = 0; c < k.channels;) {
    bool fast = c + 4 <= k.channels;
    for (int i = 0; fast && i < 4; ++i) fast = rounds_twice(scale[(c + i) * k.scale_step]);
    if (!fast) {
      multiply_column(k, x + c, w + c, bias[c], scale[c * k.scale_step], io, y + c, offset...);
      ++c;
      continue;
    }
    const Scale* const s = scale + c * k.scale_step;
    const ChannelRounding rounding[4] = {
        {s[0], io}, {s[k.scale_step], io}, {s[2 * k.scale_step], io}, {s[3 * k.scale_step], io}};
    widen_taps(w + c, k.channels, k.kernel, (0 + ... + offset), taps);
    multiply_four_columns(k, x + c, taps, bias + c, rounding, y + c);
    c += 4;
  }
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
