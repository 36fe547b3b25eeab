// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/cortex_m/int8_sums.hpp>

/// The innermost loops over lines of one channel. As instructions where the target has them: the compiler
/// keeps too little of them in registers.
namespace etch::kernels::cortex_m {

#if defined(__ARM_FEATURE_DSP)
/// `count` pixels of one channel, `pixel` bytes from each other, widened. 11 instructions for four.
[[gnu::always_inline]] inline void read_line(const std::int8_t* x, std::int16_t* to, int pixel, int three,
                                             int count) {
  std::int32_t a, b, c, d;
  asm volatile(
      "subs %[count], #4\n"
      "bmi 2f\n"
      "1: ldrsb %[b], [%[x], %[pixel]]\n"
      "ldrsb %[c], [%[x], %[pixel], lsl #1]\n"
      "ldrsb %[d], [%[x], %[three]]\n"
      "ldrsb %[a], [%[x]]\n"
      "strh %[b], [%[to], #2]\n"
      "strh %[c], [%[to], #4]\n"
      "strh %[d], [%[to], #6]\n"
      "strh %[a], [%[to]], #8\n"
      "add %[x], %[x], %[pixel], lsl #2\n"
      "subs %[count], #4\n"
      "bpl 1b\n"
      "2: lsls %[count], #31\n"  // carry: two more; sign: one more
      "bcc 3f\n"
      "ldrsb %[b], [%[x], %[pixel]]\n"
      "ldrsb %[a], [%[x]]\n"
      "strh %[b], [%[to], #2]\n"
      "strh %[a], [%[to]], #4\n"
      "add %[x], %[x], %[pixel], lsl #1\n"
      "3: bpl 4f\n"
      "ldrsb %[a], [%[x]]\n"
      "strh %[a], [%[to]]\n"
      "4:\n"
      :
      [x] "+r"(x), [to] "+r"(to), [count] "+r"(count), [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c), [d] "=&r"(d)
      : [pixel] "r"(pixel), [three] "r"(three)
      : "cc", "memory");
}

/// Moves `blocks` times four words to lower addresses.
[[gnu::always_inline]] inline void move_words(const Pair* from, Pair* to, int blocks) {
  register std::int32_t a asm("r4"), b asm("r5"), c asm("r6"), d asm("r8");
  asm volatile(
      "1: ldmia.w %[from]!, {r4, r5, r6, r8}\n"
      "stmia.w %[to]!, {r4, r5, r6, r8}\n"
      "subs %[blocks], #1\n"
      "bne 1b\n"
      : [from] "+r"(from), [to] "+r"(to), [blocks] "+r"(blocks), "=&r"(a), "=&r"(b), "=&r"(c), "=&r"(d)
      :
      : "cc", "memory");
}

/// 4 * `fours` doubled sums into pixels of one channel. 24 instructions for four.
[[gnu::always_inline]] inline void put_fours(const std::int32_t*& sums, std::int8_t*& y,
                                             const DoubledRounding& r, int pixel, int fours) {
  register std::int32_t a asm("r4"), b asm("r5"), c asm("r6"), d asm("r8");
  std::int32_t offset;
  asm volatile(
      ".macro etch_put sum, at:vararg\n"
      "add %[offset], %[half], \\sum, asr #31\n"
      "smmlar \\sum, \\sum, %[multiplier], %[offset]\n"
      "asr \\sum, %[shift]\n"
      "ssat \\sum, #8, \\sum\n"
      "strb \\sum, \\at\n"
      ".endm\n"
      "1: ldmia.w %[sums]!, {r4, r5, r6, r8}\n"
      "etch_put r4, [%[y]]\n"
      "etch_put r5, [%[y], %[pixel]]\n"
      "etch_put r6, [%[y], %[pixel], lsl #1]\n"
      "etch_put r8, [%[y], %[three]]\n"
      "add %[y], %[y], %[pixel], lsl #2\n"
      "subs %[fours], #1\n"
      "bne 1b\n"
      ".purgem etch_put\n"
      : [sums] "+r"(sums), [y] "+r"(y), [fours] "+r"(fours), [offset] "=&r"(offset), "=&r"(a), "=&r"(b),
        "=&r"(c), "=&r"(d)
      : [pixel] "r"(pixel), [three] "r"(3 * pixel), [multiplier] "r"(r.multiplier), [half] "r"(r.offset),
        [shift] "r"(r.shift)
      : "cc", "memory");
}

/// 3x3, stride 1: two results at a time until `end`, 18 instructions for 18 products. \param w a line of taps
/// has (0, 1) and (1, 2). \tparam Pitch bytes from line to line.
template <int Pitch>
[[gnu::always_inline]] inline void multiply_3x3(const std::int16_t* x, const Pair (&w)[6], std::int32_t bias,
                                                std::int32_t* sums, const std::int32_t* end) {
  std::int32_t a, b, even, odd;
  asm volatile(
      "1: ldrd %[a], %[b], [%[x], %[line1]]\n"
      "smlad %[even], %[a], %[w2], %[bias]\n"
      "smlatb %[odd], %[a], %[w2], %[bias]\n"
      "smlabt %[even], %[b], %[w3], %[even]\n"
      "smlad %[odd], %[b], %[w3], %[odd]\n"
      "ldrd %[a], %[b], [%[x], %[line2]]\n"
      "smlad %[even], %[a], %[w4], %[even]\n"
      "smlatb %[odd], %[a], %[w4], %[odd]\n"
      "smlabt %[even], %[b], %[w5], %[even]\n"
      "smlad %[odd], %[b], %[w5], %[odd]\n"
      "ldrd %[a], %[b], [%[x]], #4\n"
      "smlad %[even], %[a], %[w0], %[even]\n"
      "smlatb %[odd], %[a], %[w0], %[odd]\n"
      "smlabt %[even], %[b], %[w1], %[even]\n"
      "smlad %[odd], %[b], %[w1], %[odd]\n"
      "strd %[even], %[odd], [%[sums]], #8\n"
      "cmp %[sums], %[end]\n"
      "blo 1b\n"
      : [x] "+r"(x), [sums] "+r"(sums), [a] "=&r"(a), [b] "=&r"(b), [even] "=&r"(even), [odd] "=&r"(odd)
      : [w0] "r"(w[0]), [w1] "r"(w[1]), [w2] "r"(w[2]), [w3] "r"(w[3]), [w4] "r"(w[4]), [w5] "r"(w[5]),
        [bias] "r"(bias), [end] "r"(end), [line1] "i"(Pitch), [line2] "i"(2 * Pitch)
      : "cc", "memory");
}

/// 3x3, stride 2: 12 instructions for 9 products.
template <int Pitch>
[[gnu::always_inline]] inline void multiply_3x3_stride_2(const std::int16_t* x, const Pair (&w)[6],
                                                         std::int32_t bias, std::int32_t* sums,
                                                         const std::int32_t* end) {
  std::int32_t a, b, sum;
  asm volatile(
      "1: ldrd %[a], %[b], [%[x], %[line1]]\n"
      "smlad %[sum], %[a], %[w2], %[bias]\n"
      "smlabt %[sum], %[b], %[w3], %[sum]\n"
      "ldrd %[a], %[b], [%[x], %[line2]]\n"
      "smlad %[sum], %[a], %[w4], %[sum]\n"
      "smlabt %[sum], %[b], %[w5], %[sum]\n"
      "ldrd %[a], %[b], [%[x]], #4\n"
      "smlad %[sum], %[a], %[w0], %[sum]\n"
      "smlabt %[sum], %[b], %[w1], %[sum]\n"
      "str %[sum], [%[sums]], #4\n"
      "cmp %[sums], %[end]\n"
      "blo 1b\n"
      : [x] "+r"(x), [sums] "+r"(sums), [a] "=&r"(a), [b] "=&r"(b), [sum] "=&r"(sum)
      : [w0] "r"(w[0]), [w1] "r"(w[1]), [w2] "r"(w[2]), [w3] "r"(w[3]), [w4] "r"(w[4]), [w5] "r"(w[5]),
        [bias] "r"(bias), [end] "r"(end), [line1] "i"(Pitch), [line2] "i"(2 * Pitch)
      : "cc", "memory");
}
#else
inline void read_line(const std::int8_t* x, std::int16_t* to, int pixel, int, int count) {
  for (; count > 0; --count, x += pixel) *to++ = *x;
}

inline void move_words(const Pair* from, Pair* to, int blocks) {
  for (int n = 4 * blocks; n > 0; --n) *to++ = *from++;
}

inline void put_fours(const std::int32_t*& sums, std::int8_t*& y, const DoubledRounding& r, int pixel,
                      int fours) {
  for (int n = 4 * fours; n > 0; --n, y += pixel) *y = requantize_doubled(*sums++, r);
}

template <int Pitch>
inline void multiply_3x3(const std::int16_t* x, const Pair (&w)[6], std::int32_t bias, std::int32_t* sums,
                         const std::int32_t* end) {
  for (; sums < end; x += 2, sums += 2) {
    sums[0] = sums[1] = bias;
    for (int k = 0; k < 3; ++k) {
      const Pair a = load_pair(x + k * Pitch / 2), b = load_pair(x + k * Pitch / 2 + 2);
      sums[0] = smlabt(b, w[2 * k + 1], smlad(a, w[2 * k], sums[0]));
      sums[1] = smlad(b, w[2 * k + 1], smlatb(a, w[2 * k], sums[1]));
    }
  }
}

template <int Pitch>
inline void multiply_3x3_stride_2(const std::int16_t* x, const Pair (&w)[6], std::int32_t bias,
                                  std::int32_t* sums, const std::int32_t* end) {
  for (; sums < end; x += 2, ++sums) {
    *sums = bias;
    for (int k = 0; k < 3; ++k) {
      const Pair a = load_pair(x + k * Pitch / 2), b = load_pair(x + k * Pitch / 2 + 2);
      *sums = smlabt(b, w[2 * k + 1], smlad(a, w[2 * k], *sums));
    }
  }
}
#endif

}  // namespace etch::kernels::cortex_m
