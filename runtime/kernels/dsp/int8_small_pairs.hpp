// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/held_words.hpp>
#include <runtime/kernels/dsp/int8_pair_sum.hpp>
#include <runtime/kernels/dsp/int8_small_results.hpp>
#include <runtime/kernels/portable/int8_convolution.hpp>

/// What the size mode multiplies filters with that are paired (`int8_is_paired`): `smlad` with a word adds
/// 256 times the second and the first, and one `sxtb16` leaves the first alone.
namespace etch::kernels::dsp::inline ETCH_TARGET {

/// Of four pixels: products of the first filter, then of both.
struct PairSums {
  std::int32_t first[4], both[4];
};

/// Four widened pixels, interleaved word by word, by a pair: 31 instructions for 32 products.
[[ETCH_ALL_REGISTERS]] inline void multiply_pair_by_four(const std::int8_t* w, const std::int32_t* x,
                                                         int words, PairSums* sums) {
  register const std::int32_t* x_at asm("r0") = x;
  register const std::int8_t* w_at asm("r1") = w;
  register int remaining asm("r2") = words;
#if ETCH_CLANG_ASSEMBLY
  register const PairSums* to asm("r12") = sums;
#else
  PairSums* const to = sums;
#endif
  asm volatile(
      ".macro etch_pixel at, first, both\n"
      "ldr lr, [r0, #\\at]\n"
      "smlad \\both, r3, lr, \\both\n"
      "smlad \\first, r12, lr, \\first\n"
      ".endm\n"
      ".macro etch_taps at\n"
      "ldr r3, [r1], #4\n"
      "sxtb16 r12, r3\n"
      "etch_pixel \\at, r4, r8\n"
      "etch_pixel \\at + 8, r5, r9\n"
      "etch_pixel \\at + 16, r6, r10\n"
      "etch_pixel \\at + 24, r7, r11\n"
      ".endm\n"
      ETCH_HOLD_WORD("r12")
      "movs r4, #0\n"
      "movs r5, #0\n"
      "movs r6, #0\n"
      "movs r7, #0\n"
      "mov r8, r4\n"
      "mov r9, r4\n"
      "mov r10, r4\n"
      "mov r11, r4\n"
      "1: etch_taps 0\n"
      "etch_taps 4\n"
      "adds r0, #32\n"
      "subs r2, #1\n"
      "bne 1b\n"
      "ldr r0, " ETCH_HELD(to) "\n"
      "stmia.w r0, {r4, r5, r6, r7, r8, r9, r10, r11}\n"
      ETCH_RELEASE_WORD
      ".purgem etch_pixel\n"
      ".purgem etch_taps\n"
#if ETCH_CLANG_ASSEMBLY
      : "+r"(x_at), "+r"(w_at), "+r"(remaining), "+r"(to)
      : ETCH_WORD(to, 0)
      : "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "lr", "cc", "memory");
#else
      : "+r"(x_at), "+r"(w_at), "+r"(remaining)
      : [to] "m"(to)
      : "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
#endif
}

/// Four pixels by pairs, which are not always all filters.
template <class Scale>
[[gnu::always_inline]] inline void multiply_pixels_by_pairs(const Int8Convolution& d, const std::int8_t* w,
                                                            const std::int32_t* x, const std::int32_t* bias,
                                                            const Scale* scale, const Int8Io& io,
                                                            std::int8_t* y) {
  for (int remaining = d.filters; remaining > 1; remaining -= 2, w += 2 * d.row) {
    PairSums sums;
    multiply_pair_by_four(w, x, d.row / 4, &sums);
    for (int i = 0; i < 4; ++i) sums.both[i] = second_of(sums.both[i], sums.first[i]);
    for (const auto* sum : {&sums.first, &sums.both}) {
      put_pixels(*sum, *bias++, *scale, io, y++, d.filters);
      scale += d.per_channel;
    }
  }
}

/// One pixel by pairs, which are not always all filters.
template <class Scale>
[[gnu::always_inline]] inline void multiply_pixel_by_pairs(const Int8Convolution& d, const std::int8_t* w,
                                                           const std::int32_t* x, SmallResults<Scale> to) {
  for (int remaining = d.filters; remaining > 1; remaining -= 2, w += 2 * d.row) {
    const PairSum sum = multiply_pair(w, x, d.row / 4);
    const std::int32_t sums[]{sum.first, sum.second};
    put_channels(to, sums, 2);
    to.bias += 2;
    to.scale += 2 * d.per_channel;
    to.y += 2;
  }
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
