// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_each_pixel.hpp>
#include <runtime/kernels/dsp/int8_small_pairs.hpp>

/// The convolution of the size mode: one form for all layers, four pixels by one filter, or one by four.
namespace etch::kernels::dsp::inline ETCH_TARGET {

/// Products of four widened pixels, interleaved word by word, with one filter: 15 instructions for 16.
[[gnu::always_inline]] inline void multiply_four_pixels(const std::int8_t* w, const std::int32_t* x,
                                                        int words, std::int32_t (&sum)[4]) {
  register std::int32_t x0 asm("r4"), x1 asm("r5"), x2 asm("r6"), x3 asm("r8");
  std::int32_t even, odd, s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  asm volatile(
      ".macro etch_two first, second\n"
      "ldmia.w %[x]!, {r4, r5, r6, r8}\n"
      "smlad \\first, %[even], r4, \\first\n"
      "smlad \\second, %[even], r6, \\second\n"
      "smlad \\first, %[odd], r5, \\first\n"
      "smlad \\second, %[odd], r8, \\second\n"
      ".endm\n"
      "1: ldr %[odd], [%[w]], #4\n"
      "sxtb16 %[even], %[odd]\n"
      "sxtb16 %[odd], %[odd], ror #8\n"
      "etch_two %[s0], %[s1]\n"
      "etch_two %[s2], %[s3]\n"
      "subs %[words], #1\n"
      "bne 1b\n"
      ".purgem etch_two\n"
      : [w] "+r"(w), [x] "+r"(x), [words] "+r"(words), [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2),
        [s3] "+r"(s3), [even] "=&r"(even), [odd] "=&r"(odd), "=&r"(x0), "=&r"(x1), "=&r"(x2), "=&r"(x3)
      :
      : "cc", "memory");
  sum[0] = s0;
  sum[1] = s1;
  sum[2] = s2;
  sum[3] = s3;
}

/// Products of one widened pixel with four filters, `row` bytes apart: 24 instructions for 16, in a register
/// less than there are beside a frame pointer. What the loop changes is marked as written early: a row of 0
/// would else share its register with a sum that begins as 0.
[[gnu::always_inline]] inline void multiply_four_filters(const std::int8_t* w, int row, const std::int32_t* x,
                                                         int words, std::int32_t (&sum)[4]) {
  std::int32_t x0, x1, even, odd, s0 = 0, s1 = 0, s2 = 0, s3 = 0;
  asm volatile(
      ".macro etch_filter sum, at:vararg\n"
      "ldr %[odd], \\at\n"
      "sxtb16 %[even], %[odd]\n"
      "sxtb16 %[odd], %[odd], ror #8\n"
      "smlad \\sum, %[even], %[x0], \\sum\n"
      "smlad \\sum, %[odd], %[x1], \\sum\n"
      ".endm\n"
      "1: ldrd %[x0], %[x1], [%[x]], #8\n"
      "etch_filter %[s1], [%[w], %[row]]\n"
      "etch_filter %[s2], [%[w], %[row], lsl #1]\n"
      "add %[even], %[w], %[row]\n"
      "etch_filter %[s3], [%[even], %[row], lsl #1]\n"
      "etch_filter %[s0], [%[w]], #4\n"
      "subs %[words], #1\n"
      "bne 1b\n"
      ".purgem etch_filter\n"
      : [w] "+&r"(w), [x] "+&r"(x), [words] "+&r"(words), [s0] "+&r"(s0), [s1] "+&r"(s1), [s2] "+&r"(s2),
        [s3] "+&r"(s3), [x0] "=&r"(x0), [x1] "=&r"(x1), [even] "=&r"(even), [odd] "=&r"(odd)
      : [row] "r"(row)
      : "cc", "memory");
  sum[0] = s0;
  sum[1] = s1;
  sum[2] = s2;
  sum[3] = s3;
}

/// One pixel by all filters. Where fewer than four are left, it takes them one by one.
template <class Scale>
[[gnu::always_inline]] inline void multiply_pixel(const Int8Convolution& d, const std::int8_t* w,
                                                  const std::int32_t* x, SmallResults<Scale> to) {
  for (int remaining = d.filters; remaining > 0;) {
    const int filters = remaining >= 4 ? 4 : 1;
    std::int32_t sum[4];
    multiply_four_filters(w, filters == 4 ? d.row : 0, x, d.row / 4, sum);
    put_channels(to, sum, filters);
    w += filters * d.row;
    to.bias += filters;
    to.scale += filters * d.per_channel;
    to.y += filters;
    remaining -= filters;
  }
}

/// Four pixels by all filters.
template <class Scale>
[[gnu::always_inline]] inline void multiply_pixels(const Int8Convolution& d, const std::int8_t* w,
                                                   const std::int32_t* x, const std::int32_t* bias,
                                                   const Scale* scale, const Int8Io& io, std::int8_t* y) {
  for (int remaining = d.filters; remaining > 0; --remaining, w += d.row, scale += d.per_channel) {
    std::int32_t sum[4];
    multiply_four_pixels(w, x, d.row / 4, sum);
    put_pixels(sum, *bias++, *scale, io, y++, d.filters);
  }
}

template <class Scale>
[[gnu::always_inline]] inline void int8_convolution(const Int8Convolution& d, const std::int8_t* x,
                                                    const std::int8_t* w, const std::int32_t* bias,
                                                    const Scale* scale, const Int8Io& io, std::int8_t* y,
                                                    std::int8_t* scratch) {
  const auto* const patch = reinterpret_cast<const std::int32_t*>(scratch);
  each_pixel(
      d, x, io, y, scratch,
      [&](std::int8_t * to)
          __attribute__((always_inline)) { multiply_pixels(d, w, patch, bias, scale, io, to); },
      [&](std::int8_t * to) __attribute__((always_inline)) {
        multiply_pixel<Scale>(d, w, patch, {bias, scale, d.per_channel, &io, to});
      });
}

/// The same of filters that are paired, as models have them that were not compiled for the size mode.
template <class Scale>
[[gnu::noinline]] inline void paired_convolution(const Int8Convolution& d, const std::int8_t* x,
                                                 const std::int8_t* w, const std::int32_t* bias,
                                                 const Scale* scale, const Int8Io& io, std::int8_t* y,
                                                 std::int8_t* scratch) {
  const auto* const patch = reinterpret_cast<const std::int32_t*>(scratch);
  const int last = d.filters - 1;
  const bool odd = d.filters % 2 != 0;
  const std::int8_t* const last_row = w + last * d.row;
  const Scale* const last_scale = scale + last * d.per_channel;
  each_pixel(
      d, x, io, y, scratch,
      [&](std::int8_t * to) __attribute__((always_inline)) {
        multiply_pixels_by_pairs(d, w, patch, bias, scale, io, to);
        if (!odd) return;
        std::int32_t sum[4];
        multiply_four_pixels(last_row, patch, d.row / 4, sum);
        put_pixels(sum, bias[last], *last_scale, io, to + last, d.filters);
      },
      [&](std::int8_t * to) __attribute__((always_inline)) {
        const SmallResults<Scale> results{bias, scale, d.per_channel, &io, to};
        multiply_pixel_by_pairs(d, w, patch, results);
        if (!odd) return;
        std::int32_t sum = 0;
        for (int k = 0; k < d.row; k += 4) sum = multiply_word(load_word(last_row + k), patch + k / 2, sum);
        put_channels<Scale>({bias + last, last_scale, 0, &io, to + last}, &sum, 1);
      });
}

/// By a copy of the description: its own, whose address nobody takes, is known to the compiler.
template <class Scale>
[[gnu::always_inline]] inline void int8_paired_convolution(const Int8Convolution& d, const std::int8_t* x,
                                                           const std::int8_t* w, const std::int32_t* bias,
                                                           const Scale* scale, const Int8Io& io,
                                                           std::int8_t* y, std::int8_t* scratch) {
  const Int8Convolution copy = d;
  paired_convolution(copy, x, w, bias, scale, io, y, scratch);
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
