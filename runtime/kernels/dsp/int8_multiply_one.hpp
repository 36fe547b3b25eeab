// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_multiply.hpp>
#include <runtime/kernels/dsp/int8_word.hpp>

namespace etch::kernels::dsp::inline ETCH_TARGET {

/// One pixel by filters with any scale.
template <class Scale>
[[gnu::noinline]] inline void multiply_plain(const Int8Filters<Scale>& f, int first, const std::int32_t* x,
                                             std::int8_t* y) {
  const std::int8_t* w = f.weights + first * 4 * f.words;
  for (int i = first; i < f.filters; ++i) {
    std::int32_t sum = f.bias[i];
    for (int k = 0; k < f.words; ++k, w += 4) sum = multiply_word(load_word(w), x + 2 * k, sum);
    y[i] = requantize_any(sum, f.scale[i * f.scale_step], f.io);
  }
}

/// One pixel by all filters, whose scales pass `rounds_twice`: two filters at a time, 19 instructions for two
/// words, 16 products. \param x widened, \param y [filters]
template <class Scale>
[[ETCH_ALL_REGISTERS]] inline void multiply_one(const Int8Filters<Scale>& f, const std::int32_t* x,
                                                std::int8_t* y) {
  if (f.filters % 2 != 0) multiply_plain(f, f.filters - 1, x, y);
  if (f.filters < 2) return;
#if ETCH_CLANG_ASSEMBLY
  const HeldWords words_held{y,
                             y + f.filters / 2 * 2,
                             f.weights,
                             f.scale,
                             f.bias,
                             x,
                             f.words,
                             {},
                             4 * f.words,
                             f.io.output_zero_point,
                             f.scale_step * static_cast<int>(sizeof(Scale)),
                             {}};
  register const HeldWord* held asm("r0") = words_held;
  register std::int32_t remaining asm("r1"), from asm("r2"), w1 asm("r3"), row asm("r9"), w0 asm("r10");
  register std::int32_t a1 asm("r11"), even asm("r12"), next asm("lr");
#else
  Int8Pair<const Scale*, const std::int32_t*> next_filters;
  const Int8Pair<const std::int32_t*, int> pixel{x, f.words};
  const Int8Pair<std::int32_t, int> output{f.io.output_zero_point,
                                           f.scale_step * static_cast<int>(sizeof(Scale))};
  Int8Pair<std::int8_t*, std::int8_t*> at{y, y + f.filters / 2 * 2};
  const std::int8_t *w0, *w1 = f.weights;
  const int row = 4 * f.words;
  register const Scale* scale asm("r4") = f.scale;
  register const std::int32_t* bias asm("r5") = f.bias;
  register std::int32_t x2 asm("r6"), x3 asm("r8");
  register std::int32_t a0 asm("r7");
  std::int32_t a1, even, odd, next, from, remaining;
#endif
  asm volatile(
      ".macro etch_one word, sum, first, second\n"
      "sxtb16 %[even], \\word\n"
      "sxtb16 \\word, \\word, ror #8\n"
      "smlad \\sum, %[even], \\first, \\sum\n"
      "smlad \\sum, \\word, \\second, \\sum\n"
      ".endm\n"
      ".macro etch_words filter, sum\n"
      "ldrd %[odd], %[next], [\\filter], #8\n"
      "etch_one %[odd], \\sum, r4, r5\n"
      "etch_one %[next], \\sum, r6, r8\n"
      ".endm\n"
      ".macro etch_two_words\n"
      "ldmia.w %[from]!, {r4, r5, r6, r8}\n"
      "etch_words %[w0], r7\n"
      "etch_words %[w1], %[a1]\n"
      ".endm\n"
      ".macro etch_requantize sum\n"
      ".if %c[short_scales]\n"
      "ldr r6, [r4]\n"
      "ldrb r8, [r4, #4]\n"
      ".else\n"
      "ldrd r6, r8, [r4]\n"
      "mvn r8, r8\n"
      ".endif\n"
      "add r4, %[next]\n"
      "add %[odd], \\sum, \\sum, asr #31\n"
      "lsl r6, r6, #1\n"
      "lsr r8, %[remaining], r8\n"
      "smmlar \\sum, \\sum, r6, %[odd]\n"
      "smmlar \\sum, \\sum, r8, %[even]\n"
      "ssat \\sum, #8, \\sum\n"
      ".endm\n"

      ETCH_HOLD_WORDS
      "1: ldrd r7, %[a1], [r5], #8\n"
      "strd r4, r5, " ETCH_HELD(next_filters) "\n"
      "ldrd %[from], %[remaining], " ETCH_HELD(pixel) "\n"
      "mov %[w0], %[w1]\n"
      "add %[w1], %[row]\n"
      "lsls %[next], %[remaining], #31\n"
      "bpl 2f\n"
      "ldr %[odd], [%[w0]], #4\n"
      "ldr %[next], [%[w1]], #4\n"
      "ldrd r4, r5, [%[from]], #8\n"
      "etch_one %[odd], r7, r4, r5\n"
      "etch_one %[next], %[a1], r4, r5\n"
      "2: bcc 3f\n"
      "etch_two_words\n"
      "3: lsrs %[remaining], %[remaining], #3\n"
      "bcs 5f\n"
      "subs %[remaining], #1\n"
      "bmi 6f\n"
      "4: etch_two_words\n"
      "etch_two_words\n"
      "5: etch_two_words\n"
      "etch_two_words\n"
      "subs %[remaining], #1\n"
      "bpl 4b\n"
      "6: ldrd r4, r5, " ETCH_HELD(next_filters) "\n"
      "ldrd %[even], %[next], " ETCH_HELD(output) "\n"
      "mov %[remaining], #0x80000000\n"
      "etch_requantize r7\n"
      "etch_requantize %[a1]\n"
      "ldrd %[next], %[from], " ETCH_HELD(at) "\n"
      "strb %[a1], [%[next], #1]\n"
      "strb r7, [%[next]], #2\n"
      "cmp %[next], %[from]\n"
      "str %[next], " ETCH_HELD(at) "\n"
      "bne 1b\n"
      ETCH_RELEASE_WORDS
      ".purgem etch_one\n"
      ".purgem etch_words\n"
      ".purgem etch_two_words\n"
      ".purgem etch_requantize\n"
#if ETCH_CLANG_ASSEMBLY
      : [odd] "+r"(held), [remaining] "=r"(remaining), [from] "=r"(from), [w1] "=r"(w1), [row] "=r"(row),
        [w0] "=r"(w0), [a1] "=r"(a1), [even] "=r"(even), [next] "=r"(next)
      : ETCH_WORD(at, 0), ETCH_WORD(next_filters, 3), ETCH_WORD(pixel, 5), ETCH_WORD(output, 9),
        [short_scales] "i"(is_short<Scale>)
      : "r4", "r5", "r6", "r8", "cc", "memory");
#else
      : [w0] "=&r"(w0), [w1] "+r"(w1), "+r"(scale), "+r"(bias), [next_filters] "=m"(next_filters),
        [at] "+m"(at), [a0] "=&r"(a0), [a1] "=&r"(a1), [even] "=&r"(even), [odd] "=&r"(odd),
        [next] "=&r"(next), [from] "=&r"(from), [remaining] "=&l"(remaining), "=&r"(x2), "=&r"(x3)
      : [row] "r"(row), [pixel] "m"(pixel), [output] "m"(output), [short_scales] "i"(is_short<Scale>)
      : "cc", "memory");
#endif
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
