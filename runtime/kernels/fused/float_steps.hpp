// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/target.hpp>

// Steps of weights on cores with a float unit, in loops like those of float_loops.hpp.

#if ETCH_FLOAT_ASSEMBLY
namespace etch::kernels::inline ETCH_TARGET::fused_forms {

/// w[k] -= rate * (x[i] * dy[k]) for `inputs` rows of weights, at least one, that lie `bytes` apart, and 8
/// columns.
[[gnu::noinline]] inline void descend_8(int inputs, const float* x, const float* dy, float rate, float* w,
                                        int bytes) {
  asm volatile(
      "vldmia %[dy], {s0-s7}\n"
      ".balign 4\n"
      "1:\n"
      "vldmia %[x]!, {s20}\n"
      "vldmia %[w], {s8-s15}\n"
      "vmul.f32 s16, s20, s0\n vmul.f32 s17, s20, s1\n vmul.f32 s18, s20, s2\n vmul.f32 s19, s20, s3\n"
      "vmul.f32 s16, s16, %[rate]\n vmul.f32 s17, s17, %[rate]\n vmul.f32 s18, s18, %[rate]\n vmul.f32 s19, "
      "s19, %[rate]\n"
      "vsub.f32 s8, s8, s16\n vsub.f32 s9, s9, s17\n vsub.f32 s10, s10, s18\n vsub.f32 s11, s11, s19\n"
      "vmul.f32 s16, s20, s4\n vmul.f32 s17, s20, s5\n vmul.f32 s18, s20, s6\n vmul.f32 s19, s20, s7\n"
      "vmul.f32 s16, s16, %[rate]\n vmul.f32 s17, s17, %[rate]\n vmul.f32 s18, s18, %[rate]\n vmul.f32 s19, "
      "s19, %[rate]\n"
      "vsub.f32 s12, s12, s16\n vsub.f32 s13, s13, s17\n vsub.f32 s14, s14, s18\n vsub.f32 s15, s15, s19\n"
      "subs %[inputs], #1\n"
      "vstmia %[w], {s8-s15}\n"
      "add %[w], %[bytes]\n"
      "bne 1b\n"
      : [x] "+r"(x), [w] "+r"(w), [inputs] "+r"(inputs)
      : [dy] "r"(dy), [bytes] "r"(bytes), [rate] "t"(rate)
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15",
        "s16", "s17", "s18", "s19", "s20", "cc", "memory");
}

/// The same for 16 columns.
[[gnu::noinline]] inline void descend_16(int inputs, const float* x, const float* dy, float rate, float* w,
                                         int bytes) {
  asm volatile(
      "vldmia %[dy], {s0-s15}\n"
      ".balign 4\n"
      "1:\n"
      "vldmia %[x]!, {s28}\n"
      "vldmia %[w], {s16-s23}\n"
      "vmul.f32 s24, s28, s0\n vmul.f32 s25, s28, s1\n vmul.f32 s26, s28, s2\n vmul.f32 s27, s28, s3\n"
      "vmul.f32 s24, s24, %[rate]\n vmul.f32 s25, s25, %[rate]\n vmul.f32 s26, s26, %[rate]\n vmul.f32 s27, "
      "s27, %[rate]\n"
      "vsub.f32 s16, s16, s24\n vsub.f32 s17, s17, s25\n vsub.f32 s18, s18, s26\n vsub.f32 s19, s19, s27\n"
      "vmul.f32 s24, s28, s4\n vmul.f32 s25, s28, s5\n vmul.f32 s26, s28, s6\n vmul.f32 s27, s28, s7\n"
      "vmul.f32 s24, s24, %[rate]\n vmul.f32 s25, s25, %[rate]\n vmul.f32 s26, s26, %[rate]\n vmul.f32 s27, "
      "s27, %[rate]\n"
      "vsub.f32 s20, s20, s24\n vsub.f32 s21, s21, s25\n vsub.f32 s22, s22, s26\n vsub.f32 s23, s23, s27\n"
      "vmul.f32 s24, s28, s8\n"
      "vstmia %[w]!, {s16-s23}\n"
      "vmul.f32 s25, s28, s9\n"
      "vldmia %[w], {s16-s23}\n"
      "vmul.f32 s26, s28, s10\n vmul.f32 s27, s28, s11\n"
      "vmul.f32 s24, s24, %[rate]\n vmul.f32 s25, s25, %[rate]\n vmul.f32 s26, s26, %[rate]\n vmul.f32 s27, "
      "s27, %[rate]\n"
      "vsub.f32 s16, s16, s24\n vsub.f32 s17, s17, s25\n vsub.f32 s18, s18, s26\n vsub.f32 s19, s19, s27\n"
      "vmul.f32 s24, s28, s12\n vmul.f32 s25, s28, s13\n vmul.f32 s26, s28, s14\n vmul.f32 s27, s28, s15\n"
      "vmul.f32 s24, s24, %[rate]\n vmul.f32 s25, s25, %[rate]\n vmul.f32 s26, s26, %[rate]\n vmul.f32 s27, "
      "s27, %[rate]\n"
      "vsub.f32 s20, s20, s24\n vsub.f32 s21, s21, s25\n vsub.f32 s22, s22, s26\n vsub.f32 s23, s23, s27\n"
      "subs %[inputs], #1\n"
      "vstmia %[w], {s16-s23}\n"
      "add %[w], %[rest]\n"
      "bne 1b\n"
      : [x] "+r"(x), [w] "+r"(w), [inputs] "+r"(inputs)
      : [dy] "r"(dy), [rest] "r"(bytes - 32), [rate] "t"(rate)
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15",
        "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25", "s26", "s27", "s28", "cc",
        "memory");
}

/// Speeds a[k] become momentum * a[k] - rate * (x[i] * dy[k]), and w[k] move by them, for `inputs` rows of
/// both, at least one, that lie `bytes` apart, and 8 columns.
[[gnu::noinline]] inline void gather_speed_8(int inputs, const float* x, const float* dy, float rate,
                                             float momentum, float* w, float* a, int bytes) {
  asm volatile(
      "vldmia %[dy], {s0-s7}\n"
      ".balign 4\n"
      "1:\n"
      "vldmia %[x]!, {s24}\n"
      "vldmia %[a], {s8-s15}\n"
      "vmul.f32 s16, s24, s0\n vmul.f32 s17, s24, s1\n vmul.f32 s18, s24, s2\n vmul.f32 s19, s24, s3\n"
      "vmul.f32 s20, s24, s4\n vmul.f32 s21, s24, s5\n vmul.f32 s22, s24, s6\n vmul.f32 s23, s24, s7\n"
      "vmul.f32 s8, s8, %[momentum]\n vmul.f32 s9, s9, %[momentum]\n vmul.f32 s10, s10, %[momentum]\n "
      "vmul.f32 s11, s11, %[momentum]\n vmul.f32 s12, s12, %[momentum]\n vmul.f32 s13, s13, %[momentum]\n "
      "vmul.f32 s14, s14, %[momentum]\n vmul.f32 s15, s15, %[momentum]\n"
      "vmul.f32 s16, s16, %[rate]\n vmul.f32 s17, s17, %[rate]\n vmul.f32 s18, s18, %[rate]\n vmul.f32 s19, "
      "s19, %[rate]\n"
      "vmul.f32 s20, s20, %[rate]\n vmul.f32 s21, s21, %[rate]\n vmul.f32 s22, s22, %[rate]\n vmul.f32 s23, "
      "s23, %[rate]\n"
      "vsub.f32 s8, s8, s16\n vsub.f32 s9, s9, s17\n vsub.f32 s10, s10, s18\n vsub.f32 s11, s11, s19\n"
      "vsub.f32 s12, s12, s20\n vsub.f32 s13, s13, s21\n vsub.f32 s14, s14, s22\n vsub.f32 s15, s15, s23\n"
      "vldmia %[w], {s16-s23}\n"
      "vstmia %[a], {s8-s15}\n"
      "add %[a], %[bytes]\n"
      "vadd.f32 s16, s16, s8\n vadd.f32 s17, s17, s9\n vadd.f32 s18, s18, s10\n vadd.f32 s19, s19, s11\n"
      "vadd.f32 s20, s20, s12\n vadd.f32 s21, s21, s13\n vadd.f32 s22, s22, s14\n vadd.f32 s23, s23, s15\n"
      "subs %[inputs], #1\n"
      "vstmia %[w], {s16-s23}\n"
      "add %[w], %[bytes]\n"
      "bne 1b\n"
      : [x] "+r"(x), [w] "+r"(w), [a] "+r"(a), [inputs] "+r"(inputs)
      : [dy] "r"(dy), [bytes] "r"(bytes), [rate] "t"(rate), [momentum] "t"(momentum)
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15",
        "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "cc", "memory");
}

/// What a step of Adam computes with.
struct AdamNumbers {
  float rate, rest1, rest2, epsilon;
};

/// `fours` times 4 weights, at least once, go one step by Adam, in the order of `rules::adam`. They lie
/// `bytes` apart, their gradients follow each other.
[[gnu::always_inline]] inline void adam_fours(const AdamNumbers& c, int fours, const float* g, float* w,
                                              float* a, float* b, int bytes) {
  asm volatile(
      ".balign 4\n"
      "1:\n"
      "vldmia %[g]!, {s0-s3}\n"
      "vldmia %[a], {s4-s7}\n"
      "vldmia %[b], {s8-s11}\n"
      "vldmia %[w], {s12-s15}\n"
      "vsub.f32 s16, s0, s4\n vsub.f32 s17, s1, s5\n vsub.f32 s18, s2, s6\n vsub.f32 s19, s3, s7\n"
      "vmul.f32 s0, s0, s0\n vmul.f32 s1, s1, s1\n vmul.f32 s2, s2, s2\n vmul.f32 s3, s3, s3\n"
      "vmul.f32 s16, s16, %[rest1]\n vmul.f32 s17, s17, %[rest1]\n vmul.f32 s18, s18, %[rest1]\n vmul.f32 "
      "s19, s19, %[rest1]\n"
      "vsub.f32 s0, s0, s8\n vsub.f32 s1, s1, s9\n vsub.f32 s2, s2, s10\n vsub.f32 s3, s3, s11\n"
      "vadd.f32 s4, s4, s16\n vadd.f32 s5, s5, s17\n vadd.f32 s6, s6, s18\n vadd.f32 s7, s7, s19\n"
      "vmul.f32 s0, s0, %[rest2]\n vmul.f32 s1, s1, %[rest2]\n vmul.f32 s2, s2, %[rest2]\n vmul.f32 s3, s3, "
      "%[rest2]\n"
      "vmul.f32 s16, s4, %[rate]\n vmul.f32 s17, s5, %[rate]\n vmul.f32 s18, s6, %[rate]\n vmul.f32 s19, s7, "
      "%[rate]\n"
      "vadd.f32 s8, s8, s0\n vadd.f32 s9, s9, s1\n vadd.f32 s10, s10, s2\n vadd.f32 s11, s11, s3\n"
      "vstmia %[a], {s4-s7}\n"
      "vsqrt.f32 s0, s8\n vsqrt.f32 s1, s9\n vsqrt.f32 s2, s10\n vsqrt.f32 s3, s11\n"
      "vstmia %[b], {s8-s11}\n"
      "vadd.f32 s0, s0, %[epsilon]\n vadd.f32 s1, s1, %[epsilon]\n vadd.f32 s2, s2, %[epsilon]\n vadd.f32 "
      "s3, s3, %[epsilon]\n"
      "vdiv.f32 s16, s16, s0\n vdiv.f32 s17, s17, s1\n vdiv.f32 s18, s18, s2\n vdiv.f32 s19, s19, s3\n"
      "subs %[fours], #1\n"
      "vsub.f32 s12, s12, s16\n vsub.f32 s13, s13, s17\n vsub.f32 s14, s14, s18\n vsub.f32 s15, s15, s19\n"
      "vstmia %[w], {s12-s15}\n"
      "add %[a], %[bytes]\n"
      "add %[b], %[bytes]\n"
      "add %[w], %[bytes]\n"
      "bgt 1b\n"
      : [fours] "+r"(fours), [g] "+r"(g), [w] "+r"(w), [a] "+r"(a), [b] "+r"(b)
      : [rate] "t"(c.rate), [rest1] "t"(c.rest1), [rest2] "t"(c.rest2), [epsilon] "t"(c.epsilon),
        [bytes] "r"(bytes)
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15",
        "s16", "s17", "s18", "s19", "cc", "memory");
}

}  // namespace etch::kernels::inline ETCH_TARGET::fused_forms
#endif
