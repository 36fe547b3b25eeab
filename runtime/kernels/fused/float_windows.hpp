// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/target.hpp>

// Sums over the taps of a window on cores with a float unit, in loops like those of float_loops.hpp.

#if ETCH_FLOAT_ASSEMBLY
namespace etch::kernels::inline ETCH_TARGET::fused_forms {

/// `down` rows of `across` places, at least one each, with two sides: bytes from a place to the next one, and
/// from the place behind a row to the next row.
struct WindowTaps {
  int across, down;
  int x_step, w_step, x_down, w_down;
};

/// sums[k] += the sum over all places, in order, of x[k] * w[k], for 8 columns.
[[ETCH_ALL_REGISTERS]] inline void add_each_of_8(const WindowTaps& walk, const float* x, const float* w,
                                                 float* sums) {
  int down = walk.down, i;
  asm volatile(
      "vldmia %[sums], {s0-s7}\n"
      "1: mov %[i], %[across]\n"
      "2:\n"
      "vldmia %[x], {s8-s15}\n"
      "vldmia %[w], {s16-s23}\n"
      "add %[x], %[x_step]\n"
      "add %[w], %[w_step]\n"
      "vmul.f32 s8, s8, s16\n vmul.f32 s9, s9, s17\n vmul.f32 s10, s10, s18\n vmul.f32 s11, s11, s19\n"
      "vmul.f32 s12, s12, s20\n vmul.f32 s13, s13, s21\n vmul.f32 s14, s14, s22\n vmul.f32 s15, s15, s23\n"
      "vadd.f32 s0, s0, s8\n vadd.f32 s1, s1, s9\n vadd.f32 s2, s2, s10\n vadd.f32 s3, s3, s11\n"
      "vadd.f32 s4, s4, s12\n vadd.f32 s5, s5, s13\n vadd.f32 s6, s6, s14\n vadd.f32 s7, s7, s15\n"
      "subs %[i], #1\n"
      "bgt 2b\n"
      "add %[x], %[x_down]\n"
      "add %[w], %[w_down]\n"
      "subs %[down], #1\n"
      "bgt 1b\n"
      "vstmia %[sums], {s0-s7}\n"
      : [i] "=&r"(i), [x] "+r"(x), [w] "+r"(w), [down] "+r"(down)
      : [across] "r"(walk.across), [x_step] "r"(walk.x_step), [w_step] "r"(walk.w_step),
        [x_down] "r"(walk.x_down), [w_down] "r"(walk.w_down), [sums] "r"(sums)
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15",
        "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "cc", "memory");
}

/// sums[k] += the sum over all places, in order, of x[0] * w[k], for 8 columns.
[[ETCH_ALL_REGISTERS]] inline void add_outer_of_8(const WindowTaps& walk, const float* x, const float* w,
                                                  float* sums) {
  int down = walk.down, i;
  asm volatile(
      "vldmia %[sums], {s0-s7}\n"
      "1: mov %[i], %[across]\n"
      "2:\n"
      "vldr s16, [%[x]]\n"
      "vldmia %[w], {s8-s15}\n"
      "add %[x], %[x_step]\n"
      "add %[w], %[w_step]\n"
      "vmul.f32 s8, s8, s16\n vmul.f32 s9, s9, s16\n vmul.f32 s10, s10, s16\n vmul.f32 s11, s11, s16\n"
      "vmul.f32 s12, s12, s16\n vmul.f32 s13, s13, s16\n vmul.f32 s14, s14, s16\n vmul.f32 s15, s15, s16\n"
      "vadd.f32 s0, s0, s8\n vadd.f32 s1, s1, s9\n vadd.f32 s2, s2, s10\n vadd.f32 s3, s3, s11\n"
      "vadd.f32 s4, s4, s12\n vadd.f32 s5, s5, s13\n vadd.f32 s6, s6, s14\n vadd.f32 s7, s7, s15\n"
      "subs %[i], #1\n"
      "bgt 2b\n"
      "add %[x], %[x_down]\n"
      "add %[w], %[w_down]\n"
      "subs %[down], #1\n"
      "bgt 1b\n"
      "vstmia %[sums], {s0-s7}\n"
      : [i] "=&r"(i), [x] "+r"(x), [w] "+r"(w), [down] "+r"(down)
      : [across] "r"(walk.across), [x_step] "r"(walk.x_step), [w_step] "r"(walk.w_step),
        [x_down] "r"(walk.x_down), [w_down] "r"(walk.w_down), [sums] "r"(sums)
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15",
        "s16", "cc", "memory");
}

/// sums[k] += the sum over `places` and i < n, in order, of x[i] * w[k * bytes / 4 + i], for 4 rows of
/// weights. Behind a place's n numbers the next place's lie `x_rest` and `w_rest` bytes on. Both `n` and
/// `places` are at least 1.
struct RowTaps {
  int n, bytes, places, x_rest, w_rest;
};
[[ETCH_ALL_REGISTERS]] inline void add_along_rows(const RowTaps& walk, const float* x, const float* w,
                                                  float* sums) {
  const float* w1 = w + walk.bytes / 4;
  const float* w2 = w1 + walk.bytes / 4;
  const float* w3 = w2 + walk.bytes / 4;
  int places = walk.places, i;
  asm volatile(
      "vldmia %[sums], {s0-s3}\n"
      "1: subs %[i], %[n], #4\n"
      "blt 3f\n"
      "2:\n"
      "vldmia %[x]!, {s4-s7}\n"
      "vldmia %[w]!, {s8-s11}\n"
      "vldmia %[w1]!, {s12-s15}\n"
      "vldmia %[w2]!, {s16-s19}\n"
      "vldmia %[w3]!, {s20-s23}\n"
      "vmul.f32 s8, s4, s8\n vmul.f32 s12, s4, s12\n vmul.f32 s16, s4, s16\n vmul.f32 s20, s4, s20\n"
      "vadd.f32 s0, s0, s8\n vadd.f32 s1, s1, s12\n vadd.f32 s2, s2, s16\n vadd.f32 s3, s3, s20\n"
      "vmul.f32 s9, s5, s9\n vmul.f32 s13, s5, s13\n vmul.f32 s17, s5, s17\n vmul.f32 s21, s5, s21\n"
      "vadd.f32 s0, s0, s9\n vadd.f32 s1, s1, s13\n vadd.f32 s2, s2, s17\n vadd.f32 s3, s3, s21\n"
      "vmul.f32 s10, s6, s10\n vmul.f32 s14, s6, s14\n vmul.f32 s18, s6, s18\n vmul.f32 s22, s6, s22\n"
      "vadd.f32 s0, s0, s10\n vadd.f32 s1, s1, s14\n vadd.f32 s2, s2, s18\n vadd.f32 s3, s3, s22\n"
      "vmul.f32 s11, s7, s11\n vmul.f32 s15, s7, s15\n vmul.f32 s19, s7, s19\n vmul.f32 s23, s7, s23\n"
      "vadd.f32 s0, s0, s11\n vadd.f32 s1, s1, s15\n vadd.f32 s2, s2, s19\n vadd.f32 s3, s3, s23\n"
      "subs %[i], #4\n"
      "bge 2b\n"
      "3: adds %[i], #4\n"
      "beq 5f\n"
      "4:\n"
      "vldmia %[x]!, {s4}\n"
      "vldmia %[w]!, {s8}\n"
      "vldmia %[w1]!, {s12}\n"
      "vldmia %[w2]!, {s16}\n"
      "vldmia %[w3]!, {s20}\n"
      "vmul.f32 s8, s4, s8\n vmul.f32 s12, s4, s12\n vmul.f32 s16, s4, s16\n vmul.f32 s20, s4, s20\n"
      "vadd.f32 s0, s0, s8\n vadd.f32 s1, s1, s12\n vadd.f32 s2, s2, s16\n vadd.f32 s3, s3, s20\n"
      "subs %[i], #1\n"
      "bne 4b\n"
      "5: add %[x], %[x_rest]\n"
      "add %[w], %[w_rest]\n"
      "add %[w1], %[w_rest]\n"
      "add %[w2], %[w_rest]\n"
      "add %[w3], %[w_rest]\n"
      "subs %[places], #1\n"
      "bgt 1b\n"
      "vstmia %[sums], {s0-s3}\n"
      : [i] "=&r"(i), [x] "+r"(x), [w] "+r"(w), [w1] "+r"(w1), [w2] "+r"(w2), [w3] "+r"(w3),
        [places] "+r"(places)
      : [n] "r"(walk.n), [x_rest] "r"(walk.x_rest), [w_rest] "r"(walk.w_rest), [sums] "r"(sums)
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15",
        "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "cc", "memory");
}

}  // namespace etch::kernels::inline ETCH_TARGET::fused_forms
#endif
