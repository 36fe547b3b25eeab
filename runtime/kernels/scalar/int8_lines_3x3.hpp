// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/scalar/int8_lines.hpp>

namespace etch::kernels::scalar::inline ETCH_TARGET {

/// Whether lines of 3x3 are read pixel by pixel, not in pairs.
inline constexpr bool single_pixels = !ETCH_ASSEMBLY && !few_registers;

#if ETCH_ASSEMBLY
/// A line of results of a kernel of 3x3 without dilation along the line: 105 instructions for four results,
/// 108 with stride 2. The first and last tap of a line of taps make a pair, as do the middle ones of two
/// lines.
template <int Stride>
[[gnu::always_inline]] inline void multiply_line_3x3(const LineChannel& c, const std::uint32_t* line,
                                                     std::int8_t* y) {
  const std::uint32_t *x0 = line, *x1 = x0 + c.row, *x2 = x1 + c.row;
  const PairSums sums(c.bias, 5);
  const WordPair<std::uint32_t, std::uint32_t> start{sums.all, sums.high};
  WordPair<std::int8_t*, int> at{y, c.count};
  const WordPair<std::int32_t, std::int32_t> factor{c.round.multiplier, c.round.offset};
  const int shift = c.round.shift, pixel = c.pixel;
  constexpr int step = 16 * Stride,
                second = 8 * Stride - step;  // bytes: four results, the third from the next
  register std::uint32_t a asm("r7");
  std::uint32_t a_high, b, b_high, of_a, of_b, weight, p, q;
  asm volatile(
      ".macro etch_add\n"
      "add %[a], %[of_a]\n"
      "add %[a_high], %[a_high], %[of_a], asr #16\n"
      "add %[b], %[of_b]\n"
      "add %[b_high], %[b_high], %[of_b], asr #16\n"
      ".endm\n"
      ".macro etch_ends x, tap\n"
      "ldrsb %[weight], [%[w], #\\tap]\n"
      "ldr %[p], [\\x], %[step]\n"
      "ldr %[q], [\\x, %[second]]\n"
      "mla %[of_a], %[p], %[weight], %[raise]\n"
      "mla %[of_b], %[q], %[weight], %[raise]\n"
      "ldrsb %[weight], [%[w], #\\tap + 2]\n"
      ".if %c[stride] == 1\n"  // the last tap of two results is the first of the others
      "mla %[of_a], %[q], %[weight], %[of_a]\n"
      ".else\n"
      "ldr %[p], [\\x, %[first_last]]\n"
      "mla %[of_a], %[p], %[weight], %[of_a]\n"
      ".endif\n"
      "ldr %[q], [\\x, %[second_last]]\n"
      "mla %[of_b], %[q], %[weight], %[of_b]\n"
      "etch_add\n"
      ".endm\n"
      ".macro etch_middle x, tap, to_a, to_b\n"
      "ldrsb %[weight], [%[w], #\\tap]\n"
      "ldr %[p], [\\x, %[first_middle]]\n"
      "ldr %[q], [\\x, %[second_middle]]\n"
      "mla %[of_a], %[p], %[weight], \\to_a\n"
      "mla %[of_b], %[q], %[weight], \\to_b\n"
      ".endm\n"
      ".macro etch_round sum\n"  // of_a, of_b: multiplier and offset, weight: shift
      "mov %[p], #0x80000000\n"
      "add %[q], %[of_b], \\sum, asr #31\n"
      "lsl \\sum, \\sum, #1\n"
      "smlal %[p], %[q], \\sum, %[of_a]\n"
      "asr \\sum, %[q], %[weight]\n"
      "ssat \\sum, #8, \\sum\n"
      ".endm\n"

      "1: ldrd %[a], %[a_high], %[start]\n"
      "mov %[b], %[a]\n"
      "mov %[b_high], %[a_high]\n"
      "etch_ends %[x0], 0\n"
      "etch_ends %[x1], 3\n"
      "etch_middle %[x0], 1, %[raise], %[raise]\n"
      "etch_middle %[x1], 4, %[of_a], %[of_b]\n"
      "etch_add\n"
      "etch_ends %[x2], 6\n"
      "etch_middle %[x2], 7, %[raise], %[raise]\n"
      "etch_add\n"
      "sub %[a], %[a], %[a_high], lsl #16\n"
      "sub %[b], %[b], %[b_high], lsl #16\n"
      "ldrd %[of_a], %[of_b], %[factor]\n"
      "ldr %[weight], %[shift]\n"
      "etch_round %[a]\n"
      "etch_round %[a_high]\n"
      "etch_round %[b]\n"
      "etch_round %[b_high]\n"
      "ldrd %[p], %[q], %[at]\n"
      "ldr %[weight], %[pixel]\n"
      "cmp %[q], #4\n"
      "strb %[a], [%[p]]\n"
      "blt 2f\n"
      "strb %[a_high], [%[p], %[weight]]\n"
      "strb %[b], [%[p], %[weight], lsl #1]\n"
      "add %[of_a], %[p], %[weight]\n"
      "strb %[b_high], [%[of_a], %[weight], lsl #1]\n"
      "add %[p], %[p], %[weight], lsl #2\n"
      "subs %[q], #4\n"
      "strd %[p], %[q], %[at]\n"
      "bgt 1b\n"
      "b 3f\n"
      "2: cmp %[q], #2\n"  // what is left of four
      "blt 3f\n"
      "strb %[a_high], [%[p], %[weight]]\n"
      "beq 3f\n"
      "strb %[b], [%[p], %[weight], lsl #1]\n"
      "3:\n"
      ".purgem etch_add\n"
      ".purgem etch_ends\n"
      ".purgem etch_middle\n"
      ".purgem etch_round\n"
      : [x0] "+r"(x0), [x1] "+r"(x1), [x2] "+r"(x2), [at] "+m"(at), [a] "=&r"(a), [a_high] "=&r"(a_high),
        [b] "=&r"(b), [b_high] "=&r"(b_high), [of_a] "=&r"(of_a), [of_b] "=&r"(of_b), [weight] "=&r"(weight),
        [p] "=&r"(p), [q] "=&r"(q)
      : [w] "r"(c.weights), [raise] "r"(raise), [start] "m"(start), [factor] "m"(factor), [shift] "m"(shift),
        [pixel] "m"(pixel), [stride] "i"(Stride), [step] "i"(step), [second] "i"(second),
        [first_middle] "i"(4 - step), [second_middle] "i"(second + 4), [first_last] "i"(8 - step),
        [second_last] "i"(second + 8)
      : "cc", "memory");
}
#else
/// A column of three taps, of the first pixels of words.
struct TapColumn {
  std::int32_t first, second, third;
  [[gnu::always_inline]] TapColumn(std::int32_t a, std::int32_t b, std::int32_t c)
      : first(a), second(b), third(c) {}
  [[gnu::always_inline]] TapColumn(const std::uint32_t* x0, const std::uint32_t* x1, const std::uint32_t* x2)
      : TapColumn(low_pixel(*x0), low_pixel(*x1), low_pixel(*x2)) {}
  [[gnu::always_inline]] std::int32_t times(const TapColumn& w, std::int32_t sum) const {
    return sum + first * w.first + second * w.second + third * w.third;
  }
};

/// With registers for all weights: each pixel is read once, and a column is added to all results that it is
/// part of.
template <int Stride, class Rounding>
[[gnu::always_inline]] inline void multiply_columns(const LineChannel& c, const Rounding& round,
                                                    const std::uint32_t* line, std::int8_t* y) {
  const std::int8_t* const w = c.weights;
  const TapColumn left(w[0], w[3], w[6]), middle(w[1], w[4], w[7]), right(w[2], w[5], w[8]);
  const std::int32_t bias = c.bias;
  const int pixel = c.pixel;
  const std::uint32_t *x0 = line, *x1 = x0 + c.row, *x2 = x1 + c.row;
  const auto next = [&] { return TapColumn(x0++, x1++, x2++); };
  std::int32_t first = next().times(left, bias), second = 0;
  if constexpr (Stride == 1) {
    const TapColumn column = next();
    first = column.times(middle, first);
    second = column.times(left, bias);
  }
  for (int results = c.count; results > 0; --results, y += pixel) {
    if constexpr (Stride == 2) first = next().times(middle, first);
    const TapColumn column = next();
    *y = round(column.times(right, first));
    first = Stride == 1 ? column.times(middle, second) : column.times(left, bias);
    if constexpr (Stride == 1) second = column.times(left, bias);
  }
}

template <int Stride>
[[gnu::always_inline]] inline void multiply_pairs(const LineChannel& c, const std::uint32_t* line,
                                                  std::int8_t* y) {
  constexpr int second = 2 * Stride;
  const std::int8_t* const w = c.weights;
  for (int remaining = c.count; remaining > 0; remaining -= 4, line += 2 * second, y += 4 * c.pixel) {
    PairSums sums[]{{c.bias, 5}, {c.bias, 5}};
    for (int half = 0; half < 2; ++half) {
      const std::uint32_t *const x0 = line + half * second, *const x1 = x0 + c.row, *const x2 = x1 + c.row;
      const auto add = [&](std::uint32_t first, std::int32_t v, std::uint32_t last, std::int32_t u) {
        sums[half].add(multiply_add(last, u, multiply_add(first, v, raise)));
      };
      add(x0[0], w[0], x0[2], w[2]);
      add(x1[0], w[3], x1[2], w[5]);
      add(x0[1], w[1], x1[1], w[4]);
      add(x2[0], w[6], x2[2], w[8]);
      add(x2[1], w[7], 0, 0);
    }
    put_four(sums[0], sums[1], c.round, remaining, y, c.pixel);
  }
}
#endif

/// Lines of results.
template <int Stride>
[[ETCH_ALL_REGISTERS]] inline void multiply_3x3(const LineChannel& c, int lines, std::int8_t* y) {
  const auto each_line = [&](const auto& multiply) __attribute__((always_inline)) {
    for (const std::uint32_t* line = c.lines; lines > 0; --lines, line += c.step, y += c.y_line)
      multiply(line, y);
  };
#if ETCH_ASSEMBLY
  each_line([&](const std::uint32_t* line, std::int8_t* to) { multiply_line_3x3<Stride>(c, line, to); });
#else
  const RectifiedRounding rectified(c.round);
  if constexpr (!single_pixels)
    each_line([&](const std::uint32_t* line, std::int8_t* to) { multiply_pairs<Stride>(c, line, to); });
  else if (c.rectified)
    each_line([&](const std::uint32_t* line, std::int8_t* to) {
      multiply_columns<Stride>(c, rectified, line, to);
    });
  else
    each_line(
        [&](const std::uint32_t* line, std::int8_t* to) { multiply_columns<Stride>(c, c.round, line, to); });
#endif
}

}  // namespace etch::kernels::scalar::inline ETCH_TARGET
