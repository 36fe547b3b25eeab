// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_call.hpp>
#include <runtime/kernels/dsp/int8_patch.hpp>

namespace etch::kernels::dsp::inline ETCH_TARGET {

/// Pixels of eight channels, a multiple of four of them, by all filters: a filter stays in four registers
/// while it goes over the pixels, 47 instructions for four outputs of eight products each. \param x widened
/// pixels, one after the other. \param y [pixels][filters]. \pre f.filters > 0, f.fours
template <class Scale>
[[ETCH_ALL_REGISTERS]] inline void multiply_eight(const Int8Filters<Scale>& f, const std::int32_t* x,
                                                  int pixels, std::int8_t* y) {
#if ETCH_CLANG_ASSEMBLY
  const HeldWords words_held{
      f.scale,   f.bias, f.weights, y, y + f.filters, x, x + 4 * pixels, f.io.output_zero_point,
      f.filters, {},     {},        {}};
  register const HeldWord* held asm("r0") = words_held;
  register std::int32_t even1 asm("r1"), odd1 asm("r2"), bias asm("r3"), multiplier asm("r9"),
      step asm("r10");
  register std::int32_t zero asm("r11"), from asm("r12"), to asm("lr");
#else
  Int8Pair<const Scale*, const std::int32_t*> next_filter{f.scale, f.bias};
  Int8Pair<const std::int8_t*, std::int8_t*> at{f.weights, y};
  const std::int8_t* const end = y + f.filters;
  const std::int32_t *const start = x, *const last = x + 4 * pixels;
  const std::int32_t zero_point = f.io.output_zero_point;
  const int filters = f.filters;
  register std::int32_t x0 asm("r4"), x1 asm("r5"), x2 asm("r6"), x3 asm("r8");
  register std::int32_t even0 asm("r7");
  std::int32_t odd0, even1, odd1, bias, multiplier, step, zero;
  const std::int32_t* from;
  std::int8_t* to;
#endif
  asm volatile(
      ".macro etch_pixel\n"
      "ldmia.w %[from]!, {r4, r5, r6, r8}\n"
      "smlad r4, r7, r4, %[bias]\n"
      "smlad r4, %[odd0], r5, r4\n"
      "smlad r4, %[even1], r6, r4\n"
      "smlad r4, %[odd1], r8, r4\n"
      "add r5, r4, r4, asr #31\n"
      "smmlar r4, r4, %[multiplier], r5\n"
      "smmlar r4, r4, %[step], %[zero]\n"
      "ssat r4, #8, r4\n"
      ".endm\n"
      ".macro etch_two_pixels\n"
      "etch_pixel\n"
      "strb r4, [%[to]]\n"
      "etch_pixel\n"
      "ldr r6, " ETCH_HELD(filters) "\n"
      "strb r4, [%[to], r6]\n"
      "add %[to], %[to], r6, lsl #1\n"
      ".endm\n"

      ETCH_HOLD_WORDS
      "1: ldrd r4, r5, " ETCH_HELD(next_filter) "\n"
      "ldrd r6, %[to], " ETCH_HELD(at) "\n"
      ".if %c[short_scales]\n"
      "ldr %[multiplier], [r4], #4\n"
      "ldrb %[step], [r4], #1\n"
      ".else\n"
      "ldrd %[multiplier], %[step], [r4], #8\n"
      "mvn %[step], %[step]\n"
      ".endif\n"
      "ldr %[bias], [r5], #4\n"
      "ldrd %[odd0], %[odd1], [r6], #8\n"
      "strd r4, r5, " ETCH_HELD(next_filter) "\n"
      "add r5, %[to], #1\n"
      "strd r6, r5, " ETCH_HELD(at) "\n"
      "lsl %[multiplier], %[multiplier], #1\n"
      "mov r4, #0x80000000\n"
      "lsr %[step], r4, %[step]\n"
      "sxtb16 r7, %[odd0]\n"
      "sxtb16 %[odd0], %[odd0], ror #8\n"
      "sxtb16 %[even1], %[odd1]\n"
      "sxtb16 %[odd1], %[odd1], ror #8\n"
      "ldr %[zero], " ETCH_HELD(zero_point) "\n"
      "ldr %[from], " ETCH_HELD(start) "\n"
      ".balign 4\n"
      "2: etch_two_pixels\n"
      "etch_two_pixels\n"
      "ldr r4, " ETCH_HELD(last) "\n"
      "cmp %[from], r4\n"
      "bne 2b\n"
      "ldrd r4, r5, " ETCH_HELD(at) "\n"
      "ldr r6, " ETCH_HELD(end) "\n"
      "cmp r5, r6\n"
      "bne 1b\n"
      ETCH_RELEASE_WORDS
      ".purgem etch_pixel\n"
      ".purgem etch_two_pixels\n"
#if ETCH_CLANG_ASSEMBLY
      : [odd0] "+r"(held), [even1] "=r"(even1), [odd1] "=r"(odd1), [bias] "=r"(bias),
        [multiplier] "=r"(multiplier), [step] "=r"(step), [zero] "=r"(zero), [from] "=r"(from), [to] "=r"(to)
      : ETCH_WORD(next_filter, 0), ETCH_WORD(at, 2), ETCH_WORD(end, 4), ETCH_WORD(start, 5),
        ETCH_WORD(last, 6), ETCH_WORD(zero_point, 7), ETCH_WORD(filters, 8), [short_scales] "i"(is_short<Scale>)
      : "r4", "r5", "r6", "r8", "cc", "memory");
#else
      : [next_filter] "+m"(next_filter), [at] "+m"(at), [even0] "=&r"(even0), [odd0] "=&r"(odd0),
        [even1] "=&r"(even1), [odd1] "=&r"(odd1), [bias] "=&r"(bias), [multiplier] "=&r"(multiplier),
        [step] "=&r"(step), [zero] "=&r"(zero), [from] "=&r"(from), [to] "=&r"(to), "=&r"(x0), "=&r"(x1),
        "=&r"(x2), "=&r"(x3)
      : [end] "m"(end), [start] "m"(start), [last] "m"(last), [zero_point] "m"(zero_point),
        [filters] "m"(filters), [short_scales] "i"(is_short<Scale>)
      : "cc", "memory");
#endif
}

/// 1x1 of eight channels.
template <class Scale>
[[gnu::noinline]] inline void pointwise_eight(const Int8Convolution& d, const std::int8_t* x,
                                              const std::int8_t* w, const std::int32_t* bias,
                                              const Scale* scale, const Int8Io& io, std::int8_t* y,
                                              std::int32_t* patch) {
  const Int8Call<Scale> f = int8_call(d, w, bias, scale, io);
  const int most = pixels_at_once(d);
  int pixels = d.y.out * d.x.out;
  std::int8_t* const results = y;
  while (pixels > 0) {
    const int count = !f.fours || pixels < 4 ? 1 : pixels < most ? pixels / 4 * 4 : most;
    widen(x, 8 * count, patch, alone);
    if (count > 1)
      multiply_eight(f, patch, count, y);
    else
      multiply_single(f, patch, y);
    pixels -= count;
    x += 8 * count;
    y += count * f.filters;
  }
  limit_bytes(results, static_cast<int>(y - results), io);
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
