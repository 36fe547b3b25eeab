// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/target.hpp>

#include <type_traits>

// Layers of few columns, a number that the compiler knows, by one sample on cores with a float unit: all
// columns lie in registers, so rows of weights follow each other, are loaded once, and have no remainder.

namespace etch::kernels::inline ETCH_TARGET::fused_forms {

/// Whether these loops are made for so many columns. Of fewer, results would be waited for.
constexpr bool are_narrow(int columns) { return columns >= 9 && columns <= 12; }

#if ETCH_FLOAT_ASSEMBLY

// What the last three of 12 columns add to a loop.
#define ETCH_TENTH(code) ".if %c[columns] > 9\n" code ".endif\n"
#define ETCH_ELEVENTH(code) ".if %c[columns] > 10\n" code ".endif\n"
#define ETCH_TWELFTH(code) ".if %c[columns] > 11\n" code ".endif\n"

/// y[k] = start[k] + the sum over i < n, in order, of x[i] * w[i * columns + k].
template <int columns>
[[gnu::noinline]] void sum_narrow_row(int n, const float* x, const float* w, const float* start, float* y) {
  static_assert(are_narrow(columns));
  asm volatile(
      "vldmia %[start], {s0-s%c[last]}\n"
      "b 2f\n"
      ".balign 4\n"
      "1:\n"
      "vldmia %[x]!, {s24}\n"
      "vldmia %[w]!, {s12-s%c[last_weight]}\n"
      "vmul.f32 s12, s12, s24\n vmul.f32 s13, s13, s24\n vmul.f32 s14, s14, s24\n vmul.f32 s15, s15, s24\n"
      "vmul.f32 s16, s16, s24\n vmul.f32 s17, s17, s24\n vmul.f32 s18, s18, s24\n vmul.f32 s19, s19, s24\n"
      "vmul.f32 s20, s20, s24\n"
      ETCH_TENTH("vmul.f32 s21, s21, s24\n") ETCH_ELEVENTH("vmul.f32 s22, s22, s24\n")
      ETCH_TWELFTH("vmul.f32 s23, s23, s24\n")
      "vadd.f32 s0, s0, s12\n vadd.f32 s1, s1, s13\n vadd.f32 s2, s2, s14\n vadd.f32 s3, s3, s15\n"
      "vadd.f32 s4, s4, s16\n vadd.f32 s5, s5, s17\n vadd.f32 s6, s6, s18\n vadd.f32 s7, s7, s19\n"
      "vadd.f32 s8, s8, s20\n"
      ETCH_TENTH("vadd.f32 s9, s9, s21\n") ETCH_ELEVENTH("vadd.f32 s10, s10, s22\n")
      ETCH_TWELFTH("vadd.f32 s11, s11, s23\n")
      "2: subs %[n], #1\n"
      "bge 1b\n"
      "vstmia %[y], {s0-s%c[last]}\n"
      : [n] "+r"(n), [x] "+r"(x), [w] "+r"(w)
      : [start] "r"(start), [y] "r"(y), [columns] "i"(columns), [last] "i"(columns - 1),
        [last_weight] "i"(columns + 11)
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15",
        "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "cc", "memory");
}

// The step of two columns, whose weights are in these registers.
#define ETCH_STEP_TWO(dy0, dy1, w0, w1)                       \
  "vmul.f32 s25, s24, " dy0 "\n vmul.f32 s26, s24, " dy1      \
  "\n"                                                        \
  "vmul.f32 s25, s25, %[rate]\n vmul.f32 s26, s26, %[rate]\n" \
  "vsub.f32 " w0 ", " w0 ", s25\n vsub.f32 " w1 ", " w1 ", s26\n"

/// w[i * columns + k] -= rate * (x[i] * dy[k]) for `inputs` rows of weights, at least one.
template <int columns>
[[gnu::noinline]] void descend_narrow(int inputs, const float* x, const float* dy, float rate, float* w) {
  static_assert(are_narrow(columns));
  asm volatile(
      "vldmia %[dy], {s0-s%c[last]}\n"
      ".balign 4\n"
      "1:\n"
      "vldmia %[x]!, {s24}\n"
      "vldmia %[w], {s12-s%c[last_weight]}\n"
      ETCH_STEP_TWO("s0", "s1", "s12", "s13") ETCH_STEP_TWO("s2", "s3", "s14", "s15")
      ETCH_STEP_TWO("s4", "s5", "s16", "s17") ETCH_STEP_TWO("s6", "s7", "s18", "s19")
      ETCH_STEP_TWO("s8", "s9", "s20", "s21") ETCH_ELEVENTH(ETCH_STEP_TWO("s10", "s11", "s22", "s23"))
      "subs %[inputs], #1\n"
      "vstmia %[w]!, {s12-s%c[last_weight]}\n"
      "bne 1b\n"
      : [x] "+r"(x), [w] "+r"(w), [inputs] "+r"(inputs)
      : [dy] "r"(dy), [rate] "t"(rate), [columns] "i"(columns), [last] "i"(columns - 1),
        [last_weight] "i"(columns + 11)
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15",
        "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25", "s26", "cc", "memory");
}
#undef ETCH_STEP_TWO

/// Where rows of weights and input gradients are written, and how many bytes further the next ones are: 0
/// where nobody wants them.
struct NarrowResults {
  float* w;
  int w_bytes;
  float* sums;
  int sum_bytes;
};

// A column's product in the input gradient and in the weight's, which go on in the columns behind it.
#define ETCH_COLUMN(sum, dy, w, gradient, step_before)                          \
  "vmul.f32 s26, " dy ", " w "\n" step_before "vmul.f32 " gradient ", s24, " dy \
  "\n"                                                                          \
  "vadd.f32 s25, " sum                                                          \
  ", s26\n"                                                                     \
  "vmul.f32 " gradient ", " gradient ", %[rate]\n"
#define ETCH_STEP(w, gradient) "vsub.f32 " w ", " w ", " gradient "\n"

/// The step of `descend_narrow`, and the input gradients by the weights before it: 0 + the sum over k, in
/// order, of dy[k] * w[i * columns + k].
template <int columns>
[[gnu::noinline]] void descend_and_sum_narrow(int inputs, const float* x, const float* dy, float rate,
                                              const float* w, const NarrowResults& results) {
  static_assert(are_narrow(columns));
  float *to = results.w, *sums = results.sums;
  asm volatile(
      "vldmia %[dy], {s0-s%c[last]}\n"
      ".balign 4\n"
      "1:\n"
      "vldmia %[x]!, {s24}\n"
      "vldmia %[w]!, {s12-s%c[last_weight]}\n"
      ETCH_COLUMN("%[zero]", "s0", "s12", "s27", "")
      ETCH_COLUMN("s25", "s1", "s13", "s28", ETCH_STEP("s12", "s27"))
      ETCH_COLUMN("s25", "s2", "s14", "s27", ETCH_STEP("s13", "s28"))
      ETCH_COLUMN("s25", "s3", "s15", "s28", ETCH_STEP("s14", "s27"))
      ETCH_COLUMN("s25", "s4", "s16", "s27", ETCH_STEP("s15", "s28"))
      ETCH_COLUMN("s25", "s5", "s17", "s28", ETCH_STEP("s16", "s27"))
      ETCH_COLUMN("s25", "s6", "s18", "s27", ETCH_STEP("s17", "s28"))
      ETCH_COLUMN("s25", "s7", "s19", "s28", ETCH_STEP("s18", "s27"))
      ETCH_COLUMN("s25", "s8", "s20", "s27", ETCH_STEP("s19", "s28"))
      ETCH_TENTH(ETCH_COLUMN("s25", "s9", "s21", "s28", ETCH_STEP("s20", "s27")))
      ETCH_ELEVENTH(ETCH_COLUMN("s25", "s10", "s22", "s27", ETCH_STEP("s21", "s28")))
      ETCH_TWELFTH(ETCH_COLUMN("s25", "s11", "s23", "s28", ETCH_STEP("s22", "s27")))
      "subs %[inputs], #1\n"
      "vstr s25, [%[sums]]\n"
      "vsub.f32 s%c[last_weight], s%c[last_weight], s%c[last_gradient]\n"
      "add %[sums], %[sum_bytes]\n"
      "vstmia %[to], {s12-s%c[last_weight]}\n"
      "add %[to], %[w_bytes]\n"
      "bne 1b\n"
      : [x] "+r"(x), [w] "+r"(w), [inputs] "+r"(inputs), [to] "+r"(to), [sums] "+r"(sums)
      : [dy] "r"(dy), [rate] "t"(rate), [zero] "t"(0.0f), [w_bytes] "r"(results.w_bytes),
        [sum_bytes] "r"(results.sum_bytes), [columns] "i"(columns), [last] "i"(columns - 1),
        [last_weight] "i"(columns + 11), [last_gradient] "i"(columns % 2 == 0 ? 28 : 27)
      : "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12", "s13", "s14", "s15",
        "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25", "s26", "s27", "s28", "cc",
        "memory");
}
#undef ETCH_COLUMN
#undef ETCH_STEP
#undef ETCH_TENTH
#undef ETCH_ELEVENTH
#undef ETCH_TWELFTH

/// Calls `loop` with the number of columns as a type where these loops take it. \return whether they do.
template <class Loop>
[[gnu::always_inline]] inline bool take_narrow(int columns, Loop&& loop) {
  if (!__builtin_constant_p(columns)) return false;
  if (columns == 9) return loop(std::integral_constant<int, 9>{}), true;
  if (columns == 10) return loop(std::integral_constant<int, 10>{}), true;
  if (columns == 11) return loop(std::integral_constant<int, 11>{}), true;
  if (columns == 12) return loop(std::integral_constant<int, 12>{}), true;
  return false;
}

#endif

}  // namespace etch::kernels::inline ETCH_TARGET::fused_forms
