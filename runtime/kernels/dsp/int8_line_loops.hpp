// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/held_words.hpp>
#include <runtime/kernels/dsp/int8_sums.hpp>

#include <cstddef>

/// The innermost loops over lines of one channel. As instructions where the target has them: the compiler
/// keeps too little of them in registers.
namespace etch::kernels::dsp::inline ETCH_TARGET {

/// Where lines of sums go, one after the other. An odd line writes one sum too many, which the next line or
/// nobody needs.
struct SumLines {
  std::int32_t* sums;
  int count, lines;
  int stride;  ///< lines of input from line to line
};

#if ETCH_DSP_KERNELS
/// `count` pixels of one channel, `pixel` bytes from each other, widened. 11 instructions for four.
[[gnu::always_inline]] inline void read_line(const std::int8_t*& x, std::int16_t*& to, int pixel, int three,
                                             int count) {
  std::int32_t a, b, c, d;
  asm volatile(
      "subs %[count], #4\n"
      "bmi 2f\n"
      ".balign 4\n"
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
      "strh %[a], [%[to]], #2\n"
      "add %[x], %[pixel]\n"
      "4:\n"
      : [x] "+&r"(x), [to] "+&r"(to), [count] "+&r"(count), [a] "=&r"(a), [b] "=&r"(b), [c] "=&r"(c),
        [d] "=&r"(d)
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

/// 4 * `fours` sums into pixels of one channel. 24 instructions for four.
[[gnu::always_inline]] inline void put_fours(const std::int32_t*& sums, std::int8_t*& y,
                                             const ChannelRounding& r, int pixel, int fours) {
  register std::int32_t a asm("r4"), b asm("r5"), c asm("r6"), d asm("r8");
  std::int32_t less;
  asm volatile(
      ".macro etch_put sum, at:vararg\n"
      "add %[less], \\sum, \\sum, asr #31\n"
      "smmlar \\sum, \\sum, %[multiplier], %[less]\n"
      "smmlar \\sum, \\sum, %[step], %[zero]\n"
      "ssat \\sum, #8, \\sum\n"
      "strb \\sum, \\at\n"
      ".endm\n"
      ".balign 4\n"
      "1: ldmia.w %[sums]!, {r4, r5, r6, r8}\n"
      "etch_put r4, [%[y]]\n"
      "etch_put r5, [%[y], %[pixel]]\n"
      "etch_put r6, [%[y], %[pixel], lsl #1]\n"
      "etch_put r8, [%[y], %[three]]\n"
      "add %[y], %[y], %[pixel], lsl #2\n"
      "subs %[fours], #1\n"
      "bne 1b\n"
      ".purgem etch_put\n"
      : [sums] "+&r"(sums), [y] "+&r"(y), [fours] "+&r"(fours), [less] "=&r"(less), "=&r"(a), "=&r"(b),
        "=&r"(c), "=&r"(d)
      : [pixel] "r"(pixel), [three] "r"(3 * pixel), [multiplier] "r"(r.multiplier), [step] "r"(r.step),
        [zero] "r"(r.zero_point)
      : "cc", "memory");
}

/// What takes a loop over a line to the next, in memory for want of registers; all in bytes.
struct LineEnds {
  int skip;    ///< of the input, of which a line has passed `read`
  int length;  ///< of the sums
  int spare;   ///< sums written beyond the line
  const std::int32_t* last;
  LineEnds(const SumLines& to, int read, int pitch)
      : skip(to.stride * pitch - read),
        length(4 * to.count),
        spare(4 * (to.count & 1)),
        last(to.sums + to.lines * to.count) {}
};
#if ETCH_CLANG_ASSEMBLY
// The one word is where they are.
#define ETCH_NEXT_LINE          \
  "ldr r7, [sp]\n"              \
  "ldr %[b], [r7, %[spare]]\n"  \
  "sub %[sums], %[b]\n"         \
  "ldr %[b], [r7, %[skip]]\n"   \
  "add %[x], %[b]\n"            \
  "ldr %[b], [r7, %[length]]\n" \
  "add %[end], %[b]\n"          \
  "ldr %[b], [r7, %[last]]\n"   \
  "cmp %[end], %[b]\n"          \
  "bls 1b\n"
#else
#define ETCH_NEXT_LINE  \
  "ldr r7, %[spare]\n"  \
  "ldr %[b], %[skip]\n" \
  "sub %[sums], r7\n"   \
  "ldr r7, %[length]\n" \
  "add %[x], %[b]\n"    \
  "ldr %[b], %[last]\n" \
  "add %[end], r7\n"    \
  "cmp %[end], %[b]\n"  \
  "bls 1b\n"
#endif

/// Several lines of sums by a kernel of 3x3, two sums at a time. Stride 1: 18 instructions for 18 products.
/// \param w a line of taps has (0, 1) and (1, 2).
template <int Pitch>
[[gnu::always_inline]] inline void multiply_3x3(const std::int16_t* x, const Pair (&w)[6], std::int32_t bias,
                                                const SumLines& to) {
  LineEnds line_ends(to, 4 * ((to.count + 1) / 2), Pitch);
#if ETCH_CLANG_ASSEMBLY
  register std::int32_t *sums asm("r0") = to.sums, *end asm("r1") = to.sums + to.count;
  register const LineEnds* b asm("r2") = &line_ends;
  register std::int32_t even asm("r3"), odd asm("r4");
  register Pair w0 asm("r5") = w[0], w1 asm("r6") = w[1], w2 asm("r8") = w[2], w3 asm("r9") = w[3];
  register Pair w4 asm("r10") = w[4], w5 asm("r11") = w[5];
  register const std::int16_t* at asm("r12") = x;
  register std::int32_t start asm("lr") = bias;
#else
  std::int32_t *sums = to.sums, *end = sums + to.count;
  register std::int32_t a asm("r7");
  std::int32_t b, even, odd;
#endif
  asm volatile(
      ETCH_HOLD_WORD("%[b]")
      ".balign 4\n"
      "1: ldrd r7, %[b], [%[x], %[line1]]\n"
      "smlad %[even], r7, %[w2], %[bias]\n"
      "smlatb %[odd], r7, %[w2], %[bias]\n"
      "smlabt %[even], %[b], %[w3], %[even]\n"
      "smlad %[odd], %[b], %[w3], %[odd]\n"
      "ldrd r7, %[b], [%[x], %[line2]]\n"
      "smlad %[even], r7, %[w4], %[even]\n"
      "smlatb %[odd], r7, %[w4], %[odd]\n"
      "smlabt %[even], %[b], %[w5], %[even]\n"
      "smlad %[odd], %[b], %[w5], %[odd]\n"
      "ldrd r7, %[b], [%[x]], #4\n"
      "smlad %[even], r7, %[w0], %[even]\n"
      "smlatb %[odd], r7, %[w0], %[odd]\n"
      "smlabt %[even], %[b], %[w1], %[even]\n"
      "smlad %[odd], %[b], %[w1], %[odd]\n"
      "str %[odd], [%[sums], #4]\n"
      "str %[even], [%[sums]], #8\n"
      "cmp %[sums], %[end]\n"
      "blo 1b\n"  //
      ETCH_NEXT_LINE  //
      ETCH_RELEASE_WORD
#if ETCH_CLANG_ASSEMBLY
      : [x] "+r"(at), [sums] "+r"(sums), [end] "+r"(end), [b] "+r"(b), [even] "=r"(even), [odd] "=r"(odd)
      : [w0] "r"(w0), [w1] "r"(w1), [w2] "r"(w2), [w3] "r"(w3), [w4] "r"(w4), [w5] "r"(w5),
        [bias] "r"(start), [line1] "i"(Pitch), [line2] "i"(2 * Pitch), [skip] "i"(offsetof(LineEnds, skip)),
        [length] "i"(offsetof(LineEnds, length)), [spare] "i"(offsetof(LineEnds, spare)),
        [last] "i"(offsetof(LineEnds, last))
#else
      : [x] "+r"(x), [sums] "+r"(sums), [end] "+r"(end), [a] "=&r"(a), [b] "=&r"(b), [even] "=&r"(even),
        [odd] "=&r"(odd)
      : [w0] "r"(w[0]), [w1] "r"(w[1]), [w2] "r"(w[2]), [w3] "r"(w[3]), [w4] "r"(w[4]), [w5] "r"(w[5]),
        [bias] "r"(bias), [line1] "i"(Pitch), [line2] "i"(2 * Pitch), [skip] "m"(line_ends.skip),
        [length] "m"(line_ends.length), [spare] "m"(line_ends.spare), [last] "m"(line_ends.last)
#endif
      : "cc", "memory");
}

/// Stride 2 along the line: 21 instructions for 18 products.
template <int Pitch>
[[gnu::always_inline]] inline void multiply_3x3_stride_2(const std::int16_t* x, const Pair (&w)[6],
                                                         std::int32_t bias, const SumLines& to) {
  LineEnds line_ends(to, 8 * ((to.count + 1) / 2), Pitch);
#if ETCH_CLANG_ASSEMBLY
  register std::int32_t *sums asm("r0") = to.sums, *end asm("r1") = to.sums + to.count;
  register const LineEnds* b asm("r2") = &line_ends;
  register std::int32_t even asm("r3"), odd asm("r4");
  register Pair w0 asm("r5") = w[0], w1 asm("r6") = w[1], w2 asm("r8") = w[2], w3 asm("r9") = w[3];
  register Pair w4 asm("r10") = w[4], w5 asm("r11") = w[5];
  register const std::int16_t* at asm("r12") = x;
  register std::int32_t start asm("lr") = bias;
#else
  std::int32_t *sums = to.sums, *end = sums + to.count;
  register std::int32_t a asm("r7");
  std::int32_t b, even, odd;
#endif
  asm volatile(
      ETCH_HOLD_WORD("%[b]")
      ".balign 4\n"
      "1: ldrd r7, %[b], [%[x], %[line1]]\n"
      "smlad %[even], r7, %[w2], %[bias]\n"
      "ldr r7, [%[x], %[line1] + 8]\n"
      "smlad %[odd], %[b], %[w2], %[bias]\n"
      "smlabt %[even], %[b], %[w3], %[even]\n"
      "smlabt %[odd], r7, %[w3], %[odd]\n"
      "ldrd r7, %[b], [%[x], %[line2]]\n"
      "smlad %[even], r7, %[w4], %[even]\n"
      "ldr r7, [%[x], %[line2] + 8]\n"
      "smlad %[odd], %[b], %[w4], %[odd]\n"
      "smlabt %[even], %[b], %[w5], %[even]\n"
      "smlabt %[odd], r7, %[w5], %[odd]\n"
      "ldrd r7, %[b], [%[x]], #8\n"
      "smlad %[even], r7, %[w0], %[even]\n"
      "ldr r7, [%[x]]\n"
      "smlad %[odd], %[b], %[w0], %[odd]\n"
      "smlabt %[even], %[b], %[w1], %[even]\n"
      "smlabt %[odd], r7, %[w1], %[odd]\n"
      "str %[odd], [%[sums], #4]\n"
      "str %[even], [%[sums]], #8\n"
      "cmp %[sums], %[end]\n"
      "blo 1b\n"  //
      ETCH_NEXT_LINE  //
      ETCH_RELEASE_WORD
#if ETCH_CLANG_ASSEMBLY
      : [x] "+r"(at), [sums] "+r"(sums), [end] "+r"(end), [b] "+r"(b), [even] "=r"(even), [odd] "=r"(odd)
      : [w0] "r"(w0), [w1] "r"(w1), [w2] "r"(w2), [w3] "r"(w3), [w4] "r"(w4), [w5] "r"(w5),
        [bias] "r"(start), [line1] "i"(Pitch), [line2] "i"(2 * Pitch), [skip] "i"(offsetof(LineEnds, skip)),
        [length] "i"(offsetof(LineEnds, length)), [spare] "i"(offsetof(LineEnds, spare)),
        [last] "i"(offsetof(LineEnds, last))
#else
      : [x] "+r"(x), [sums] "+r"(sums), [end] "+r"(end), [a] "=&r"(a), [b] "=&r"(b), [even] "=&r"(even),
        [odd] "=&r"(odd)
      : [w0] "r"(w[0]), [w1] "r"(w[1]), [w2] "r"(w[2]), [w3] "r"(w[3]), [w4] "r"(w[4]), [w5] "r"(w[5]),
        [bias] "r"(bias), [line1] "i"(Pitch), [line2] "i"(2 * Pitch), [skip] "m"(line_ends.skip),
        [length] "m"(line_ends.length), [spare] "m"(line_ends.spare), [last] "m"(line_ends.last)
#endif
      : "cc", "memory");
}
#undef ETCH_NEXT_LINE
#else
inline void read_line(const std::int8_t*& x, std::int16_t*& to, int pixel, int, int count) {
  for (; count > 0; --count, x += pixel) *to++ = *x;
}

inline void move_words(const Pair* from, Pair* to, int blocks) {
  for (int n = 4 * blocks; n > 0; --n) *to++ = *from++;
}

inline void put_fours(const std::int32_t*& sums, std::int8_t*& y, const ChannelRounding& r, int pixel,
                      int fours) {
  for (int n = 4 * fours; n > 0; --n, y += pixel) *y = requantize_sum(*sums++, r);
}

template <int Pitch, int Stride>
inline void multiply_3x3_plain(const std::int16_t* x, const Pair (&w)[6], std::int32_t bias,
                               const SumLines& to) {
  std::int32_t* sums = to.sums;
  for (int line = 0; line < to.lines; ++line, x += to.stride * (Pitch / 2))
    for (int i = 0; i < to.count; ++i, ++sums) {
      *sums = bias;
      for (int k = 0; k < 3; ++k) {
        const std::int16_t* const at = x + k * (Pitch / 2) + Stride * i;
        *sums += at[0] * low(w[2 * k]) + at[1] * high(w[2 * k]) + at[2] * high(w[2 * k + 1]);
      }
    }
}

template <int Pitch>
inline void multiply_3x3(const std::int16_t* x, const Pair (&w)[6], std::int32_t bias, const SumLines& to) {
  multiply_3x3_plain<Pitch, 1>(x, w, bias, to);
}

template <int Pitch>
inline void multiply_3x3_stride_2(const std::int16_t* x, const Pair (&w)[6], std::int32_t bias,
                                  const SumLines& to) {
  multiply_3x3_plain<Pitch, 2>(x, w, bias, to);
}
#endif

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
