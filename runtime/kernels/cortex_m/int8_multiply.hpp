// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/cortex_m/int8_requantize.hpp>

/// Filters by pixels, the inner part of every int8 convolution: pixels are widened to pairs of int16 once,
/// weights stay int8. A word is four taps: of a pixel the pairs (0, 2) and (1, 3), of a filter its bytes.
namespace etch::kernels::cortex_m {

/// What the filters of one step share.
struct Int8Filters {
  const std::int8_t* weights;
  const std::int32_t* bias;
  const Int8Scale* scale;
  int words;  ///< of four taps, a filter
  int filters;
  int scale_step;  ///< 1, or 0 where all filters have one scale
  Int8Io io;
};

/// Four sums of products over `words` words: a[i] += filter * pixel i. Four pixels lie interleaved word by
/// word. 25 instructions for two words, 32 products. \return the filter after this one.
[[gnu::always_inline]] inline const std::int8_t* multiply_words(const std::int8_t* w, const std::int32_t* x,
                                                                int words, std::int32_t (&a)[4]) {
  register std::int32_t x0 asm("r4"), x1 asm("r5"), x2 asm("r6"), x3 asm("r8");
  std::int32_t even, odd, next;
  asm volatile(
      ".macro etch_pixels first, second\n"
      "ldmia.w %[x]!, {r4, r5, r6, r8}\n"
      "smlad \\first, %[even], r4, \\first\n"
      "smlad \\second, %[even], r6, \\second\n"
      "smlad \\first, %[odd], r5, \\first\n"
      "smlad \\second, %[odd], r8, \\second\n"
      ".endm\n"
      ".macro etch_word word\n"
      "sxtb16 %[even], \\word\n"
      "sxtb16 %[odd], \\word, ror #8\n"
      "etch_pixels %[a0], %[a1]\n"
      "etch_pixels %[a2], %[a3]\n"
      ".endm\n"
      "lsrs %[words], #1\n"
      "bcc 1f\n"
      "ldr %[odd], [%[w]], #4\n"
      "etch_word %[odd]\n"
      "cbz %[words], 2f\n"
      "1: ldrd %[odd], %[next], [%[w]], #8\n"
      "etch_word %[odd]\n"
      "sxtb16 %[even], %[next]\n"
      "sxtb16 %[odd], %[next], ror #8\n"
      "etch_pixels %[a0], %[a1]\n"
      "etch_pixels %[a2], %[a3]\n"
      "subs %[words], #1\n"
      "bne 1b\n"
      "2:\n"
      ".purgem etch_word\n"
      ".purgem etch_pixels\n"
      : [w] "+r"(w), [x] "+r"(x), [words] "+l"(words), [a0] "+r"(a[0]), [a1] "+r"(a[1]), [a2] "+r"(a[2]),
        [a3] "+r"(a[3]), [even] "=&r"(even), [odd] "=&r"(odd), [next] "=&r"(next), "=&r"(x0), "=&r"(x1),
        "=&r"(x2), "=&r"(x3)
      :
      : "cc", "memory");
  return w;
}

/// Two filters by one pixel, `words` words. 19 instructions for two words, 16 products.
[[gnu::always_inline]] inline void multiply_words(const std::int8_t* w0, const std::int8_t* w1,
                                                  const std::int32_t* x, int words, std::int32_t (&a)[2]) {
  register std::int32_t x0 asm("r4"), x1 asm("r5"), x2 asm("r6"), x3 asm("r8");
  std::int32_t even, odd, next;
  asm volatile(
      ".macro etch_word word, sum, first, second\n"
      "sxtb16 %[even], \\word\n"
      "sxtb16 \\word, \\word, ror #8\n"
      "smlad \\sum, %[even], \\first, \\sum\n"
      "smlad \\sum, \\word, \\second, \\sum\n"
      ".endm\n"
      ".macro etch_words filter, sum\n"
      "ldrd %[odd], %[next], [\\filter], #8\n"
      "etch_word %[odd], \\sum, r4, r5\n"
      "etch_word %[next], \\sum, r6, r8\n"
      ".endm\n"
      "lsrs %[words], #1\n"
      "bcc 1f\n"
      "ldr %[odd], [%[w0]], #4\n"
      "ldr %[next], [%[w1]], #4\n"
      "ldrd r4, r5, [%[x]], #8\n"
      "etch_word %[odd], %[a0], r4, r5\n"
      "etch_word %[next], %[a1], r4, r5\n"
      "1: lsrs %[words], #1\n"
      "bcs 3f\n"
      "subs %[words], #1\n"
      "bmi 4f\n"
      "2: ldmia.w %[x]!, {r4, r5, r6, r8}\n"
      "etch_words %[w0], %[a0]\n"
      "etch_words %[w1], %[a1]\n"
      "3: ldmia.w %[x]!, {r4, r5, r6, r8}\n"
      "etch_words %[w0], %[a0]\n"
      "etch_words %[w1], %[a1]\n"
      "subs %[words], #1\n"
      "bpl 2b\n"
      "4:\n"
      ".purgem etch_words\n"
      ".purgem etch_word\n"
      : [w0] "+r"(w0), [w1] "+r"(w1), [x] "+r"(x), [words] "+l"(words), [a0] "+r"(a[0]), [a1] "+r"(a[1]),
        [even] "=&r"(even), [odd] "=&r"(odd), [next] "=&r"(next), "=&r"(x0), "=&r"(x1), "=&r"(x2), "=&r"(x3)
      :
      : "cc", "memory");
}

/// The results of four pixels with a scale that `requantize_scaled` does not cover.
[[gnu::noinline]] inline void requantize_four(const std::int32_t (&a)[4], const Int8Scale& scale,
                                              const Int8Io& io, std::int8_t* y, int step) {
  for (int i = 0; i < 4; ++i) y[i * step] = requantize_to_int8(a[i], scale, io);
}

/// Four pixels by all filters. \param x widened pixels, interleaved. \param y [4][filters]
[[gnu::noinline]] inline void multiply_four(const Int8Filters& f, const std::int32_t* x, std::int8_t* y) {
  const std::int8_t* w = f.weights;
  const std::int32_t* bias = f.bias;
  const Int8Scale* scale = f.scale;
  const int step = f.filters, words = f.words, scale_step = f.scale_step;
  const std::int32_t zero = 2 * f.io.output_zero_point + 1;
  for (const std::int32_t* const end = bias + step; bias != end; ++bias, ++y, scale += scale_step) {
    std::int32_t a[4] = {*bias, *bias, *bias, *bias};
    w = multiply_words(w, x, words, a);
    if (rounds_fast(*scale)) {
      const Int8Rounding r = int8_rounding(*scale, zero);
      for (int i = 0; i < 4; ++i) y[i * step] = static_cast<std::int8_t>(requantize_scaled(a[i], r));
    } else {
      requantize_four(a, *scale, f.io, y, step);
    }
  }
}

/// One pixel by all filters. \param x widened, \param y [filters]
[[gnu::noinline]] inline void multiply_one(const Int8Filters& f, const std::int32_t* x, std::int8_t* y) {
  const std::int8_t* w = f.weights;
  const std::int32_t zero = 2 * f.io.output_zero_point + 1;
  for (int i = 0; i < f.filters; i += 2) {
    const int last = i + 1 < f.filters ? i + 1 : i;  // an odd one is taken twice
    std::int32_t a[2] = {f.bias[i], f.bias[last]};
    multiply_words(w, w + (last - i) * 4 * f.words, x, f.words, a);
    w += 8 * f.words;
    for (int k = i; k <= last; ++k) {
      const Int8Scale& scale = f.scale[k * f.scale_step];
      y[k] = rounds_fast(scale)
                 ? static_cast<std::int8_t>(requantize_scaled(a[k - i], int8_rounding(scale, zero)))
                 : requantize_to_int8(a[k - i], scale, f.io);
    }
  }
}

}  // namespace etch::kernels::cortex_m
