// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/helium_loops.hpp>

// Sums of products on cores with a float unit: loops that a compiler does not make. VLDM moves many floats
// for a cycle each and one more, and a product has a VMUL and its sum a VADD: VMLA gives the same bits and is
// one instruction less, but takes three cycles on a Cortex-M4 instead of two. No result is read by the next
// instruction, which would wait for it.

#if ETCH_FLOAT_ASSEMBLY
namespace etch::kernels::inline ETCH_TARGET::fused_forms {

/// y[k] = start[k] + the sum over i < n, in order, of x[i] * w[i * bytes / 4 + k], for 8 columns.
[[gnu::noinline]] inline void sum_row_of_8(int n, const float* x, const float* w, int bytes,
                                           const float* start, float* y) {
#if ETCH_HELIUM_FLOAT_KERNELS
  if (helium::sum_row_of_8(n, x, w, bytes, start, y)) return;
#endif
  asm volatile(
      "vldmia %[start], {s0-s7}\n"
      "b 2f\n"
      ".balign 4\n"
      "1:\n"
      "vldmia %[x]!, {s16}\n"
      "vldmia %[w], {s8-s15}\n"
      "add %[w], %[bytes]\n"
      "vmul.f32 s8, s8, s16\n vmul.f32 s9, s9, s16\n vmul.f32 s10, s10, s16\n vmul.f32 s11, s11, s16\n"
      "vmul.f32 s12, s12, s16\n vmul.f32 s13, s13, s16\n vmul.f32 s14, s14, s16\n vmul.f32 s15, s15, s16\n"
      "vadd.f32 s0, s0, s8\n vadd.f32 s1, s1, s9\n vadd.f32 s2, s2, s10\n vadd.f32 s3, s3, s11\n"
      "vadd.f32 s4, s4, s12\n vadd.f32 s5, s5, s13\n vadd.f32 s6, s6, s14\n vadd.f32 s7, s7, s15\n"
      "2: subs %[n], #1\n"
      "bge 1b\n"
      "vstmia %[y], {s0-s7}\n"
      : [n] "+r"(n), [x] "+r"(x), [w] "+r"(w)
      : [bytes] "r"(bytes), [start] "r"(start), [y] "r"(y)
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15",
        "s16", "cc", "memory");
}

/// The same for 16 columns.
[[gnu::noinline]] inline void sum_row_of_16(int n, const float* x, const float* w, int bytes,
                                            const float* start, float* y) {
#if ETCH_HELIUM_FLOAT_KERNELS
  if (helium::sum_row_of_16(n, x, w, bytes, start, y)) return;
#endif
  asm volatile(
      "vldmia %[start], {s0-s15}\n"
      "b 2f\n"
      ".balign 4\n"
      "1:\n"
      "vldmia %[x]!, {s24}\n"
      "vldmia %[w]!, {s16-s23}\n"
      "vmul.f32 s16, s16, s24\n vmul.f32 s17, s17, s24\n vmul.f32 s18, s18, s24\n vmul.f32 s19, s19, s24\n"
      "vmul.f32 s20, s20, s24\n vmul.f32 s21, s21, s24\n vmul.f32 s22, s22, s24\n vmul.f32 s23, s23, s24\n"
      "vadd.f32 s0, s0, s16\n vadd.f32 s1, s1, s17\n vadd.f32 s2, s2, s18\n vadd.f32 s3, s3, s19\n"
      "vadd.f32 s4, s4, s20\n vadd.f32 s5, s5, s21\n vadd.f32 s6, s6, s22\n vadd.f32 s7, s7, s23\n"
      "vldmia %[w], {s16-s23}\n"
      "add %[w], %[rest]\n"
      "vmul.f32 s16, s16, s24\n vmul.f32 s17, s17, s24\n vmul.f32 s18, s18, s24\n vmul.f32 s19, s19, s24\n"
      "vmul.f32 s20, s20, s24\n vmul.f32 s21, s21, s24\n vmul.f32 s22, s22, s24\n vmul.f32 s23, s23, s24\n"
      "vadd.f32 s8, s8, s16\n vadd.f32 s9, s9, s17\n vadd.f32 s10, s10, s18\n vadd.f32 s11, s11, s19\n"
      "vadd.f32 s12, s12, s20\n vadd.f32 s13, s13, s21\n vadd.f32 s14, s14, s22\n vadd.f32 s15, s15, s23\n"
      "2: subs %[n], #1\n"
      "bge 1b\n"
      "vstmia %[y], {s0-s15}\n"
      : [n] "+r"(n), [x] "+r"(x), [w] "+r"(w)
      : [rest] "r"(bytes - 32), [start] "r"(start), [y] "r"(y)
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15",
        "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "cc", "memory");
}

/// The same for 8 columns of two rows, whose inputs lie `x_bytes` and results `y_bytes` apart.
[[gnu::noinline]] inline void sum_two_rows_of_8(int n, const float* x, int x_bytes, const float* w, int bytes,
                                                const float* start, float* y, int y_bytes) {
#if ETCH_HELIUM_FLOAT_KERNELS
  if (helium::sum_two_rows_of_8(n, x, x_bytes, w, bytes, start, y, y_bytes)) return;
#endif
  const float* next = x + x_bytes / 4;
  asm volatile(
      "vldmia %[start], {s0-s7}\n"
      "vldmia %[start], {s8-s15}\n"
      "b 2f\n"
      ".balign 4\n"
      "1:\n"
      "vldmia %[x]!, {s24}\n"
      "vldmia %[next]!, {s25}\n"
      "vldmia %[w], {s16-s23}\n"
      "add %[w], %[bytes]\n"
      "vmul.f32 s26, s16, s24\n vmul.f32 s27, s17, s24\n vmul.f32 s28, s18, s24\n vmul.f32 s29, s19, s24\n"
      "vmul.f32 s16, s16, s25\n vmul.f32 s17, s17, s25\n vmul.f32 s18, s18, s25\n vmul.f32 s19, s19, s25\n"
      "vadd.f32 s0, s0, s26\n vadd.f32 s1, s1, s27\n vadd.f32 s2, s2, s28\n vadd.f32 s3, s3, s29\n"
      "vmul.f32 s26, s20, s24\n vmul.f32 s27, s21, s24\n vmul.f32 s28, s22, s24\n vmul.f32 s29, s23, s24\n"
      "vadd.f32 s8, s8, s16\n vadd.f32 s9, s9, s17\n vadd.f32 s10, s10, s18\n vadd.f32 s11, s11, s19\n"
      "vmul.f32 s20, s20, s25\n vmul.f32 s21, s21, s25\n vmul.f32 s22, s22, s25\n vmul.f32 s23, s23, s25\n"
      "vadd.f32 s4, s4, s26\n vadd.f32 s5, s5, s27\n vadd.f32 s6, s6, s28\n vadd.f32 s7, s7, s29\n"
      "vadd.f32 s12, s12, s20\n vadd.f32 s13, s13, s21\n vadd.f32 s14, s14, s22\n vadd.f32 s15, s15, s23\n"
      "2: subs %[n], #1\n"
      "bge 1b\n"
      "vstmia %[y], {s0-s7}\n"
      "add %[y], %[y_bytes]\n"
      "vstmia %[y], {s8-s15}\n"
      : [n] "+r"(n), [x] "+r"(x), [next] "+r"(next), [w] "+r"(w), [y] "+r"(y)
      : [bytes] "r"(bytes), [start] "r"(start), [y_bytes] "r"(y_bytes)
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15",
        "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25", "s26", "s27", "s28", "s29",
        "cc", "memory");
}

/// to[g * 4 + k] = 0 + the sum over i < n, in order, of x[i] * w[(g * 4 + k) * n + i], for 4 rows of weights
/// a group, which follow each other.
[[gnu::noinline]] inline void sum_along_rows(int n, const float* x, const float* w, int groups, float* to) {
  const float *xi, *w1, *w2, *w3;
  int i;
  asm volatile(
      "3:\n"
      "movs %[i], #0\n"
      "vmov d0, %[i], %[i]\n vmov d1, %[i], %[i]\n"
      "mov %[xi], %[x]\n"
      "add %[w1], %[w], %[n], lsl #2\n"
      "add %[w2], %[w1], %[n], lsl #2\n"
      "add %[w3], %[w2], %[n], lsl #2\n"
      "subs %[i], %[n], #2\n"
      "blt 2f\n"
      ".balign 4\n"
      "1:\n"
      "vldmia %[xi]!, {s4-s5}\n"
      "vldmia %[w]!, {s6-s7}\n"
      "vldmia %[w1]!, {s8-s9}\n"
      "vldmia %[w2]!, {s10-s11}\n"
      "vldmia %[w3]!, {s12-s13}\n"
      "vmul.f32 s6, s4, s6\n vmul.f32 s8, s4, s8\n vmul.f32 s10, s4, s10\n vmul.f32 s12, s4, s12\n"
      "vadd.f32 s0, s0, s6\n vadd.f32 s1, s1, s8\n vadd.f32 s2, s2, s10\n vadd.f32 s3, s3, s12\n"
      "vmul.f32 s7, s5, s7\n vmul.f32 s9, s5, s9\n vmul.f32 s11, s5, s11\n vmul.f32 s13, s5, s13\n"
      "vadd.f32 s0, s0, s7\n vadd.f32 s1, s1, s9\n vadd.f32 s2, s2, s11\n vadd.f32 s3, s3, s13\n"
      "subs %[i], #2\n"
      "bge 1b\n"
      "2: adds %[i], #1\n"
      "bne 4f\n"
      "vldr s4, [%[xi]]\n"
      "vldr s6, [%[w]]\n"
      "vldr s8, [%[w1]]\n"
      "vldr s10, [%[w2]]\n"
      "vldmia %[w3]!, {s12}\n"
      "vmul.f32 s6, s4, s6\n vmul.f32 s8, s4, s8\n vmul.f32 s10, s4, s10\n vmul.f32 s12, s4, s12\n"
      "vadd.f32 s0, s0, s6\n vadd.f32 s1, s1, s8\n vadd.f32 s2, s2, s10\n vadd.f32 s3, s3, s12\n"
      "4: vstmia %[to]!, {s0-s3}\n"
      "mov %[w], %[w3]\n"
      "subs %[groups], #1\n"
      "bgt 3b\n"
      : [i] "=&r"(i), [xi] "=&r"(xi), [w] "+r"(w), [w1] "=&r"(w1), [w2] "=&r"(w2), [w3] "=&r"(w3),
        [groups] "+r"(groups), [to] "+r"(to)
      : [n] "r"(n), [x] "r"(x)
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "cc",
        "memory");
}

}  // namespace etch::kernels::inline ETCH_TARGET::fused_forms
#endif
