// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/held_words.hpp>
#include <runtime/kernels/dsp/int8_requantize.hpp>

/// Filters by pixels, the inner part of every int8 convolution: pixels are widened to pairs of int16 once,
/// weights stay int8. A word is four taps: of a pixel the pairs (0, 2) and (1, 3), of a filter its bytes.
///
/// Loops over filters are assembly: they need all 14 registers for the products, and what the requantization
/// needs lies in the frame meanwhile.
namespace etch::kernels::dsp::inline ETCH_TARGET {

/// What the filters of one step share. \tparam Scale Int8Scale or Int8ShortScale
template <class Scale>
struct Int8Filters {
  const std::int8_t* weights;
  const std::int32_t* bias;
  const Scale* scale;
  int words;  ///< of four taps, a filter
  int filters;
  int stride;      ///< from a pixel's results to those of the next: all filters
  int scale_step;  ///< 1, or 0 where all filters have one scale
  Int8Io io;
};

/// What assembly keeps in the frame: two words that one instruction loads or stores. Aligned, it has 64 bits
/// for the compiler too, which then gives it none but addresses that `ldrd` and `strd` know.
template <class A, class B>
struct alignas(8) Int8Pair {
  A first;
  B second;
};

/// Four pixels by all filters, whose scales are their own and pass `rounds_twice`. Two words take 25
/// instructions for 32 products, an output 9 more. \pre f.filters > 0
/// \param x widened pixels, interleaved word by word. \param y [4][stride]
template <class Scale>
[[ETCH_ALL_REGISTERS, gnu::aligned(4)]] inline void multiply_four(const Int8Filters<Scale>& f,
                                                                  const std::int32_t* x, std::int8_t* y) {
  // The first word is taken ahead; then four are a turn of a loop, and up to three, each of 13 instructions,
  // run after it: `loop` and `rest` say where to go after the first word and after the loop.
  const auto words = static_cast<unsigned>(f.words - 1);
#if ETCH_CLANG_ASSEMBLY
  const HeldWords words_held{
      words / 4,     words % 4 * (13 * 4) - 1, f.weights, f.scale, f.bias, x, words / 4, y,
      y + f.filters, f.io.output_zero_point,   f.stride,  {}};
  register const HeldWord* held asm("r0") = words_held;
  register std::int32_t from asm("r1"), remaining asm("r2"), w asm("r3"), even asm("r9"), a1 asm("r10");
  register std::int32_t a2 asm("r11"), a3 asm("r12"), next asm("lr");
#else
  Int8Pair<const Scale*, const std::int32_t*> next_filter;
  const Int8Pair<const std::int32_t*, unsigned> pixels{x, words / 4};
  const Int8Pair<std::int32_t, int> output{f.io.output_zero_point, f.stride};
  Int8Pair<std::int8_t*, std::int8_t*> at{y, y + f.filters};
  const void *loop, *rest;
  const std::int8_t* w = f.weights;
  register const Scale* scale asm("r4") = f.scale;
  register const std::int32_t* bias asm("r5") = f.bias;
  register std::int32_t x2 asm("r6"), x3 asm("r8");
  register std::int32_t a0 asm("r7");
  std::int32_t a1, a2, a3, even, odd, next;
  unsigned from = pixels.second, remaining = words % 4 * (13 * 4) - 1;  // bit 0 of an address: Thumb
#endif
  asm volatile(
      ".macro etch_widen word\n"
      "sxtb16 %[even], \\word\n"
      "sxtb16 %[odd], \\word, ror #8\n"
      ".endm\n"
      ".macro etch_two first, second, sum0, sum1\n"
      "ldmia.w %[from]!, {r4, r5, r6, r8}\n"
      "smlad \\first, %[even], r4, \\sum0\n"
      "smlad \\second, %[even], r6, \\sum1\n"
      "smlad \\first, %[odd], r5, \\first\n"
      "smlad \\second, %[odd], r8, \\second\n"
      ".endm\n"
      ".macro etch_four word\n"
      "etch_widen \\word\n"
      "etch_two r7, %[a1], r7, %[a1]\n"
      "etch_two %[a2], %[a3], %[a2], %[a3]\n"
      ".endm\n"
      ".macro etch_word\n"
      "ldr.w %[odd], [%[w]], #4\n"
      "etch_four %[odd]\n"
      ".endm\n"
      ".macro etch_two_words\n"
      "ldrd %[odd], %[next], [%[w]], #8\n"
      "etch_four %[odd]\n"
      "etch_four %[next]\n"
      ".endm\n"
      ".macro etch_requantize sum\n"
      "add %[odd], \\sum, \\sum, asr #31\n"
      "smmlar \\sum, \\sum, r6, %[odd]\n"
      "smmlar \\sum, \\sum, r8, %[even]\n"
      "ssat \\sum, #8, \\sum\n"
      ".endm\n"

      ETCH_HOLD_WORDS
      "adr.w %[odd], 5f\n"
      "sub %[odd], %[odd], %[remaining]\n"
      "str %[odd], " ETCH_HELD(rest) "\n"
      "cbz %[from], 3f\n"
      "adr.w %[odd], 4f\n"
      "add %[odd], #1\n"
      "3: str %[odd], " ETCH_HELD(loop) "\n"
      "1: ldr %[next], [r5], #4\n"
      "strd r4, r5, " ETCH_HELD(next_filter) "\n"
      "ldrd %[from], %[remaining], " ETCH_HELD(pixels) "\n"
      "ldr %[odd], [%[w]], #4\n"  // `next` holds the bias
      "etch_widen %[odd]\n"
      "etch_two r7, %[a1], %[next], %[next]\n"
      "etch_two %[a2], %[a3], %[next], %[next]\n"
      "ldr pc, " ETCH_HELD(loop) "\n"
      "4: etch_two_words\n"
      "etch_two_words\n"
      "subs %[remaining], #1\n"
      "bne 4b\n"
      "ldr pc, " ETCH_HELD(rest) "\n"
      "etch_word\n"
      "etch_word\n"
      "etch_word\n"
      "5: ldrd r4, r5, " ETCH_HELD(next_filter) "\n"
      ".if %c[short_scales]\n"
      "ldr r6, [r4], #4\n"
      "ldrb r8, [r4], #1\n"
      ".else\n"
      "ldrd r6, r8, [r4], #8\n"
      "mvn r8, r8\n"
      ".endif\n"
      "ldrd %[even], %[remaining], " ETCH_HELD(output) "\n"
      "lsl r6, r6, #1\n"
      "mov %[odd], #0x80000000\n"
      "lsr r8, %[odd], r8\n"
      "etch_requantize r7\n"
      "etch_requantize %[a1]\n"
      "etch_requantize %[a2]\n"
      "etch_requantize %[a3]\n"
      "ldrd %[next], %[from], " ETCH_HELD(at) "\n"
      "strb %[a1], [%[next], %[remaining]]\n"
      "strb %[a2], [%[next], %[remaining], lsl #1]\n"
      "add %[odd], %[next], %[remaining], lsl #1\n"
      "strb %[a3], [%[odd], %[remaining]]\n"
      "strb r7, [%[next]], #1\n"
      "cmp %[next], %[from]\n"
      "str %[next], " ETCH_HELD(at) "\n"
      "bne 1b\n"
      ETCH_RELEASE_WORDS
      ".purgem etch_widen\n"
      ".purgem etch_two\n"
      ".purgem etch_four\n"
      ".purgem etch_word\n"
      ".purgem etch_two_words\n"
      ".purgem etch_requantize\n"
#if ETCH_CLANG_ASSEMBLY
      : [odd] "+r"(held), [from] "=r"(from), [remaining] "=r"(remaining), [w] "=r"(w), [even] "=r"(even),
        [a1] "=r"(a1), [a2] "=r"(a2), [a3] "=r"(a3), [next] "=r"(next)
      : ETCH_WORD(loop, 0), ETCH_WORD(rest, 1), ETCH_WORD(next_filter, 3), ETCH_WORD(pixels, 5),
        ETCH_WORD(at, 7), ETCH_WORD(output, 9), [short_scales] "i"(is_short<Scale>)
      : "r4", "r5", "r6", "r8", "cc", "memory");
#else
      : [w] "+r"(w), "+r"(scale), "+r"(bias), [next_filter] "=m"(next_filter), [at] "+m"(at), [a0] "=&r"(a0),
        [a1] "=&r"(a1), [a2] "=&r"(a2), [a3] "=&r"(a3), [even] "=&r"(even), [odd] "=&r"(odd),
        [next] "=&r"(next), [from] "+l"(from), [remaining] "+l"(remaining), "=&r"(x2),
        "=&r"(x3), [loop] "=m"(loop), [rest] "=m"(rest)
      : [pixels] "m"(pixels), [output] "m"(output), [short_scales] "i"(is_short<Scale>)
      : "cc", "memory");
#endif
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
