// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/held_words.hpp>
#include <runtime/kernels/dsp/int8_sums.hpp>
#include <runtime/kernels/portable/int8_binary.hpp>

/// Sums, differences and products of operands of one shape.
namespace etch::kernels::dsp::inline ETCH_TARGET {

/// An operand of a sum, raised by `int8_sum_shift` and scaled, then doubled. The larger of two scales is half
/// of the common one: without a shift, but half of it is what it is raised to twice as high and shifted by 1.
struct RaisedOperand {
  DoubledRounding rounding;
  std::int32_t factor, zero;

  RaisedOperand(const Int8Scale& scale, std::int32_t zero_point)
      : rounding(halves(scale) ? DoubledRounding{scale.multiplier, 1, 1} : DoubledRounding(scale, 0)),
        factor((halves(scale) ? 4 : 2) << int8_sum_shift),
        zero(zero_point * factor) {}
  static bool halves(const Int8Scale& scale) { return scale.multiplier == 1 << 30 && scale.shift == 0; }
  static bool covers(const Int8Scale& scale) { return halves(scale) || rounds_fast(scale); }

  std::int32_t operator()(std::int32_t x) const {
    const std::int32_t raised = x * factor - zero;
    return 2 * round_doubled(raised, rounding);
  }
};

/// y = a + b, where a's scale is half of the common one and b's is smaller: 13 instructions an element, and
/// four for each four.
[[ETCH_ALL_REGISTERS]] inline void add_half(const std::int8_t* a, std::int32_t a_zero, const std::int8_t* b,
                                            const RaisedOperand& of_b, const DoubledRounding& of_y,
                                            std::int8_t* y, int count) {
  const RaisedOperand raise = of_b;  // results might be part of them, for all that a compiler knows
  const DoubledRounding result = of_y;
  const std::int32_t zero = a_zero * (1 << int8_sum_shift);
#if ETCH_DSP_KERNELS
  std::int32_t fours = count / 4;
#if ETCH_CLANG_ASSEMBLY
  register const std::int8_t *a_at asm("r0") = a, *b_at asm("r1") = b;
  register std::int8_t* y_at asm("r2") = y;
  register std::int32_t u asm("r3") = fours, a_zeros asm("r4") = zero, b_zero asm("r5") = raise.zero;
  register std::int32_t b_multiplier asm("r6") = raise.rounding.multiplier;
  register std::int32_t b_offset asm("r8") = raise.rounding.offset, y_offset asm("r11") = result.offset;
  register std::uint32_t b_shift asm("r9") = raise.rounding.shift, y_shift asm("r12") = result.shift;
  register std::int32_t y_multiplier asm("r10") = result.multiplier;
#else
  const std::int32_t b_zero = raise.zero, b_multiplier = raise.rounding.multiplier;
  const std::int32_t b_offset = raise.rounding.offset, y_multiplier = result.multiplier,
                     y_offset = result.offset;
  const std::uint32_t b_shift = raise.rounding.shift, y_shift = result.shift;
  register std::int32_t t asm("r7");
  std::int32_t u;
#endif
  if (fours > 0)
    asm volatile(
        ".macro etch_add\n"
        "ldrsb r7, [%[b]], #1\n"
        "rsb r7, %[b_zero], r7, lsl #21\n"
        "add %[u], %[b_offset], r7, asr #31\n"
        "smmlar r7, r7, %[b_multiplier], %[u]\n"
        "ldrsb %[u], [%[a]], #1\n"
        "asr r7, %[b_shift]\n"
        "rsb %[u], %[a_zero], %[u], lsl #20\n"
        "add r7, %[u], r7, lsl #1\n"
        "add %[u], %[y_offset], r7, asr #31\n"
        "smmlar r7, r7, %[y_multiplier], %[u]\n"
        "asr r7, %[y_shift]\n"
        "ssat r7, #8, r7\n"
        "strb r7, [%[y]], #1\n"
        ".endm\n"
        ETCH_HOLD_WORD("%[u]")
        "1:\n"
        "etch_add\n"
        "etch_add\n"
        "etch_add\n"
        "etch_add\n"
        "ldr %[u], " ETCH_HELD(fours) "\n"  // no register is left
        "subs %[u], #1\n"
        "str %[u], " ETCH_HELD(fours) "\n"
        "bne 1b\n"
        ETCH_RELEASE_WORD
        ".purgem etch_add\n"
#if ETCH_CLANG_ASSEMBLY
        : [a] "+r"(a_at), [b] "+r"(b_at), [y] "+r"(y_at), [u] "+r"(u)
        : ETCH_WORD(fours, 0), [a_zero] "r"(a_zeros),
#else
        : [a] "+r"(a), [b] "+r"(b), [y] "+r"(y), [fours] "+m"(fours), [t] "=&r"(t), [u] "=&r"(u)
        : [a_zero] "r"(zero),
#endif
          [b_zero] "r"(b_zero), [b_multiplier] "r"(b_multiplier), [b_offset] "r"(b_offset),
          [b_shift] "r"(b_shift), [y_multiplier] "r"(y_multiplier), [y_offset] "r"(y_offset),
          [y_shift] "r"(y_shift)
        : "cc", "memory");
#if ETCH_CLANG_ASSEMBLY
  a += 4 * fours;
  b += 4 * fours;
  y += 4 * fours;
#endif
  count &= 3;
#endif
  for (; count > 0; --count) {
    const std::int32_t x = *a++;
    const std::int32_t raised = *b++ * (2 << int8_sum_shift) - raise.zero;
    const std::int32_t sum = x * (1 << int8_sum_shift) - zero + 2 * round_doubled(raised, raise.rounding);
    *y++ = requantize_doubled(sum, result);
  }
}

/// a + b or a - b with any scales that are covered.
template <bool Subtract>
[[gnu::noinline]] inline void add_raised(const std::int8_t* a, const RaisedOperand& of_a,
                                         const std::int8_t* b, const RaisedOperand& of_b,
                                         const DoubledRounding& of_y, std::int8_t* y, int count) {
  const RaisedOperand raise_a = of_a, raise_b = of_b;
  const DoubledRounding result = of_y;
  for (; count > 0; --count) {
    const std::int32_t left = raise_a(*a++), right = raise_b(*b++);
    *y++ = requantize_doubled(Subtract ? left - right : left + right, result);
  }
}

/// Any scales and bounds.
[[gnu::noinline]] inline void combine_each(BinaryKind kind, const std::int8_t* a, const std::int8_t* b,
                                           const Int8BinaryNumbers& n, std::int8_t* y, int count) {
  for (; count > 0; --count) *y++ = int8_combine(kind, *a++, *b++, n);
}

template <BinaryKind Kind>
[[gnu::noinline]] inline void add_or_subtract(const std::int8_t* a, const std::int8_t* b,
                                              const Int8BinaryNumbers& n, std::int8_t* y, int count) {
  if (n.lowest > -128 || n.highest < 127 || !rounds_fast(n.y) || !RaisedOperand::covers(n.a) ||
      !RaisedOperand::covers(n.b))
    return combine_each(Kind, a, b, n, y, count);
  const DoubledRounding result(n.y, n.y_zero_point);
  const RaisedOperand raise_a(n.a, n.a_zero_point), raise_b(n.b, n.b_zero_point);
  if constexpr (Kind == BinaryKind::add && !size_mode) {
    const bool a_halves = RaisedOperand::halves(n.a), b_halves = RaisedOperand::halves(n.b);
    if (a_halves && !b_halves) return add_half(a, n.a_zero_point, b, raise_b, result, y, count);
    if (b_halves && !a_halves) return add_half(b, n.b_zero_point, a, raise_a, result, y, count);
  }
  add_raised<Kind == BinaryKind::subtract>(a, raise_a, b, raise_b, result, y, count);
}

[[gnu::noinline]] inline void multiply_each(const std::int8_t* a, const std::int8_t* b,
                                            const Int8BinaryNumbers& n, std::int8_t* y, int count) {
  if (n.lowest > -128 || n.highest < 127 || !rounds_fast(n.y))
    return combine_each(BinaryKind::multiply, a, b, n, y, count);
  const DoubledRounding result(n.y, n.y_zero_point);
  const std::int32_t a_zero = 2 * n.a_zero_point, b_zero = n.b_zero_point;
  for (; count > 0; --count) {
    const std::int32_t left = 2 * *a++ - a_zero, right = *b++ - b_zero;
    *y++ = requantize_doubled(left * right, result);
  }
}

[[gnu::noinline]] inline void binary_portable(const Binary& d, const std::int8_t* a, const std::int8_t* b,
                                              const Int8BinaryNumbers& n, std::int8_t* y) {
  portable::int8_binary(d, a, b, n, y);
}

[[gnu::always_inline]] inline void int8_binary(const Binary& d, const std::int8_t* a, const std::int8_t* b,
                                               const Int8BinaryNumbers& n, std::int8_t* y) {
  const int count = d.elements();
  if (d.a_elements != count || d.b_elements != count)
    binary_portable(d, a, b, n, y);
  else if (d.kind == BinaryKind::multiply)
    multiply_each(a, b, n, y, count);
  else if (d.kind == BinaryKind::subtract)
    add_or_subtract<BinaryKind::subtract>(a, b, n, y, count);
  else
    add_or_subtract<BinaryKind::add>(a, b, n, y, count);
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
