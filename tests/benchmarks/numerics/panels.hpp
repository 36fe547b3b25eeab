// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/dot.hpp>
#include <runtime/kernels/portable/dense.hpp>

/// The least cycles that a dense layer of one row is known to take on a Cortex-M4F: the weights of eight
/// columns lie one input after the other, and both they and the inputs come by VLDM, a cycle a register.
namespace panels {

using etch::kernels::Numerics;

/// Weights of row-major `w` in panels of eight columns; the columns that remain follow as they are.
constexpr void pack(int in, int out, const float* w, float* to) {
  for (int o = 0; o + 8 <= out; o += 8)
    for (int i = 0; i < in; ++i)
      for (int k = 0; k < 8; ++k) *to++ = w[i * out + o + k];
  for (int i = 0; i < in; ++i)
    for (int o = out / 8 * 8; o < out; ++o) *to++ = w[i * out + o];
}

// NOLINTBEGIN(bugprone-macro-parentheses): text of an assembler
#define PANELS_FUSED(x)                                                                              \
  "vfma.f32 s0, " x ", s8\n\tvfma.f32 s1, " x ", s9\n\tvfma.f32 s2, " x ", s10\n\tvfma.f32 s3, " x   \
  ", s11\n\t"                                                                                        \
  "vfma.f32 s4, " x ", s12\n\tvfma.f32 s5, " x ", s13\n\tvfma.f32 s6, " x ", s14\n\tvfma.f32 s7, " x \
  ", s15\n\t"
// Sums behind all products: none waits for its own.
#define PANELS_SEPARATE(x)                                                                               \
  "vmul.f32 s8, " x ", s8\n\tvmul.f32 s9, " x ", s9\n\tvmul.f32 s10, " x ", s10\n\tvmul.f32 s11, " x     \
  ", s11\n\t"                                                                                            \
  "vmul.f32 s12, " x ", s12\n\tvmul.f32 s13, " x ", s13\n\tvmul.f32 s14, " x ", s14\n\tvmul.f32 s15, " x \
  ", s15\n\t"                                                                                            \
  "vadd.f32 s0, s0, s8\n\tvadd.f32 s1, s1, s9\n\tvadd.f32 s2, s2, s10\n\tvadd.f32 s3, s3, s11\n\t"       \
  "vadd.f32 s4, s4, s12\n\tvadd.f32 s5, s5, s13\n\tvadd.f32 s6, s6, s14\n\tvadd.f32 s7, s7, s15\n\t"
#define PANELS_INPUT(x, products) "vldmia %[w]!, {s8-s15}\n\t" products(x)
#define PANELS_LOOP(products) \
  asm volatile(                                                                                           \
      "vldmia %[sums], {s0-s7}\n\t.balign 4\n"                                                            \
      "1:\n\tvldmia %[x]!, {s16-s19}\n\t" PANELS_INPUT("s16", products) PANELS_INPUT("s17", products)     \
          PANELS_INPUT("s18", products) PANELS_INPUT("s19", products) "subs %[n], %[n], #4\n\t"           \
      "bne 1b\n\t"                                                                                        \
      "vstmia %[sums], {s0-s7}"                                                                           \
      : [n] "+r"(n), [x] "+r"(x), [w] "+r"(w)                                                             \
      : [sums] "r"(sums)                                                                                  \
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15", \
        "s16", "s17", "s18", "s19", "cc", "memory")

/// sums[k] + n products in order, n a multiple of 4.
template <Numerics numerics>
[[gnu::always_inline]] inline void add_eight(int n, const float* x, const float* w, float* sums) {
  if constexpr (numerics == Numerics::fused)
    PANELS_LOOP(PANELS_FUSED);
  else
    PANELS_LOOP(PANELS_SEPARATE);
}
#undef PANELS_LOOP
#undef PANELS_INPUT
#undef PANELS_SEPARATE
#undef PANELS_FUSED
// NOLINTEND(bugprone-macro-parentheses)

/// `portable::dense_forward` of one row and weights in panels.
template <Numerics numerics, int in, int out>
[[gnu::always_inline]] inline void dense_forward(const float* x, const float* w, const float* b, float* y) {
  static_assert(in % 4 == 0);
  constexpr int tails = out % 8;
  for (int o = 0; o + 8 <= out; o += 8, w += in * 8) {
    float sums[8];
    for (int k = 0; k < 8; ++k) sums[k] = b[o + k];
    add_eight<numerics>(in, x, w, sums);
    for (int k = 0; k < 8; ++k) y[o + k] = sums[k];
  }
  if constexpr (tails > 0) {
    float sums[tails];
    for (int k = 0; k < tails; ++k) sums[k] = b[out - tails + k];
    etch::kernels::dot_columns<numerics, tails>(in, x, 1, w, tails, sums);
    for (int k = 0; k < tails; ++k) y[out - tails + k] = sums[k];
  }
}

}  // namespace panels
