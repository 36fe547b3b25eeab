// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/fixed_point.hpp>
#include <runtime/kernels/portable/int8_binary.hpp>

/// Quantized operations on two tensors that every core computes by these kernels. They lie apart from sums,
/// differences and products, so that models of those alone carry no code of them.
namespace etch::kernels {

/// How far operands of a squared difference are raised before they are scaled to a common scale: the square
/// of what differs by all of its range then fits 32 bits.
template <class T>
inline constexpr int squared_difference_shift = sizeof(T) == 1 ? 7 : 0;

/// (a - b)^2, TensorFlow Lite's SQUARED_DIFFERENCE. Scales of operands are at most a half.
template <class T>
constexpr T int8_squared_difference(std::int32_t a, std::int32_t b, const Int8BinaryNumbers& n) {
  constexpr int raised = 1 << squared_difference_shift<T>;
  const std::int32_t left = requantize((a - n.a_zero_point) * raised, n.a.multiplier, n.a.shift),
                     right = requantize((b - n.b_zero_point) * raised, n.b.multiplier, n.b.shift);
  return requantize_to<T>((left - right) * (left - right), n.y, {0, n.y_zero_point, n.lowest, n.highest});
}

/// Bits of a number above its highest one, but for the sign: how far it can be raised.
constexpr int headroom(std::int32_t x) {
  return leading_zeros(static_cast<std::uint32_t>(x ^ (x >> 31))) - 1;
}

/// |a| with the sign of a / b, and |b|: what a quotient of int8 is made of.
struct Int8Fraction {
  std::int32_t above = 0, below = 0;
};
constexpr Int8Fraction int8_fraction(std::int32_t above, std::int32_t below) {
  const std::int32_t sign = below >> 31;
  return {(above ^ sign) - sign, (below ^ sign) - sign};
}

/// above / below in steps of the result. \param below above 0, both below 256 in size.
constexpr std::int32_t int8_quotient_steps(const Int8Fraction& of, const Int8Scale& scale) {
  const fixed_point::Reciprocal inverse = fixed_point::reciprocal(of.below, 31);
  const int raised = headroom(of.above);
  const std::int32_t quotient = doubling_high_multiply(
      static_cast<std::int32_t>(static_cast<std::uint32_t>(of.above) << raised), inverse.value);
  const int right = inverse.bits + raised - scale.shift;
  const bool counts = right < 32;  // else less than half a step is left
  const std::int32_t steps =
      rounding_shift(doubling_high_multiply(quotient, scale.multiplier), either(counts, right, 31));
  return either(counts, steps, 0);
}

/// a / b of int8, TensorFlow Lite's DIV: a product with the reciprocal. What is divided by zero, which the
/// reference does not define, is the bound on its side, and 0 / 0 is 0.
constexpr std::int8_t int8_quotient(std::int32_t a, std::int32_t b, const Int8BinaryNumbers& n) {
  const Int8Fraction of = int8_fraction(a - n.a_zero_point, b - n.b_zero_point);
  const std::int32_t one = static_cast<std::int32_t>(of.below == 0);  // what 0 is divided by, for nothing
  const std::int32_t steps = int8_quotient_steps({of.above, of.below | one}, n.y);
  const std::int32_t without =
      either(of.above > 0, n.highest, either(of.above < 0, n.lowest, n.y_zero_point));
  const std::int32_t y = either(one != 0, without, n.y_zero_point + steps);
  return static_cast<std::int8_t>(y < n.lowest ? n.lowest : y > n.highest ? n.highest : y);
}

/// b - a.
template <class T>
constexpr T int8_difference_from(std::int32_t a, std::int32_t b, const Int8BinaryNumbers& n) {
  const std::int32_t left = int8_scaled_operand<T>(a, n.a_zero_point, n.a),
                     right = int8_scaled_operand<T>(b, n.b_zero_point, n.b);
  return requantize_to<T>(right - left, n.y, {0, n.y_zero_point, n.lowest, n.highest});
}

/// The kinds beside sum, difference and product; quotients are of int8.
template <class T>
constexpr T int8_combine_more(BinaryKind kind, std::int32_t a, std::int32_t b, const Int8BinaryNumbers& n) {
  if (kind == BinaryKind::squared_difference) return int8_squared_difference<T>(a, b, n);
  if (kind == BinaryKind::subtract_from) return int8_difference_from<T>(a, b, n);
  if constexpr (sizeof(T) == 1) {
    if (kind == BinaryKind::divide) return int8_quotient(a, b, n);
    const Int8BinaryNumbers turned{
        n.b_zero_point, n.a_zero_point, n.y_zero_point, n.lowest, n.highest, n.b, n.a, n.y};
    return int8_quotient(b, a, turned);
  }
  return static_cast<T>(n.y_zero_point);
}

/// y = a op b with NumPy's broadcasting. `y` may be an operand of as many elements.
template <class T>
inline void int8_binary_more(const Binary& d, const T* a, const T* b, const Int8BinaryNumbers& n, T* y) {
  detail::for_each_element(
      d, 1, [&](int at, int i, int j) { y[at] = int8_combine_more<T>(d.kind, a[i], b[j], n); });
}

}  // namespace etch::kernels
