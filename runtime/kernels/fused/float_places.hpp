// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/target.hpp>

// The same numbers at several places on cores with a float unit, from whose registers they are stored.

#if ETCH_FLOAT_ASSEMBLY
namespace etch::kernels::inline ETCH_TARGET::fused_forms {

/// to[k] = from[k] for 8 numbers at each of `places`, of which there is one at least, that lie `bytes` apart.
[[gnu::noinline]] inline void put_8(int places, const float* from, float* to, int bytes) {
  asm volatile(
      "vldmia %[from], {s0-s7}\n"
      ".balign 4\n"
      "1:\n"
      "subs %[places], #1\n"
      "vstmia %[to], {s0-s7}\n"
      "add %[to], %[bytes]\n"
      "bne 1b\n"
      : [to] "+r"(to), [places] "+r"(places)
      : [from] "r"(from), [bytes] "r"(bytes)
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "cc", "memory");
}

/// The same for to[k] += from[k].
[[gnu::noinline]] inline void add_8(int places, const float* from, float* to, int bytes) {
  asm volatile(
      "vldmia %[from], {s0-s7}\n"
      ".balign 4\n"
      "1:\n"
      "vldmia %[to], {s8-s15}\n"
      "subs %[places], #1\n"
      "vadd.f32 s8, s8, s0\n vadd.f32 s9, s9, s1\n vadd.f32 s10, s10, s2\n vadd.f32 s11, s11, s3\n"
      "vadd.f32 s12, s12, s4\n vadd.f32 s13, s13, s5\n vadd.f32 s14, s14, s6\n vadd.f32 s15, s15, s7\n"
      "vstmia %[to], {s8-s15}\n"
      "add %[to], %[bytes]\n"
      "bne 1b\n"
      : [to] "+r"(to), [places] "+r"(places)
      : [from] "r"(from), [bytes] "r"(bytes)
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15",
        "cc", "memory");
}

}  // namespace etch::kernels::inline ETCH_TARGET::fused_forms
#endif
