// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_multiply_one.hpp>
#include <runtime/kernels/dsp/int8_pair_sum.hpp>

namespace etch::kernels::dsp::inline ETCH_TARGET {

/// One pixel by filters that are paired, from `first` on and with any scale.
template <class Scale>
[[gnu::noinline]] inline void multiply_pairs_plain(const Int8Filters<Scale>& f, int first,
                                                   const std::int32_t* x, std::int8_t* y) {
  const std::int8_t* w = f.weights + first * 4 * f.words;
  int i = first;
  for (; i + 1 < f.filters; i += 2, w += 8 * f.words) {
    const PairSum sum = multiply_pair(w, x, f.words);
    y[i] = requantize_any(f.bias[i] + sum.first, f.scale[i * f.scale_step], f.io);
    y[i + 1] = requantize_any(f.bias[i + 1] + sum.second, f.scale[(i + 1) * f.scale_step], f.io);
  }
  if (i < f.filters) multiply_plain(f, i, x, y);
}

/// One pixel by all filters, which are paired, whose scales pass `rounds_twice`: two pairs at a time, 19
/// cycles for the 16 products of four taps. \param x widened, \param y [filters]
template <class Scale>
[[ETCH_ALL_REGISTERS, gnu::aligned(4)]] inline void multiply_one_pairs(const Int8Filters<Scale>& f,
                                                                       const std::int32_t* x,
                                                                       std::int8_t* y) {
  // A turn of the loop is four words, as in `multiply_pairs`.
  const auto words = static_cast<unsigned>(f.words);
#if ETCH_CLANG_ASSEMBLY
  const HeldWords words_held{f.bias,
                             f.weights,
                             -words % 4,
                             f.scale,
                             y,
                             {},
                             y + f.filters / 4 * 4,
                             x,
                             x + 2 * words,
                             f.io.output_zero_point,
                             static_cast<int>(sizeof(Scale)) * f.scale_step,
                             8 * words};
  register const HeldWord* held asm("r0") = words_held;
#else
  const Int8Pair<const std::int32_t*, const std::int32_t*> pixel{x, x + 2 * words};
  const Int8Pair<std::int32_t, int> output{f.io.output_zero_point,
                                           static_cast<int>(sizeof(Scale)) * f.scale_step};
  Int8Pair<const std::int32_t*, const Scale*> next_filters{f.bias, f.scale};
  Int8Pair<std::int8_t*, std::int8_t*> at{y, y + f.filters / 4 * 4};
  const unsigned pair_bytes = 8 * words;
  const void* loop;
  register const std::int8_t* w asm("r2") = f.weights;
  register unsigned skipped asm("r3") = -words % 4;
#endif
  asm volatile(
      ".macro etch_taps word, pixel, first, both\n"
      "sxtb16 lr, \\word\n"
      "smlad \\both, \\word, \\pixel, \\both\n"
      "smlad \\first, lr, \\pixel, \\first\n"
      ".endm\n"
      ".macro etch_word\n"
      "ldr.n r4, [r0, #4]\n"
      "ldr.w r3, [r0], #8\n"
      "ldr.n r6, [r1, #4]\n"
      "ldr.w r5, [r1], #8\n"
      "ldr.w r12, [r2, #4]\n"
      "ldr.w r7, [r2], #8\n"
      "etch_taps r5, r3, r8, r9\n"
      "etch_taps r6, r4, r8, r9\n"
      "etch_taps r7, r3, r10, r11\n"
      "etch_taps r12, r4, r10, r11\n"
      ".endm\n"
      ".macro etch_second first, both, bias\n"
      "sub \\both, \\both, \\first\n"
      "add \\both, \\bias, \\both, asr #8\n"
      ".endm\n"
      ".macro etch_requantize sum\n"
      "ldr r3, [r0]\n"
      ".if %c[short_scales]\n"
      "ldrb r4, [r0, #4]\n"
      ".else\n"
      "ldr r4, [r0, #4]\n"
      "mvn r4, r4\n"
      ".endif\n"
      "add r0, r0, lr\n"
      "add r12, \\sum, \\sum, asr #31\n"
      "lsl r3, r3, #1\n"
      "lsr r4, r6, r4\n"
      "smmlar \\sum, \\sum, r3, r12\n"
      "smmlar \\sum, \\sum, r4, r5\n"
      "ssat \\sum, #8, \\sum\n"
      ".endm\n"

      ETCH_HOLD_WORDS
      "adr.w r0, 2f\n"
      "add r0, r0, #1\n"  // an address of Thumb
      "mov r4, #(3f - 2f) / 4\n"
      "mla r0, r3, r4, r0\n"
      "str r0, " ETCH_HELD(loop) "\n"
      "1: ldr r3, " ETCH_HELD(bias) "\n"
      "ldr r4, " ETCH_HELD(pair_bytes) "\n"
      "ldr r0, " ETCH_HELD(first_pixel) "\n"
      "ldr r8, [r3]\n"
      "ldr r10, [r3, #8]\n"
      "mov r1, r2\n"
      "add r2, r2, r4\n"
      "mov r9, r8\n"
      "mov r11, r10\n"
      "ldr pc, " ETCH_HELD(loop) "\n"
      ".balign 4\n"
      "2: etch_word\n"
      "etch_word\n"
      "etch_word\n"
      "etch_word\n"
      "3: ldr r3, " ETCH_HELD(last_pixel) "\n"
      "cmp r0, r3\n"
      "bne 2b\n"
      "ldr r12, " ETCH_HELD(bias) "\n"
      "ldr r0, " ETCH_HELD(scale) "\n"
      "ldr lr, " ETCH_HELD(scale_step) "\n"
      "ldr r5, " ETCH_HELD(zero_point) "\n"
      "ldr r3, [r12, #4]\n"
      "ldr r4, [r12, #12]\n"
      "mov r6, #0x80000000\n"
      "add r12, r12, #16\n"
      "str r12, " ETCH_HELD(bias) "\n"
      "etch_second r8, r9, r3\n"
      "etch_second r10, r11, r4\n"
      "etch_requantize r8\n"
      "etch_requantize r9\n"
      "etch_requantize r10\n"
      "etch_requantize r11\n"
      "str r0, " ETCH_HELD(scale) "\n"
      "ldr r0, " ETCH_HELD(to) "\n"
      "ldr r3, " ETCH_HELD(end) "\n"
      "strb r9, [r0, #1]\n"
      "strb r10, [r0, #2]\n"
      "strb r11, [r0, #3]\n"
      "strb r8, [r0], #4\n"
      "str r0, " ETCH_HELD(to) "\n"
      "cmp r0, r3\n"
      "bne 1b\n"
      ETCH_RELEASE_WORDS
      ".purgem etch_taps\n"
      ".purgem etch_word\n"
      ".purgem etch_second\n"
      ".purgem etch_requantize\n"
#if ETCH_CLANG_ASSEMBLY
      : "+r"(held)
      : ETCH_WORD(bias, 0), ETCH_WORD(scale, 3), ETCH_WORD(to, 4), ETCH_WORD(loop, 5), ETCH_WORD(end, 6),
        ETCH_WORD(first_pixel, 7), ETCH_WORD(last_pixel, 8), ETCH_WORD(zero_point, 9),
        ETCH_WORD(scale_step, 10), ETCH_WORD(pair_bytes, 11), [short_scales] "i"(is_short<Scale>)
      : "r1", "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
#else
      : "+r"(w), "+r"(skipped), [bias] "+m"(next_filters.first), [scale] "+m"(next_filters.second),
        [to] "+m"(at.first), [loop] "=m"(loop)
      : [end] "m"(at.second), [first_pixel] "m"(pixel.first), [last_pixel] "m"(pixel.second),
        [zero_point] "m"(output.first), [scale_step] "m"(output.second), [pair_bytes] "m"(pair_bytes),
        [short_scales] "i"(is_short<Scale>)
      : "r0", "r1", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
#endif
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
