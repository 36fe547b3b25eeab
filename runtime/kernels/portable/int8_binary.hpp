// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/binary.hpp>
#include <runtime/kernels/portable/requantize.hpp>

namespace etch::kernels {

/// The numbers of a quantized sum, difference or product. A product has one scale, `y`.
struct Int8BinaryNumbers {
  std::int32_t a_zero_point = 0, b_zero_point = 0, y_zero_point = 0;
  std::int32_t lowest = -128, highest = 127;
  Int8Scale a, b, y;
};

/// How far operands are raised before they are scaled to a common scale.
inline constexpr int int8_sum_shift = 20, int16_sum_shift = 15;

template <class T>
constexpr std::int32_t int8_scaled_operand(std::int32_t x, std::int32_t zero_point, const Int8Scale& scale) {
  constexpr int raised = sizeof(T) == 1 ? int8_sum_shift : int16_sum_shift;
  return requantize((x - zero_point) * (1 << raised), scale.multiplier, scale.shift);
}

/// Of operands and a result of type T, int8 or int16.
template <class T = std::int8_t>
constexpr T int8_combine(BinaryKind kind, std::int32_t a, std::int32_t b, const Int8BinaryNumbers& n) {
  std::int32_t raw = 0;
  if (kind == BinaryKind::multiply) {
    raw = (a - n.a_zero_point) * (b - n.b_zero_point);
  } else {
    const std::int32_t left = int8_scaled_operand<T>(a, n.a_zero_point, n.a);
    const std::int32_t right = int8_scaled_operand<T>(b, n.b_zero_point, n.b);
    raw = kind == BinaryKind::add ? left + right : left - right;
  }
  return requantize_to<T>(raw, n.y, {0, n.y_zero_point, n.lowest, n.highest});
}

namespace portable {
/// y = a op b, TensorFlow Lite's ADD, SUB and MUL, with NumPy's broadcasting. `y` may be an operand of as
/// many elements.
template <class T>
[[gnu::always_inline]] inline void int8_binary(const Binary& d, const T* a, const T* b,
                                               const Int8BinaryNumbers& n, T* y) {
  detail::for_each_element(d, 1,
                           [&](int at, int i, int j) { y[at] = int8_combine<T>(d.kind, a[i], b[j], n); });
}
}  // namespace portable

}  // namespace etch::kernels
