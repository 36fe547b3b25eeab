// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/scalar/int8_filters.hpp>

#if ETCH_ASSEMBLY
namespace etch::kernels::scalar::inline ETCH_TARGET {

/// Four packed pixels by all filters, which `rounds_fast`: 46 instructions for 32 products, and 54 for the
/// four results. The products need all 14 registers; what is needed about them waits in the frame.
[[ETCH_ALL_REGISTERS]] inline void multiply_four_fast(const Filters& f, const std::uint32_t* x,
                                                      std::int8_t* y) {
  const int pairs = f.row / 2;
  WordPair<const std::int32_t*, int> bias{f.bias, f.row & 4};  // whether the number of four taps is odd
  WordPair<const Int8Scale*, int> scale{f.scale, f.scale_step * static_cast<int>(sizeof(Int8Scale))};
  WordPair<std::int8_t*, std::int8_t*> at{y, y + f.count};
  const WordPair<const std::uint32_t*, const std::uint32_t*> taps{x, x + 2 * f.row};
  const WordPair<std::int32_t, std::int32_t> start{-pairs * high_raise, pairs * (low_raise - high_raise)};
  const WordPair<std::int32_t, int> output{2 * f.io.output_zero_point + 1, f.count};
  const std::int8_t* w = f.weights;
  register std::uint32_t x0 asm("r4"), x1 asm("r5"), x2 asm("r6"), x3 asm("r8");
  register std::uint32_t a asm("r7");
  std::uint32_t a_high, b, b_high, from, end, w0, w1;
  asm volatile(
      ".macro etch_two_taps\n"
      "ldmia.w %[x]!, {r4, r5, r6, r8}\n"
      "ldrsb %[w0], [%[w]], #1\n"
      "ldrsb %[w1], [%[w]], #1\n"
      "mla r4, r4, %[w0], %[raise]\n"
      "mla r5, r5, %[w0], %[raise]\n"
      "mla r4, r6, %[w1], r4\n"
      "mla r5, r8, %[w1], r5\n"
      "add %[a], r4\n"
      "add %[a_high], %[a_high], r4, asr #16\n"
      "add %[b], r5\n"
      "add %[b_high], %[b_high], r5, asr #16\n"
      ".endm\n"
      ".macro etch_round sum\n"  // r6: offset, w0: multiplier, w1: shift
      "mov r4, #0x80000000\n"
      "add r5, r6, \\sum, asr #31\n"
      "lsl \\sum, \\sum, #1\n"
      "smlal r4, r5, \\sum, %[w0]\n"
      "asr r5, %[w1]\n"
      "ssat r5, #8, r5\n"
      ".endm\n"

      "1: ldrd r4, r5, %[bias]\n"
      "ldr %[a_high], [r4], #4\n"
      "str r4, %[bias]\n"
      "ldrd r6, r8, %[start]\n"
      "ldrd %[x], %[end], %[taps]\n"
      "add %[a_high], r6\n"
      "add %[a], %[a_high], %[a_high], lsl #16\n"
      "sub %[a], r8\n"
      "mov %[b], %[a]\n"
      "mov %[b_high], %[a_high]\n"
      "cbnz r5, 3f\n"
      "2: etch_two_taps\n"
      "etch_two_taps\n"
      "3: etch_two_taps\n"
      "etch_two_taps\n"
      "cmp %[x], %[end]\n"
      "bne 2b\n"
      "sub %[a], %[a], %[a_high], lsl #16\n"
      "sub %[b], %[b], %[b_high], lsl #16\n"
      "ldrd r4, r5, %[scale]\n"
      "ldrd %[w0], %[w1], [r4]\n"
      "add r4, r5\n"
      "str r4, %[scale]\n"
      "ldrd r6, r8, %[output]\n"
      "mvn %[w1], %[w1]\n"
      "lsl r6, %[w1]\n"
      "add %[w1], #1\n"
      "ldrd %[x], %[end], %[at]\n"
      "etch_round %[a_high]\n"
      "strb r5, [%[x], r8]\n"
      "etch_round %[b]\n"
      "strb r5, [%[x], r8, lsl #1]\n"
      "etch_round %[b_high]\n"
      "add r8, r8, r8, lsl #1\n"
      "strb r5, [%[x], r8]\n"
      "etch_round %[a]\n"
      "strb r5, [%[x]], #1\n"
      "str %[x], %[at]\n"
      "cmp %[x], %[end]\n"
      "bne 1b\n"
      ".purgem etch_two_taps\n"
      ".purgem etch_round\n"
      : [w] "+r"(w), [bias] "+m"(bias), [scale] "+m"(scale), [at] "+m"(at), [a] "=&r"(a),
        [a_high] "=&r"(a_high), [b] "=&r"(b), [b_high] "=&r"(b_high), [x] "=&r"(from), [end] "=&r"(end),
        [w0] "=&r"(w0), [w1] "=&r"(w1), "=&r"(x0), "=&r"(x1), "=&r"(x2), "=&r"(x3)
      : [taps] "m"(taps), [start] "m"(start), [output] "m"(output), [raise] "r"(raise)
      : "cc", "memory");
}

/// Four packed pixels by all filters. `round(scale)` makes results of sums.
template <class Round>
[[gnu::always_inline]] inline void multiply_four(const Filters& f, const std::uint32_t* x, std::int8_t* y,
                                                 const Round& round) {
  const std::int8_t* w = f.weights;
  const std::int32_t* bias = f.bias;
  const Int8Scale* scale = f.scale;
  const int step = f.count, row = f.row;
  for (const std::int8_t* const last = y + step; y != last; ++y, scale += f.scale_step) {
    PairSums a(*bias++, row / 2), b = a;
    for (int i = 0; i < row; i += 2, w += 2) {
      const std::uint32_t* const taps = x + 2 * i;
      a.add(multiply_add(taps[2], w[1], multiply_add(taps[0], w[0], raise)));
      b.add(multiply_add(taps[3], w[1], multiply_add(taps[1], w[0], raise)));
    }
    const auto rounding = round(*scale);
    y[0] = rounding(a.first());
    y[step] = rounding(a.second());
    y[2 * step] = rounding(b.first());
    y[3 * step] = rounding(b.second());
  }
}

[[gnu::noinline]] inline void multiply_four_any(const Filters& f, const std::uint32_t* x, std::int8_t* y) {
  multiply_four(f, x, y, [&](const Int8Scale& scale) { return AnyRounding{&scale, &f.io}; });
}

/// Four packed pixels. Results of a pixel lie `f.count` bytes after those of the one before.
[[gnu::always_inline]] inline void multiply_four(const Filters& f, const std::uint32_t* x, std::int8_t* y) {
  if (f.fast)
    multiply_four_fast(f, x, y);
  else
    multiply_four_any(f, x, y);
}

}  // namespace etch::kernels::scalar::inline ETCH_TARGET
#endif
