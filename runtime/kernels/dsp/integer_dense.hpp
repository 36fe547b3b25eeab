// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/dsp.hpp>
#include <runtime/kernels/portable/integer_dense.hpp>

/// The kernels of integer training by Arm's DSP extension, with the bits of the portable ones.
namespace etch::kernels::dsp::inline ETCH_TARGET {

#if ETCH_DSP_KERNELS
/// Half of r - x (`Adds`: of r + x) in each byte, rounded down.
template <bool Adds>
[[gnu::always_inline]] inline Pair half_of_difference(Pair r, Pair x) {
  Pair result = 0;
  if constexpr (Adds)
    asm("shadd8 %0, %1, %2" : "=r"(result) : "r"(r), "r"(x));
  else
    asm("shsub8 %0, %1, %2" : "=r"(result) : "r"(r), "r"(x));
  return result;
}
/// Bytes subtracted.
[[gnu::always_inline]] inline Pair sub8(Pair a, Pair b) {
  Pair result = 0;
  asm("ssub8 %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
  return result;
}
/// Bytes added and limited.
[[gnu::always_inline]] inline Pair qadd8(Pair a, Pair b) {
  Pair result = 0;
  asm("qadd8 %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
  return result;
}
#else
template <class F>
constexpr Pair byte_by_byte(Pair a, Pair b, const F& f) {
  std::uint32_t result = 0;
  for (int k = 0; k < 32; k += 8) {
    const std::int32_t y =
        f(static_cast<std::int8_t>(a >> k & 0xFF), static_cast<std::int8_t>(b >> k & 0xFF));
    result |= (static_cast<std::uint32_t>(y) & 0xFFU) << k;
  }
  return static_cast<Pair>(result);
}
template <bool Adds>
constexpr Pair half_of_difference(Pair r, Pair x) {
  return byte_by_byte(r, x, [](int a, int b) { return (Adds ? a + b : a - b) >> 1; });
}
constexpr Pair sub8(Pair a, Pair b) {
  return byte_by_byte(a, b, [](int c, int d) { return c - d; });
}
constexpr Pair qadd8(Pair a, Pair b) {
  return byte_by_byte(a, b, [](int c, int d) { return scalar::saturate_to_byte(c + d); });
}
#endif

/// Four inputs, widened.
struct FourInputs {
  Pair even, odd;
};
[[gnu::always_inline]] inline FourInputs four_inputs(const std::int8_t* x) {
  const Pair word = load_word(x);
  return {sxtb16(word), sxtb16_high(word)};
}
[[gnu::always_inline]] inline std::int32_t add_products(const FourInputs& x, Pair weights, std::int32_t sum) {
  return smlad(sxtb16_high(weights), x.odd, smlad(sxtb16(weights), x.even, sum));
}

/// Four rows, whose sums begin as they stand: 26 instructions for 16 products, 5 where four inputs are 0.
#if ETCH_DSP_KERNELS
[[ETCH_ALL_REGISTERS]] inline void forward_four(std::int32_t row, const std::int8_t* x, const std::int8_t* w,
                                                std::int32_t* sums) {
  std::int32_t a = sums[0], b = sums[1], c = sums[2], d = sums[3];
  const std::int8_t* const end = x + row;
  Pair even = 0, odd = 0, weights = 0, part = 0;
  asm volatile(
      ".macro etch_row sum\n"
      "sxtb16 %[part], %[weights]\n"
      "sxtb16 %[weights], %[weights], ror #8\n"
      "smlad \\sum, %[part], %[even], \\sum\n"
      "smlad \\sum, %[weights], %[odd], \\sum\n"
      ".endm\n"
      "1:\n"
      "ldr %[even], [%[x]], #4\n"
      "cbz %[even], 2f\n"
      "ldr %[weights], [%[w], %[row]]\n"
      "sxtb16 %[odd], %[even], ror #8\n"
      "sxtb16 %[even], %[even]\n"
      "etch_row %[b]\n"
      "ldr %[weights], [%[w], %[row], lsl #1]\n"
      "etch_row %[c]\n"
      "ldr %[weights], [%[w], %[three]]\n"
      "etch_row %[d]\n"
      "ldr %[weights], [%[w]], #4\n"
      "etch_row %[a]\n"
      "cmp %[x], %[end]\n"
      "bne 1b\n"
      "b 3f\n"
      "2:\n"
      "add %[w], #4\n"
      "cmp %[x], %[end]\n"
      "bne 1b\n"
      "3:\n"
      ".purgem etch_row\n"
      : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [x] "+r"(x), [w] "+r"(w), [even] "=&l"(even),
        [odd] "=&r"(odd), [weights] "=&r"(weights), [part] "=&r"(part)
      : [row] "r"(row), [three] "r"(3 * row), [end] "r"(end)
      : "cc", "memory");
  sums[0] = a, sums[1] = b, sums[2] = c, sums[3] = d;
}
#else
inline void forward_four(std::int32_t row, const std::int8_t* x, const std::int8_t* w, std::int32_t* sums) {
  for (std::int32_t i = 0; i < row; i += 4)
    for (std::int32_t k = 0; k < 4; ++k)
      sums[k] = add_products(four_inputs(x + i), load_word(w + k * row + i), sums[k]);
}
#endif

inline void integer_forward(const IntegerDense& d, const std::int8_t* x, const std::int8_t* w,
                            std::int32_t* sums) {
  std::int32_t j = 0;
  for (; j + 4 <= d.out; j += 4, w += 4 * d.row) forward_four(d.row, x, w, sums + j);
  for (; j < d.out; ++j, w += d.row) {
    std::int32_t sum = sums[j];
    for (std::int32_t i = 0; i < d.row; i += 4) sum = add_products(four_inputs(x + i), load_word(w + i), sum);
    sums[j] = sum;
  }
}

/// Four sums of a column of words, `row` bytes apart, times the errors from `e` to `end`, of which there is
/// one at least: 12 instructions for four products, 5 for an error that is 0.
#if ETCH_DSP_KERNELS
[[ETCH_ALL_REGISTERS]] inline void gradient_of_four(std::int32_t row, const std::int8_t* e,
                                                    const std::int8_t* end, const std::int8_t* w,
                                                    std::int32_t* sums) {
  std::int32_t a = 0, b = 0, c = 0, d = 0;
  Pair error = 0, weights = 0, part = 0;
  asm volatile(
      "1:\n"
      "ldrsb %[error], [%[e]], #1\n"
      "cbz %[error], 2f\n"
      "ldr %[weights], [%[w]]\n"
      "sxtb16 %[part], %[weights]\n"
      "sxtb16 %[weights], %[weights], ror #8\n"
      "smlabb %[a], %[part], %[error], %[a]\n"
      "smlatb %[c], %[part], %[error], %[c]\n"
      "smlabb %[b], %[weights], %[error], %[b]\n"
      "smlatb %[d], %[weights], %[error], %[d]\n"
      "2:\n"
      "add %[w], %[row]\n"
      "cmp %[e], %[end]\n"
      "bne 1b\n"
      : [a] "+r"(a), [b] "+r"(b), [c] "+r"(c), [d] "+r"(d), [e] "+r"(e), [w] "+r"(w), [error] "=&l"(error),
        [weights] "=&r"(weights), [part] "=&r"(part)
      : [row] "r"(row), [end] "r"(end)
      : "cc", "memory");
  sums[0] = a, sums[1] = b, sums[2] = c, sums[3] = d;
}
#else
inline void gradient_of_four(std::int32_t row, const std::int8_t* e, const std::int8_t* end,
                             const std::int8_t* w, std::int32_t* sums) {
  std::int32_t a = 0, b = 0, c = 0, d = 0;
  for (; e != end; ++e, w += row) {
    const Pair word = load_word(w), even = sxtb16(word), odd = sxtb16_high(word);
    a = smlabb(even, *e, a), c = smlatb(even, *e, c);
    b = smlabb(odd, *e, b), d = smlatb(odd, *e, d);
  }
  sums[0] = a, sums[1] = b, sums[2] = c, sums[3] = d;
}
#endif

inline void integer_input_gradient(const IntegerDense& d, const std::int8_t* e, const std::int8_t* w,
                                   std::int32_t* sums) {
  for (std::int32_t i = 0; i < d.row; i += 4) gradient_of_four(d.row, e, e + d.out, w + i, sums + i);
}

/// Sums in units of 2^-8 become int8.
[[gnu::always_inline]] inline std::int32_t byte_of_sum(std::int32_t sum) {
#if ETCH_DSP_KERNELS
  asm("ssat %0, #8, %0, asr #8" : "+r"(sum));
  return sum;
#else
  return saturate_to_byte(sum >> 8);
#endif
}

/// Changes the words of a row, `change(weights, inputs, random bits)`. A word of inputs that are 0 changes
/// none.
template <class Change>
[[gnu::always_inline]] inline void change_words(std::int32_t row, const std::int8_t* x, RoundingWords words,
                                                std::int8_t* w, const Change& change) {
  const std::int8_t* const end = x + row;
  do {
    const std::uint32_t random = words.next();
    const Pair inputs = load_word(x);
    if (inputs != 0) {
      const Pair weights = change(load_word(w), inputs, static_cast<Pair>(random & 0x7F7F7F7FU));
      std::memcpy(w, &weights, sizeof weights);
    }
    w += 4;
  } while ((x += 4) != end);
}

/// n = 1 or, where `Adds`, -1: r - x (r + x) is from -128 to 255, below 0 a weight loses one, from 128 on it
/// gains one. By itself, like `update_by_any`: within a step, its loop has no registers left.
template <bool Adds>
[[gnu::noinline]] inline void update_by_one(std::int32_t row, const std::int8_t* x, RoundingWords words,
                                            std::int8_t* w) {
  change_words(row, x, words, w, [](Pair weights, Pair inputs, Pair r) {
    // The upper two bits of a half: 3 for what is below 0, 1 from 128 on; as a number of two bits, -1 and 1.
    const auto two_bits = static_cast<std::uint32_t>(half_of_difference<Adds>(r, inputs)) >> 6 & 0x03030303U;
    return qadd8(weights, sub8(static_cast<Pair>(two_bits ^ 0x02020202U), 0x02020202));
  });
}

[[gnu::noinline]] inline void update_by_any(std::int32_t row, std::int32_t n, const std::int8_t* x,
                                            RoundingWords words, std::int8_t* w) {
  change_words(row, x, words, w, [by = -2 * n](Pair weights, Pair inputs, Pair r) {
    // Weights in units of 2^-8 and random bits below them, in halves.
    const auto bytes = static_cast<std::uint32_t>(weights), twice = static_cast<std::uint32_t>(r) << 1;
    const auto even = static_cast<Pair>((bytes & 0x00FF00FFU) << 8 | (twice & 0x00FF00FFU)),
               odd = static_cast<Pair>((bytes & 0xFF00FF00U) | (twice >> 8 & 0x00FF00FFU));
    const Pair x_even = sxtb16(inputs), x_odd = sxtb16_high(inputs);
    const Pair y_even = pack_halves(byte_of_sum(smlabb(x_even, by, low(even))),
                                    byte_of_sum(smlatb(x_even, by, high(even)))),
               y_odd = pack_halves(byte_of_sum(smlabb(x_odd, by, low(odd))),
                                   byte_of_sum(smlatb(x_odd, by, high(odd))));
    return static_cast<Pair>((static_cast<std::uint32_t>(y_even) & 0x00FF00FFU) |
                             (static_cast<std::uint32_t>(y_odd) & 0x00FF00FFU) << 8);
  });
}

inline void integer_update(std::int32_t row, std::int32_t n, const std::int8_t* x, RoundingWords words,
                           std::int8_t* w) {
  if (n == 1) return update_by_one<false>(row, x, words, w);
  if (n == -1) return update_by_one<true>(row, x, words, w);
  update_by_any(row, n, x, words, w);
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
