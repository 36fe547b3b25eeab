// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_each_pixel.hpp>
#include <runtime/kernels/dsp/int8_multiply.hpp>
#include <runtime/kernels/portable/int4_convolution.hpp>

/// Weights of 4 bits (`int4_group`): a word is two taps of four filters, as two numbers of 16 bits. `smlad`
/// with the whole word adds the products of all four, times 1, 16, 256 and 4096, and with a mask of one of
/// the first three those of it alone: seven instructions for eight products.
namespace etch::kernels::dsp::inline ETCH_TARGET {

/// Words of four taps that are multiplied before sums are taken apart: that of the last filter has 20 bits
/// of 32, and 508 products of 2^10 fit in them.
inline constexpr int int4_words_at_once = 127;

/// Sums of a group, each as `smlad` leaves it.
struct Int4Sums {
  std::int32_t first = 0, second = 0, third = 0, all = 0;

  /// Adds them to the sums of the filters, of which the first three are 8 times the sum of all taps too high.
  [[gnu::always_inline]] void add_to(std::int32_t (&sum)[int4_group]) const {
    const auto others = static_cast<std::uint32_t>(first) + static_cast<std::uint32_t>(second) +
                        static_cast<std::uint32_t>(third);
    sum[0] += first;
    sum[1] += second >> 4;
    sum[2] += third >> 8;
    sum[3] += static_cast<std::int32_t>(static_cast<std::uint32_t>(all) - others) >> 12;
  }
};

/// The products of at most `int4_words_at_once` words of a group with one widened pixel: 18 instructions, 19
/// cycles, for the 16 of a word. The first turn of the loop begins within it.
[[gnu::always_inline]] inline void int4_multiply(const std::int8_t* w, const std::int32_t* x, int words,
                                                 std::int32_t (&sum)[1][int4_group]) {
  Int4Sums s;
  const std::int8_t* const end = w + 8 * words;
  std::int32_t w0, w1, x0, x1;
  asm volatile(
      ".macro etch_taps taps, pixel\n"
      "and %[words], \\taps, #0x000f000f\n"
      "smlad %[first], %[words], \\pixel, %[first]\n"
      "and %[words], \\taps, #0x00f000f0\n"
      "smlad %[second], %[words], \\pixel, %[second]\n"
      "and %[words], \\taps, #0x0f000f00\n"
      "smlad %[third], %[words], \\pixel, %[third]\n"
      "smlad %[all], \\taps, \\pixel, %[all]\n"
      ".endm\n"
      ".macro etch_word\n"
      "ldr %[w1], [%[w], #4]\n"
      "ldr %[w0], [%[w]], #8\n"
      "ldr %[x1], [%[x], #4]\n"
      "ldr %[x0], [%[x]], #8\n"
      "etch_taps %[w0], %[x0]\n"
      "etch_taps %[w1], %[x1]\n"
      ".endm\n"
      "ands %[words], %[words], #3\n"
      "beq 1f\n"
      "cmp %[words], #2\n"
      "blt 4f\n"
      "beq 3f\n"
      "b 2f\n"
      ".balign 4\n"
      "1: etch_word\n"
      "2: etch_word\n"
      "3: etch_word\n"
      "4: etch_word\n"
      "cmp %[w], %[end]\n"
      "bne 1b\n"
      ".purgem etch_taps\n"
      ".purgem etch_word\n"
      : [w] "+r"(w), [x] "+r"(x), [words] "+r"(words), [first] "+r"(s.first), [second] "+r"(s.second),
        [third] "+r"(s.third), [all] "+r"(s.all), [w0] "=&r"(w0), [w1] "=&r"(w1), [x0] "=&r"(x0),
        [x1] "=&r"(x1)
      : [end] "r"(end)
      : "cc", "memory");
  s.add_to(sum[0]);
}

/// One widened pixel by all whole groups, whose scales pass `rounds_twice`: 74 instructions beside the
/// products of a group. \pre `int4_words_at_once` words at most, a group or more. \param excess what the sums
/// of the first three filters are too high by. \param y [filters]
[[ETCH_ALL_REGISTERS, gnu::aligned(4)]] inline void int4_multiply_one(const Int8Filters<Int8ShortScale>& f,
                                                                      const std::int32_t* x,
                                                                      std::int32_t excess, std::int8_t* y) {
  const auto words = static_cast<unsigned>(f.words);
#if ETCH_CLANG_ASSEMBLY
  const HeldWords words_held{f.weights,
                             -words % 4,
                             x + 2 * words,
                             f.bias,
                             f.scale,
                             y,
                             {},
                             y + f.filters / 4 * 4,
                             x,
                             excess,
                             f.io.output_zero_point,
                             static_cast<int>(sizeof(Int8ShortScale)) * f.scale_step};
  register const HeldWord* held asm("r0") = words_held;
  register std::int32_t w asm("r1"), t asm("r2"), last asm("r3"), s0 asm("r4"), s1 asm("r5"), s2 asm("r6");
  register std::int32_t s3 asm("r8"), w0 asm("r9"), w1 asm("r10"), x0 asm("r11"), x1 asm("r12");
#else
  const Int8Pair<const std::int32_t*, std::int32_t> pixel{x, excess};
  const Int8Pair<std::int32_t, int> output{f.io.output_zero_point,
                                           static_cast<int>(sizeof(Int8ShortScale)) * f.scale_step};
  Int8Pair<const std::int32_t*, const Int8ShortScale*> next_filters{f.bias, f.scale};
  Int8Pair<std::int8_t*, std::int8_t*> at{y, y + f.filters / 4 * 4};
  const void* loop;
  const std::int8_t* w = f.weights;
  const std::int32_t *from, *const last = x + 2 * words;
  std::int32_t s0, s1, s2, s3, w0, w1, x0, x1;
  unsigned t = -words % 4;
#endif
  asm volatile(
      ".macro etch_taps taps, pixel\n"
      "and %[t], \\taps, #0x000f000f\n"
      "smlad %[s0], %[t], \\pixel, %[s0]\n"
      "and %[t], \\taps, #0x00f000f0\n"
      "smlad %[s1], %[t], \\pixel, %[s1]\n"
      "and %[t], \\taps, #0x0f000f00\n"
      "smlad %[s2], %[t], \\pixel, %[s2]\n"
      "smlad %[s3], \\taps, \\pixel, %[s3]\n"
      ".endm\n"
      ".macro etch_word\n"
      "ldr %[w1], [%[w], #4]\n"
      "ldr %[w0], [%[w]], #8\n"
      "ldr %[x1], [%[from], #4]\n"
      "ldr %[x0], [%[from]], #8\n"
      "etch_taps %[w0], %[x0]\n"
      "etch_taps %[w1], %[x1]\n"
      ".endm\n"
      ".macro etch_requantize sum\n"
      "ldr %[t], [%[from]]\n"
      "ldrb %[x0], [%[from], #4]\n"
      "add %[from], %[from], %[w0]\n"
      "add lr, \\sum, \\sum, asr #31\n"
      "lsl %[t], %[t], #1\n"
      "lsr %[x0], %[x1], %[x0]\n"
      "smmlar \\sum, \\sum, %[t], lr\n"
      "smmlar \\sum, \\sum, %[x0], %[w1]\n"
      "ssat \\sum, #8, \\sum\n"
      ".endm\n"

      ETCH_HOLD_WORDS
      "adr.w %[from], 2f\n"
      "add %[from], %[from], #1\n"  // an address of Thumb
      "mov %[x0], #(3f - 2f) / 4\n"
      "mla %[from], %[t], %[x0], %[from]\n"
      "str %[from], " ETCH_HELD(loop) "\n"
      "1: ldr %[from], " ETCH_HELD(first_pixel) "\n"
      "mov %[s0], #0\n"
      "mov %[s1], #0\n"
      "mov %[s2], #0\n"
      "mov %[s3], #0\n"
      "ldr pc, " ETCH_HELD(loop) "\n"
      ".balign 4\n"
      "2: etch_word\n"
      "etch_word\n"
      "etch_word\n"
      "etch_word\n"
      "3: cmp %[from], %[last]\n"
      "bne 2b\n"
      "ldr %[from], " ETCH_HELD(bias) "\n"
      "ldr lr, " ETCH_HELD(excess) "\n"
      "ldr %[w0], [%[from]]\n"
      "ldr %[w1], [%[from], #4]\n"
      "ldr %[x0], [%[from], #8]\n"
      "ldr %[x1], [%[from], #12]\n"
      "add %[from], %[from], #16\n"
      "str %[from], " ETCH_HELD(bias) "\n"
      "sub %[s3], %[s3], %[s0]\n"
      "sub %[s3], %[s3], %[s1]\n"
      "sub %[s3], %[s3], %[s2]\n"
      "sub %[s0], %[s0], lr\n"
      "sub %[w1], %[w1], lr\n"
      "sub %[x0], %[x0], lr\n"
      "add %[s0], %[w0], %[s0]\n"
      "add %[s1], %[w1], %[s1], asr #4\n"
      "add %[s2], %[x0], %[s2], asr #8\n"
      "add %[s3], %[x1], %[s3], asr #12\n"
      "ldr %[w1], " ETCH_HELD(zero_point) "\n"
      "ldr %[w0], " ETCH_HELD(scale_step) "\n"
      "ldr %[from], " ETCH_HELD(scale) "\n"
      "mov %[x1], #0x80000000\n"
      "etch_requantize %[s0]\n"
      "etch_requantize %[s1]\n"
      "etch_requantize %[s2]\n"
      "etch_requantize %[s3]\n"
      "str %[from], " ETCH_HELD(scale) "\n"
      "ldr %[from], " ETCH_HELD(to) "\n"
      "ldr %[t], " ETCH_HELD(end) "\n"
      "strb %[s1], [%[from], #1]\n"
      "strb %[s2], [%[from], #2]\n"
      "strb %[s3], [%[from], #3]\n"
      "strb %[s0], [%[from]], #4\n"
      "str %[from], " ETCH_HELD(to) "\n"
      "cmp %[from], %[t]\n"
      "bne 1b\n"
      ETCH_RELEASE_WORDS
      ".purgem etch_taps\n"
      ".purgem etch_word\n"
      ".purgem etch_requantize\n"
#if ETCH_CLANG_ASSEMBLY
      : [from] "+r"(held), [w] "=r"(w), [t] "=r"(t), [last] "=r"(last), [s0] "=r"(s0), [s1] "=r"(s1),
        [s2] "=r"(s2), [s3] "=r"(s3), [w0] "=r"(w0), [w1] "=r"(w1), [x0] "=r"(x0), [x1] "=r"(x1)
      : ETCH_WORD(bias, 3), ETCH_WORD(scale, 4), ETCH_WORD(to, 5), ETCH_WORD(loop, 6), ETCH_WORD(end, 7),
        ETCH_WORD(first_pixel, 8), ETCH_WORD(excess, 9), ETCH_WORD(zero_point, 10), ETCH_WORD(scale_step, 11)
#else
      : [w] "+r"(w), [t] "+r"(t), [from] "=&r"(from), [s0] "=&r"(s0), [s1] "=&r"(s1), [s2] "=&r"(s2),
        [s3] "=&r"(s3), [w0] "=&r"(w0), [w1] "=&r"(w1), [x0] "=&r"(x0), [x1] "=&r"(x1),
        [bias] "+m"(next_filters.first), [scale] "+m"(next_filters.second), [to] "+m"(at.first),
        [loop] "=m"(loop)
      : [last] "r"(last), [end] "m"(at.second), [first_pixel] "m"(pixel.first), [excess] "m"(pixel.second),
        [zero_point] "m"(output.first), [scale_step] "m"(output.second)
#endif
      : "lr", "cc", "memory");
}

/// The same with two of four widened pixels, in all registers: 28 instructions for 32 products.
[[gnu::always_inline]] inline void int4_multiply(const std::int8_t* w, const std::int32_t* x, int words,
                                                 std::int32_t (&sum)[2][int4_group]) {
  Int4Sums s, t;
  const std::int8_t* const end = w + 8 * words;
#if ETCH_CLANG_ASSEMBLY
  register const std::int8_t* taps asm("r0") = end;
  register const std::int8_t* w_at asm("r1") = w;
  register const std::int32_t* x_at asm("r2") = x;
  register std::int32_t remaining asm("r3") = words, s0 asm("r4") = 0, s1 asm("r5") = 0, s2 asm("r6") = 0;
  register std::int32_t s3 asm("r8") = 0, t0 asm("r9") = 0, t1 asm("r10") = 0, t2 asm("r11") = 0;
  register std::int32_t t3 asm("r12") = 0, x0 asm("lr");
#else
  std::int32_t taps, x0;
#endif
  asm volatile(
      ".macro etch_both mask, first, second\n"
      "and %[words], %[taps], #\\mask\n"
      "smlad \\first, %[words], %[x0], \\first\n"
      "smlad \\second, %[words], r7, \\second\n"
      ".endm\n"
      ".macro etch_taps\n"
      "etch_both 0x000f000f, %[s0], %[t0]\n"
      "etch_both 0x00f000f0, %[s1], %[t1]\n"
      "etch_both 0x0f000f00, %[s2], %[t2]\n"
      "smlad %[s3], %[taps], %[x0], %[s3]\n"
      "smlad %[t3], %[taps], r7, %[t3]\n"
      ".endm\n"
      ".macro etch_word\n"
      "ldr %[taps], [%[w], #4]\n"
      "ldr %[x0], [%[x], #4]\n"
      "ldr r7, [%[x], #12]\n"
      "etch_taps\n"
      "ldr %[taps], [%[w]], #8\n"
      "ldr r7, [%[x], #8]\n"
      "ldr %[x0], [%[x]], #32\n"
      "etch_taps\n"
      ".endm\n"
      ETCH_HOLD_WORD("%[taps]")
      "lsls %[words], %[words], #31\n"
      "bmi 2f\n"
      ".balign 4\n"
      "1: etch_word\n"
      "2: etch_word\n"
      "ldr %[words], " ETCH_HELD(end) "\n"
      "cmp %[w], %[words]\n"
      "bne 1b\n"
      ETCH_RELEASE_WORD
      ".purgem etch_both\n"
      ".purgem etch_taps\n"
      ".purgem etch_word\n"
#if ETCH_CLANG_ASSEMBLY
      : [w] "+r"(w_at), [x] "+r"(x_at), [words] "+r"(remaining), [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2),
        [s3] "+r"(s3), [t0] "+r"(t0), [t1] "+r"(t1), [t2] "+r"(t2), [t3] "+r"(t3), [taps] "+r"(taps),
        [x0] "=r"(x0)
      : ETCH_WORD(end, 0)
      : "cc", "memory");
  s = {s0, s1, s2, s3};
  t = {t0, t1, t2, t3};
#else
      : [w] "+r"(w), [x] "+r"(x), [words] "+r"(words), [s0] "+r"(s.first), [s1] "+r"(s.second),
        [s2] "+r"(s.third), [s3] "+r"(s.all), [t0] "+r"(t.first), [t1] "+r"(t.second), [t2] "+r"(t.third),
        [t3] "+r"(t.all), [taps] "=&r"(taps), [x0] "=&r"(x0)
      : [end] "m"(end)
      : "r7", "cc", "memory");
#endif
  s.add_to(sum[0]);
  t.add_to(sum[1]);
}

[[gnu::always_inline]] inline bool int4_rounds_twice(const Int8Convolution& d, const Int8ShortScale* scale) {
  for (const Int8ShortScale* const end = scale + (d.per_channel ? d.filters : 1); scale != end; ++scale)
    if (!rounds_twice(*scale)) return false;
  return true;
}

/// What the first three filters' sums are too high by: 8 times the sum of all taps of a widened pixel.
template <int step>
[[gnu::always_inline]] inline std::int32_t int4_excess(const std::int32_t* x, int words) {
  std::int32_t sum = 0;
  for (; words > 0; --words, x += step) sum = smlad(0x80008, x[1], smlad(0x80008, x[0], sum));
  return sum;
}

/// Widened pixels by all filters. \param y [pixels][filters]
template <int pixels, int step>
[[ETCH_ALL_REGISTERS]] inline void int4_multiply_pixels(const Int8Convolution& d, const std::int8_t* w,
                                                        const std::int32_t* x, const std::int32_t* bias,
                                                        const Int8ShortScale* scale, const Int8Io& io,
                                                        std::int8_t* y) {
  const int words = d.row / 4, filters = d.filters, own = d.per_channel;
  const std::int32_t zero_point = io.output_zero_point;
  std::int32_t excess[pixels];
  for (int i = 0; i < pixels; ++i) excess[i] = int4_excess<step>(x + 2 * i, words);
  std::int8_t* to = y;
  int remaining = filters;
  if (pixels == 1 && !size_mode && filters >= int4_group && words <= int4_words_at_once &&
      int4_rounds_twice(d, scale)) {
    int4_multiply_one({w, bias, scale, words, filters, filters, own, io}, x, excess[0], y);
    const int done = filters / int4_group * int4_group;
    w += 2 * done * words;
    bias += done;
    scale += own * done;
    to += done;
    remaining -= done;
  }
  for (; remaining > 0; remaining -= int4_group) {
    std::int32_t sum[pixels][int4_group];
    for (int i = 0; i < pixels; ++i)
      for (int k = 0; k < int4_group; ++k) sum[i][k] = k == 3 ? 0 : -excess[i];
    for (int from = 0; from < words; from += int4_words_at_once) {
      const int rest = words - from, now = rest < int4_words_at_once ? rest : int4_words_at_once;
      int4_multiply(w, x + step * from, now, sum);
      w += 8 * now;
    }
    for (int k = 0; k < int4_group && k < remaining; ++k, ++to, scale += own) {
      const std::int32_t added = *bias++;
      for (int i = 0; i < pixels; ++i) {
        const std::int32_t all = added + sum[i][k];
        to[i * filters] =
            static_cast<std::int8_t>(rounds_twice(*scale) ? requantize_scaled(all, *scale, zero_point)
                                                          : requantize_any(all, *scale, io));
      }
    }
  }
  limit_bytes(y, pixels * filters, io);
}

/// By a copy of the description: its own, whose address nobody takes, is known to the compiler.
[[gnu::always_inline]] inline void int4_convolution(const Int8Convolution& described, const std::int8_t* x,
                                                    const std::int8_t* w, const std::int32_t* bias,
                                                    const Int8ShortScale* scale, const Int8Io& io,
                                                    std::int8_t* y, std::int8_t* scratch) {
  const Int8Convolution d = described;
  const auto* const patch = reinterpret_cast<const std::int32_t*>(scratch);
  each_pixel(
      d, x, io, y, scratch,
      [&](std::int8_t * to) __attribute__((always_inline)) {
        for (int two = 0; two < 2; ++two)
          int4_multiply_pixels<2, among_four>(d, w, patch + 4 * two, bias, scale, io,
                                              to + 2 * two * d.filters);
      },
      [&](std::int8_t * to) __attribute__((always_inline)) {
        int4_multiply_pixels<1, alone>(d, w, patch, bias, scale, io, to);
      });
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
