// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_multiply.hpp>

namespace etch::kernels::dsp::inline ETCH_TARGET {

/// Four pixels by filters that are paired (`int8_is_paired`), an even number of them: a word is two taps of
/// two filters, `smlad` with it adds 256 times the second and the first, and one `sxtb16` leaves the first
/// alone. The products of four taps, 32, take 32 cycles of Cortex-M4: there the first of loads in a row takes
/// two, each further one takes one, and `ldm` is no faster. Scales are the filters' own and pass
/// `rounds_twice`. \pre f.filters > 1 \param x widened pixels, interleaved word by word. \param y [4][stride]
template <class Scale>
[[ETCH_ALL_REGISTERS, gnu::aligned(4)]] inline void multiply_pairs(const Int8Filters<Scale>& f,
                                                                   const std::int32_t* x, std::int8_t* y) {
  // A turn of the loop is four words; the first turn begins within it where words are no multiple of four.
  const auto words = static_cast<unsigned>(f.words);
#if ETCH_CLANG_ASSEMBLY
  const HeldWords words_held{f.weights,
                             -words % 4,
                             f.bias,
                             f.scale,
                             y,
                             {},
                             y + f.filters / 2 * 2,
                             x,
                             x + 8 * words,
                             f.io.output_zero_point,
                             f.stride,
                             {}};
  register const HeldWord* held asm("r0") = words_held;
#else
  const Int8Pair<const std::int32_t*, const std::int32_t*> pixels{x, x + 8 * words};
  const Int8Pair<std::int32_t, int> output{f.io.output_zero_point, f.stride};
  Int8Pair<const std::int32_t*, const Scale*> next_filters{f.bias, f.scale};
  Int8Pair<std::int8_t*, std::int8_t*> at{y, y + f.filters / 2 * 2};
  const void* loop;
  register const std::int8_t* w asm("r1") = f.weights;
  register unsigned skipped asm("r2") = -words % 4;
#endif
  asm volatile(
      ".macro etch_pixel pixel, first, both\n"
      "smlad \\both, r12, \\pixel, \\both\n"
      "smlad \\first, lr, \\pixel, \\first\n"
      ".endm\n"
      ".macro etch_word\n"
      "ldr.w r12, [r1, #4]\n"
      "ldr.n r2, [r0, #4]\n"
      "ldr.n r3, [r0, #12]\n"
      "sxtb16 lr, r12\n"
      "etch_pixel r2, r4, r8\n"
      "etch_pixel r3, r5, r9\n"
      "ldr.n r2, [r0, #20]\n"
      "ldr.n r3, [r0, #28]\n"
      "etch_pixel r2, r6, r10\n"
      "etch_pixel r3, r7, r11\n"
      "ldr.w r12, [r1], #8\n"
      "ldr.n r2, [r0, #24]\n"
      "ldr.n r3, [r0, #16]\n"
      "sxtb16 lr, r12\n"
      "etch_pixel r2, r7, r11\n"
      "etch_pixel r3, r6, r10\n"
      "ldr.n r2, [r0, #8]\n"
      "ldr.w r3, [r0], #32\n"
      "etch_pixel r2, r5, r9\n"
      "etch_pixel r3, r4, r8\n"
      ".endm\n"
      ".macro etch_second first, both\n"
      "sub \\both, \\both, \\first\n"
      "add \\both, r3, \\both, asr #8\n"
      ".endm\n"
      ".macro etch_scale which\n"
      "ldr r2, [r0, #\\which * %c[scale_bytes]]\n"
      ".if %c[short_scales]\n"
      "ldrb r3, [r0, #\\which * %c[scale_bytes] + 4]\n"
      ".else\n"
      "ldr r3, [r0, #\\which * %c[scale_bytes] + 4]\n"
      "mvn r3, r3\n"
      ".endif\n"
      "mov r12, #0x80000000\n"
      "lsl r2, r2, #1\n"
      "lsr r3, r12, r3\n"
      ".endm\n"
      ".macro etch_requantize sum\n"
      "add r12, \\sum, \\sum, asr #31\n"
      "smmlar \\sum, \\sum, r2, r12\n"
      "smmlar \\sum, \\sum, r3, lr\n"
      "ssat \\sum, #8, \\sum\n"
      ".endm\n"

      ETCH_HOLD_WORDS
      "adr.w r0, 2f\n"
      "add r0, r0, #1\n"  // an address of Thumb
      "mov r3, #(3f - 2f) / 4\n"
      "mla r0, r2, r3, r0\n"
      "str r0, " ETCH_HELD(loop) "\n"
      "1: ldr r2, " ETCH_HELD(bias) "\n"
      "ldr r0, " ETCH_HELD(first_pixel) "\n"
      "ldr r4, [r2]\n"
      "mov r5, r4\n"
      "mov r6, r4\n"
      "mov r7, r4\n"
      "mov r8, r4\n"
      "mov r9, r4\n"
      "mov r10, r4\n"
      "mov r11, r4\n"
      "ldr pc, " ETCH_HELD(loop) "\n"
      ".balign 4\n"
      "2: etch_word\n"
      "etch_word\n"
      "etch_word\n"
      "etch_word\n"
      "3: ldr r2, " ETCH_HELD(last_pixel) "\n"
      "cmp r0, r2\n"
      "bne 2b\n"
      "ldr r2, " ETCH_HELD(bias) "\n"
      "ldr r0, " ETCH_HELD(scale) "\n"
      "ldr lr, " ETCH_HELD(zero_point) "\n"
      "ldr r3, [r2, #4]\n"
      "adds r2, #8\n"
      "str r2, " ETCH_HELD(bias) "\n"
      "etch_second r4, r8\n"
      "etch_second r5, r9\n"
      "etch_second r6, r10\n"
      "etch_second r7, r11\n"
      "etch_scale 0\n"
      "etch_requantize r4\n"
      "etch_requantize r5\n"
      "etch_requantize r6\n"
      "etch_requantize r7\n"
      "etch_scale 1\n"
      "etch_requantize r8\n"
      "etch_requantize r9\n"
      "etch_requantize r10\n"
      "etch_requantize r11\n"
      "adds r0, #2 * %c[scale_bytes]\n"
      "str r0, " ETCH_HELD(scale) "\n"
      "ldr r0, " ETCH_HELD(to) "\n"
      "ldr r2, " ETCH_HELD(stride) "\n"
      "ldr r12, " ETCH_HELD(end) "\n"
      "add r3, r0, r2\n"
      "add lr, r0, r2, lsl #1\n"
      "add r2, r3, r2, lsl #1\n"
      "strb r8, [r0, #1]\n"
      "strb r4, [r0], #2\n"
      "strb r5, [r3]\n"
      "strb r9, [r3, #1]\n"
      "strb r6, [lr]\n"
      "strb r10, [lr, #1]\n"
      "strb r7, [r2]\n"
      "strb r11, [r2, #1]\n"
      "str r0, " ETCH_HELD(to) "\n"
      "cmp r0, r12\n"
      "bne 1b\n"
      ETCH_RELEASE_WORDS
      ".purgem etch_pixel\n"
      ".purgem etch_word\n"
      ".purgem etch_second\n"
      ".purgem etch_scale\n"
      ".purgem etch_requantize\n"
#if ETCH_CLANG_ASSEMBLY
      : "+r"(held)
      : ETCH_WORD(bias, 2), ETCH_WORD(scale, 3), ETCH_WORD(to, 4), ETCH_WORD(loop, 5), ETCH_WORD(end, 6),
        ETCH_WORD(first_pixel, 7), ETCH_WORD(last_pixel, 8), ETCH_WORD(zero_point, 9), ETCH_WORD(stride, 10),
        [short_scales] "i"(is_short<Scale>), [scale_bytes] "i"(sizeof(Scale))
      : "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
#else
      : "+r"(w), "+r"(skipped), [bias] "+m"(next_filters.first), [scale] "+m"(next_filters.second),
        [to] "+m"(at.first), [loop] "=m"(loop)
      : [end] "m"(at.second), [first_pixel] "m"(pixels.first), [last_pixel] "m"(pixels.second),
        [zero_point] "m"(output.first), [stride] "m"(output.second), [short_scales] "i"(is_short<Scale>),
        [scale_bytes] "i"(sizeof(Scale))
      : "r0", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
#endif
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
