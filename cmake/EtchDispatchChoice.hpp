// SPDX-License-Identifier: BSL-1.0
#pragma once
// The highest level of x86-64 that this machine has, as the ABI for x86-64 defines them: what etch_dispatch
// chooses by. The loader calls it before anything else runs.
#include <cpuid.h>

namespace {

struct Registers {
  unsigned a = 0, b = 0, c = 0, d = 0;
  bool has(unsigned of, unsigned bits) const { return (of & bits) == bits; }
};

inline Registers cpu_says(unsigned leaf) {
  Registers r;
  if (__get_cpuid_count(leaf, 0, &r.a, &r.b, &r.c, &r.d) == 0) return {};
  return r;
}

/// Which registers the system keeps for a program.
inline unsigned kept_registers() {
  unsigned low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

/// 0: x86-64; 1: x86-64-v3; 2: x86-64-v4.
inline int level_of_machine() {
  const auto bit = [](int n) { return 1U << n; };
  const Registers first = cpu_says(1), seventh = cpu_says(7), extended = cpu_says(0x80000001U);
  // x86-64-v2 as well: SSE3, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, POPCNT and LAHF. Then FMA, MOVBE, OSXSAVE,
  // AVX and F16C; BMI, AVX2 and BMI2; LZCNT.
  const unsigned v3_first = bit(0) | bit(9) | bit(13) | bit(19) | bit(20) | bit(23) | bit(12) | bit(22) |
                            bit(27) | bit(28) | bit(29);
  const unsigned v3_seventh = bit(3) | bit(5) | bit(8), v3_extended = bit(0) | bit(5);
  if (!first.has(first.c, v3_first) || !first.has(seventh.b, v3_seventh) ||
      !first.has(extended.c, v3_extended) || !first.has(kept_registers(), 0x6U))
    return 0;
  const unsigned v4_seventh = bit(16) | bit(17) | bit(28) | bit(30) | bit(31);  // AVX-512 F, DQ, CD, BW, VL
  return first.has(seventh.b, v4_seventh) && first.has(kept_registers(), 0xe6U) ? 2 : 1;
}

}  // namespace
