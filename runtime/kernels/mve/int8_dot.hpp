// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <arm_mve.h>

#include <cstddef>
#include <cstdint>

#include <runtime/kernels/portable/int8_convolution.hpp>
#include <runtime/kernels/target.hpp>

namespace etch::kernels::mve::inline ETCH_TARGET {

/// How the taps of a filter fall into vectors of 16: `full` of them, then one of `last` (1 to 16).
struct Taps {
  int full = 0, last = 16;
};

constexpr Taps taps_in_vectors(int taps) { return {(taps - 1) / 16, (taps - 1) % 16 + 1}; }

/// Products of four filters with one pixel. Taps past the last of a filter are not read.
/// \param x the taps, filled up to a multiple of 16 bytes. \param taps `full` and `last` of `Taps`: read by
/// the assembly, since two registers more are too many where one is a frame pointer.
[[gnu::always_inline]] inline int32x4_t products_4x1(const std::int8_t* x, const std::int8_t* w0,
                                                     const std::int8_t* w1, const std::int8_t* w2,
                                                     const std::int8_t* w3, const std::int32_t* taps) {
  std::int32_t a, b, c, d;
  int32x4_t sums;
  asm volatile(  // volatile: it reads memory that is no operand
      "ldr lr, [%[taps], #4]\n\t"
      "vctp.8 lr\n\t"
      "mov %[a], #0\n\t"
      "mov %[b], #0\n\t"
      "mov %[c], #0\n\t"
      "mov %[d], #0\n\t"
      "ldr lr, [%[taps]]\n\t"
      "wls lr, lr, 2f\n"
      "1:\n\t"
      "vldrb.8 q0, [%[x]], #16\n\t"
      "vldrb.8 q1, [%[w0]], #16\n\t"
      "vmladava.s8 %[a], q0, q1\n\t"
      "vldrb.8 q2, [%[w1]], #16\n\t"
      "vmladava.s8 %[b], q0, q2\n\t"
      "vldrb.8 q1, [%[w2]], #16\n\t"
      "vmladava.s8 %[c], q0, q1\n\t"
      "vldrb.8 q2, [%[w3]], #16\n\t"
      "vmladava.s8 %[d], q0, q2\n\t"
      "le lr, 1b\n"
      "2:\n\t"
      "vldrb.8 q0, [%[x]]\n\t"
      "vpstttt\n\t"
      "vldrbt.8 q1, [%[w0]]\n\t"
      "vldrbt.8 q2, [%[w1]]\n\t"
      "vldrbt.8 q3, [%[w2]]\n\t"
      "vldrbt.8 %q[sums], [%[w3]]\n\t"
      "vmladava.s8 %[a], q0, q1\n\t"
      "vmladava.s8 %[b], q0, q2\n\t"
      "vmladava.s8 %[c], q0, q3\n\t"
      "vmladava.s8 %[d], q0, %q[sums]\n\t"
      "vmov %e[sums], %[a], %[b]\n\t"
      "vmov %f[sums], %[c], %[d]"
      : [x] "+r"(x), [w0] "+r"(w0), [w1] "+r"(w1), [w2] "+r"(w2), [w3] "+r"(w3), [a] "=&Te"(a), [b] "=&Te"(b),
        [c] "=&Te"(c), [d] "=&Te"(d), [sums] "=&w"(sums)
      : [taps] "r"(taps)
      : "lr", "q0", "q1", "q2", "q3", "p0", "cc", "memory");
  return sums;
}

/// Fours of filters over one or two pixels, to their results: what the loops below read, and where they keep
/// what moves on.
struct Fours {
  std::int32_t highest[4], lowest[4];
  std::int32_t zero_point;
  std::int32_t scale_bytes;  ///< from four scales to the next four
  std::int32_t apart;        ///< from a result of one pixel to that of the other
  std::int32_t row;
  std::int32_t full, last;  ///< see `Taps`
  const std::int8_t* x;     ///< the taps of a pixel, or by turns 16 of each
  const std::int8_t* w;
  const Int8Scale* scale;
  const std::int32_t* bias;
  std::int32_t fours;  ///< above 0
  std::uint32_t moving[4];
  constexpr Taps taps() const { return {full, last}; }
};
static_assert(offsetof(Fours, x) == 56 && offsetof(Fours, moving) == 76);

[[gnu::always_inline]] inline void set_fours(Fours& f, const Int8Convolution& d, const std::int8_t* w,
                                             const std::int32_t* bias, const Int8Scale* scale,
                                             const Int8Io& io, const std::int8_t* x) {
  const Taps taps = taps_in_vectors(d.taps());
  vst1q_s32(f.highest, vdupq_n_s32(io.highest));
  vst1q_s32(f.lowest, vdupq_n_s32(io.lowest));
  f.zero_point = io.output_zero_point;
  f.scale_bytes = 4 * d.per_channel * static_cast<int>(sizeof(Int8Scale));
  f.apart = d.filters;
  f.row = d.row;
  f.full = taps.full;
  f.last = taps.last;
  f.x = x;
  f.w = w;
  f.scale = scale;
  f.bias = bias;
  f.fours = d.filters / 4;
}

/// Four filters over one pixel at a time, all scales shifting right (`requantize_right`).
[[ETCH_ALL_REGISTERS]] inline void dot_4x1(Fours& f, std::int8_t* y) {
  register Fours* state asm("r2") = &f;
  register std::int8_t* to asm("r1") = y;
  asm volatile(
      "ldr r0, [r2, #52]\n\t"
      "vctp.8 r0\n\t"
      "vldrw.32 q6, [r2, #16]\n\t"
      "ldrd r4, r6, [r2, #64]\n\t"
      "ldr r0, [r2, #72]\n\t"
      "strd r4, r1, [r2, #76]\n\t"
      "strd r6, r0, [r2, #84]\n\t"
      "ldr r1, [r2, #60]\n"
      "1:\n\t"  // weights r1, r3, r5, r11; taps r9; vectors lr; sums r0, r4, r8, r10
      "ldr r9, [r2, #56]\n\t"
      "ldrd r4, r7, [r2, #44]\n\t"
      "ldr r12, [r2, #84]\n\t"
      "add r3, r1, r4\n\t"
      "add r5, r3, r4\n\t"
      "add r11, r5, r4\n\t"
      "ldmia r12!, {r0, r4, r8, r10}\n\t"
      "str r12, [r2, #84]\n\t"
      "wls lr, r7, 3f\n"
      "2:\n\t"
      "vldrb.8 q0, [r9], #16\n\t"
      "vldrb.8 q2, [r1], #16\n\t"
      "vmladava.s8 r0, q0, q2\n\t"
      "vldrb.8 q3, [r3], #16\n\t"
      "vmladava.s8 r4, q0, q3\n\t"
      "vldrb.8 q2, [r5], #16\n\t"
      "vmladava.s8 r8, q0, q2\n\t"
      "vldrb.8 q3, [r11], #16\n\t"
      "vmladava.s8 r10, q0, q3\n\t"
      "le lr, 2b\n"
      "3:\n\t"
      "vldrb.8 q0, [r9]\n\t"
      "vpstttt\n\t"
      "vldrbt.8 q2, [r1]\n\t"
      "vldrbt.8 q3, [r3]\n\t"
      "vldrbt.8 q4, [r5]\n\t"
      "vldrbt.8 q5, [r11]\n\t"
      "vmladava.s8 r0, q0, q2\n\t"
      "vmladava.s8 r4, q0, q3\n\t"
      "vmladava.s8 r8, q0, q4\n\t"
      "vmladava.s8 r10, q0, q5\n\t"
      "vmov d8, r0, r4\n\t"
      "vmov d9, r8, r10\n\t"
      "ldrd r4, r6, [r2, #76]\n\t"
      "vld20.32 {q0, q1}, [r4]\n\t"
      "vld21.32 {q0, q1}, [r4]\n\t"
      "ldrd r8, r10, [r2, #32]\n\t"
      "vqrdmulh.s32 q4, q4, q0\n\t"
      "vshr.s32 q2, q4, #31\n\t"
      "vqadd.s32 q4, q4, q2\n\t"
      "vrshl.s32 q4, q4, q1\n\t"
      "vldrw.32 q2, [r2]\n\t"
      "vadd.i32 q4, q4, r8\n\t"
      "vmax.s32 q4, q4, q6\n\t"
      "vmin.s32 q4, q4, q2\n\t"
      "vstrb.32 q4, [r6], #4\n\t"
      "add r4, r4, r10\n\t"
      "strd r4, r6, [r2, #76]\n\t"
      "ldrd r4, r7, [r2, #44]\n\t"
      "ldr r0, [r2, #88]\n\t"
      "sub r11, r11, r7, lsl #4\n\t"
      "add r1, r11, r4\n\t"
      "subs r0, #1\n\t"
      "str r0, [r2, #88]\n\t"
      "bne 1b"
      : "+r"(state), "+r"(to)
      :
      : "r0", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr", "q0", "q1", "q2", "q3",
        "q4", "q5", "q6", "p0", "cc", "memory");
}

}  // namespace etch::kernels::mve::inline ETCH_TARGET
