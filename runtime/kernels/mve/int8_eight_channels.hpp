// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <cstddef>
#include <runtime/kernels/mve/int8_requantize.hpp>
#include <runtime/kernels/mve/int8_scratch.hpp>

/// Depthwise convolution of eight channels side by side, sums in the lanes of the even and of the odd ones.
namespace etch::kernels::mve::inline ETCH_TARGET {

/// What eight channels need for their results; lanes past the last channel are not stored.
struct EightChannels {
  std::int32_t bias[2][4], multiplier[2][4], shift[2][4];  ///< of the even channels, of the odd ones
  std::int16_t lowest[8], highest[8];
  std::int32_t output_zero_point;
  std::int32_t count;  ///< channels
  std::int32_t right;  ///< 1 where all scales shift right, else 0
};
static_assert(sizeof(EightChannels) == int8_eight_channels_bytes);

/// \param step from scale to scale, 0 where one holds for all.
[[gnu::noinline]] inline void load_channels(EightChannels& e, const std::int32_t* bias,
                                            const Int8Scale* scale, int step, int count) {
  e.count = count;
  if (!size_mode && count == 8 && step == 1) {
    const int32x4x2_t b = vld2q_s32(bias);
    const int32x4x4_t s = vld4q_s32(&scale->multiplier);
    for (int half = 0; half < 2; ++half) {
      vst1q_s32(e.bias[half], b.val[half]);
      vst1q_s32(e.multiplier[half], s.val[2 * half]);
      vst1q_s32(e.shift[half], s.val[2 * half + 1]);
    }
    e.right = vmaxvq_s32(-1, vmaxq_s32(s.val[1], s.val[3])) < 0;
    return;
  }
  e.right = 1;
  for (int i = 0; i < count; ++i) {
    const Int8Scale s = scale[i * step];
    e.bias[i % 2][i / 2] = bias[i];
    e.multiplier[i % 2][i / 2] = s.multiplier;
    e.shift[i % 2][i / 2] = s.shift;
    if (s.shift >= 0) e.right = 0;
  }
}

// A line an instruction, which the formatter would fill up.
// clang-format off

/// The sums of two pixels, even and odd channels, in q0 to q3.
#define ETCH_MVE_BEGIN           \
  "vldrw.32 q0, [%[e]]\n\t"      \
  "vldrw.32 q1, [%[e], #16]\n\t" \
  "vmov q2, q0\n\t"              \
  "vmov q3, q1\n\t"

/// Adds the products of the pixel in q4 with the weights `w` to the sums of the first pixel, or of the
/// second.
#define ETCH_MVE_FIRST(w)        \
  "vmullb.s16 q7, q4, " w "\n\t" \
  "vadd.i32 q0, q0, q7\n\t"      \
  "vmullt.s16 q7, q4, " w "\n\t" \
  "vadd.i32 q1, q1, q7\n\t"
#define ETCH_MVE_SECOND(w)       \
  "vmullb.s16 q7, q4, " w "\n\t" \
  "vadd.i32 q2, q2, q7\n\t"      \
  "vmullt.s16 q7, q4, " w "\n\t" \
  "vadd.i32 q3, q3, q7\n\t"

/// A line of three taps, from the last pixel back: the last load moves the line on by two windows.
#define ETCH_MVE_LINE_1(line, w0, w1, w2) \
  "vldrb.s16 q5, [%[w], #" w2 "]\n\t"     \
  "vldrb.s16 q4, [" line ", #24]\n\t"     \
  ETCH_MVE_SECOND("q5")                   \
  "vldrb.s16 q4, [" line ", #16]\n\t"     \
  ETCH_MVE_FIRST("q5")                    \
  "vldrb.s16 q6, [%[w], #" w1 "]\n\t"     \
  ETCH_MVE_SECOND("q6")                   \
  "vldrb.s16 q4, [" line ", #8]\n\t"      \
  ETCH_MVE_FIRST("q6")                    \
  "vldrb.s16 q5, [%[w], #" w0 "]\n\t"     \
  ETCH_MVE_SECOND("q5")                   \
  "vldrb.s16 q4, [" line "], #16\n\t"     \
  ETCH_MVE_FIRST("q5")
#define ETCH_MVE_LINE_2(line, w0, w1, w2) \
  "vldrb.s16 q5, [%[w], #" w2 "]\n\t"     \
  "vldrb.s16 q4, [" line ", #32]\n\t"     \
  ETCH_MVE_SECOND("q5")                   \
  "vldrb.s16 q6, [%[w], #" w1 "]\n\t"     \
  "vldrb.s16 q4, [" line ", #24]\n\t"     \
  ETCH_MVE_SECOND("q6")                   \
  "vldrb.s16 q4, [" line ", #16]\n\t"     \
  ETCH_MVE_FIRST("q5")                    \
  "vldrb.s16 q5, [%[w], #" w0 "]\n\t"     \
  ETCH_MVE_SECOND("q5")                   \
  "vldrb.s16 q4, [" line ", #8]\n\t"      \
  ETCH_MVE_FIRST("q6")                    \
  "vldrb.s16 q4, [" line "], #32\n\t"     \
  ETCH_MVE_FIRST("q5")

/// Sums of two pixels, to their results. What saturates to 16 bits lies past the bounds all the same.
#define ETCH_MVE_FINISH           \
  "vldrw.32 q4, [%[e], #32]\n\t"  \
  "vqrdmulh.s32 q0, q0, q4\n\t"   \
  "vqrdmulh.s32 q2, q2, q4\n\t"   \
  "vldrw.32 q5, [%[e], #48]\n\t"  \
  "vqrdmulh.s32 q1, q1, q5\n\t"   \
  "vqrdmulh.s32 q3, q3, q5\n\t"   \
  "vldrw.32 q4, [%[e], #64]\n\t"  \
  "vshr.s32 q6, q0, #31\n\t"      \
  "vshr.s32 q7, q2, #31\n\t"      \
  "vqadd.s32 q0, q0, q6\n\t"      \
  "vqadd.s32 q2, q2, q7\n\t"      \
  "vrshl.s32 q0, q0, q4\n\t"      \
  "vrshl.s32 q2, q2, q4\n\t"      \
  "vldrw.32 q5, [%[e], #80]\n\t"  \
  "vshr.s32 q6, q1, #31\n\t"      \
  "vshr.s32 q7, q3, #31\n\t"      \
  "vqadd.s32 q1, q1, q6\n\t"      \
  "vqadd.s32 q3, q3, q7\n\t"      \
  "vrshl.s32 q1, q1, q5\n\t"      \
  "vrshl.s32 q3, q3, q5\n\t"      \
  "vqmovnb.s32 q0, q0\n\t"        \
  "vqmovnt.s32 q0, q1\n\t"        \
  "vqmovnb.s32 q2, q2\n\t"        \
  "vqmovnt.s32 q2, q3\n\t"        \
  "vqadd.s16 q0, q0, %[zero]\n\t" \
  "vqadd.s16 q2, q2, %[zero]\n\t" \
  "vldrh.16 q4, [%[e], #96]\n\t"  \
  "vldrh.16 q5, [%[e], #112]\n\t" \
  "vmax.s16 q0, q0, q4\n\t"       \
  "vmax.s16 q2, q2, q4\n\t"       \
  "vmin.s16 q0, q0, q5\n\t"       \
  "vmin.s16 q2, q2, q5\n\t"       \
  "vpstt\n\t"                     \
  "vstrbt.16 q2, [%[y2]]\n\t"     \
  "vstrbt.16 q0, [%[y]]\n\t"

#define ETCH_MVE_PAIRS_3X3(LINE)                                                                     \
  asm volatile(                                                                                      \
      "vctp.16 %[count]\n\t"                                                                         \
      "dls lr, lr\n\t"                                                                               \
      "1:\n\t"                                                                                       \
      ETCH_MVE_BEGIN                                                                                 \
      LINE("%[r0]", "0", "8", "16")                                                                  \
      LINE("%[r1]", "24", "32", "40")                                                                \
      LINE("%[r2]", "48", "56", "64")                                                                \
      ETCH_MVE_FINISH                                                                                \
      "add %[y], %[y], %[step]\n\t"                                                                  \
      "add %[y2], %[y2], %[step]\n\t"                                                                \
      "le lr, 1b"                                                                                    \
      : [remaining] "+r"(remaining), [y] "+r"(to), [y2] "+r"(to2), [r0] "+r"(r0), [r1] "+r"(r1), [r2] "+r"(r2) \
      : [w] "r"(weights), [e] "r"(state), [count] "r"(count), [step] "r"(step), [zero] "r"(zero)     \
      : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "p0", "cc", "memory")
// clang-format on

/// `pairs` times two results of a kernel of 3x3, all scales shifting right. Pixels of inputs lie eight bytes
/// apart. \param y2 where the second of each goes.
template <int stride>
[[gnu::always_inline]] inline void pairs_3x3(const std::int8_t* first, const std::int8_t* second,
                                             const std::int8_t* third, const std::int8_t* w,
                                             const EightChannels& e, int pairs, int y_step, std::int8_t* y,
                                             std::int8_t* y2) {
  static_assert(offsetof(EightChannels, lowest) == 96);
  register std::int8_t* to asm("r0") = y;
  register std::int8_t* to2 asm("r1") = y2;
  register const std::int8_t* r0 asm("r2") = first;
  register const std::int8_t* r1 asm("r3") = second;
  register const std::int8_t* r2 asm("r4") = third;
  register const std::int8_t* weights asm("r5") = w;
  register const EightChannels* state asm("r6") = &e;
  register int step asm("r8") = 2 * y_step;
  register int count asm("r9") = e.count;
  register int zero asm("r10") = e.output_zero_point;
  register int remaining asm("lr") = pairs;
  if constexpr (stride == 1)
    ETCH_MVE_PAIRS_3X3(ETCH_MVE_LINE_1);
  else
    ETCH_MVE_PAIRS_3X3(ETCH_MVE_LINE_2);
}

/// The same of a kernel of one line of `taps`, windows `stride` bytes apart.
[[gnu::always_inline]] inline void pairs_of_line(const std::int8_t* line, int stride, const std::int8_t* w,
                                                 int taps, const EightChannels& e, int pairs, int y_step,
                                                 std::int8_t* y, std::int8_t* y2) {
  register std::int8_t* to asm("r0") = y;
  register std::int8_t* to2 asm("r1") = y2;
  register const std::int8_t* x asm("r2") = line;
  register const std::int8_t* x2 asm("r3") = line + stride;
  register const std::int8_t* weights asm("r4") = w;
  register int remaining asm("r5") = pairs;
  register const EightChannels* state asm("r6") = &e;
  register int step asm("r8") = 2 * y_step;
  register int count asm("r9") = taps;
  register int zero asm("r10") = e.output_zero_point;
  register int back asm("r12") = 8 * taps;
  register int forth asm("r11") = 2 * stride - 8 * taps;
  register int channels asm("lr") = e.count;
  // clang-format off
  asm volatile(
      "vctp.16 lr\n"
      "1:\n\t"
      ETCH_MVE_BEGIN
      "dls lr, %[count]\n"
      "2:\n\t"
      "vldrb.s16 q4, [%[w]], #8\n\t"
      "vldrb.s16 q5, [%[x]], #8\n\t"
      "vmullb.s16 q6, q5, q4\n\t"
      "vmullt.s16 q7, q5, q4\n\t"
      "vadd.i32 q0, q0, q6\n\t"
      "vadd.i32 q1, q1, q7\n\t"
      "vldrb.s16 q5, [%[x2]], #8\n\t"
      "vmullb.s16 q6, q5, q4\n\t"
      "vmullt.s16 q7, q5, q4\n\t"
      "vadd.i32 q2, q2, q6\n\t"
      "vadd.i32 q3, q3, q7\n\t"
      "le lr, 2b\n\t"
      ETCH_MVE_FINISH
      "add %[y], %[y], %[step]\n\t"
      "add %[y2], %[y2], %[step]\n\t"
      "add %[x], %[x], %[forth]\n\t"
      "add %[x2], %[x2], %[forth]\n\t"
      "sub %[w], %[w], %[back]\n\t"
      "subs %[remaining], #1\n\t"
      "bne 1b"
      : [remaining] "+r"(remaining), [y] "+r"(to), [y2] "+r"(to2), [x] "+r"(x), [x2] "+r"(x2), [w] "+r"(weights),
        "+r"(channels)
      : [e] "r"(state), [count] "r"(count), [step] "r"(step), [zero] "r"(zero), [back] "r"(back),
        [forth] "r"(forth)
      : "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "p0", "cc", "memory");
  // clang-format on
}
#undef ETCH_MVE_PAIRS_3X3
#undef ETCH_MVE_LINE_2
#undef ETCH_MVE_LINE_1
#undef ETCH_MVE_SECOND
#undef ETCH_MVE_FIRST
#undef ETCH_MVE_FINISH
#undef ETCH_MVE_BEGIN

/// The sums of two pixels.
struct TwoSums {
  int32x4_t even, odd, even2, odd2;
};

/// Adds a line of `count` taps, `step` bytes apart, to the sums of two pixels.
[[gnu::always_inline]] inline void add_taps(TwoSums& s, const std::int8_t* x, const std::int8_t* x2,
                                            const std::int8_t* w, int count, int step) {
  asm volatile(
      "dls lr, %[count]\n"
      "1:\n\t"
      "vldrb.s16 q0, [%[w]], #8\n\t"
      "vldrb.s16 q1, [%[x]]\n\t"
      "add %[x], %[x], %[step]\n\t"
      "vmullb.s16 q2, q1, q0\n\t"
      "vmullt.s16 q3, q1, q0\n\t"
      "vldrb.s16 q1, [%[x2]]\n\t"
      "add %[x2], %[x2], %[step]\n\t"
      "vadd.i32 %q[even], %q[even], q2\n\t"
      "vadd.i32 %q[odd], %q[odd], q3\n\t"
      "vmullb.s16 q2, q1, q0\n\t"
      "vmullt.s16 q3, q1, q0\n\t"
      "vadd.i32 %q[even2], %q[even2], q2\n\t"
      "vadd.i32 %q[odd2], %q[odd2], q3\n\t"
      "le lr, 1b"
      : [even] "+w"(s.even), [odd] "+w"(s.odd), [even2] "+w"(s.even2), [odd2] "+w"(s.odd2), [x] "+l"(x),
        [x2] "+l"(x2), [w] "+l"(w)
      : [count] "r"(count), [step] "r"(step)
      : "lr", "q0", "q1", "q2", "q3", "cc", "memory");
}

[[gnu::always_inline]] inline int32x4_t finish_half(int32x4_t sums, const EightChannels& e, int half) {
  return requantize_any(sums, vld1q_s32(e.multiplier[half]), vld1q_s32(e.shift[half]));
}

/// Eight sums to results.
[[gnu::noinline]] inline void finish_eight(int32x4_t even, int32x4_t odd, const EightChannels& e,
                                           std::int8_t* y) {
  even = finish_half(even, e, 0);
  int16x8_t both = vqmovnbq_s32(vreinterpretq_s16_s32(even), even);
  both = vqmovntq_s32(both, finish_half(odd, e, 1));
  both = vqaddq_n_s16(both, static_cast<std::int16_t>(e.output_zero_point));
  both = vminq_s16(vmaxq_s16(both, vld1q_s16(e.lowest)), vld1q_s16(e.highest));
  vstrbq_p_s16(y, both, vctp16q(static_cast<std::uint32_t>(e.count)));
}

}  // namespace etch::kernels::mve::inline ETCH_TARGET
