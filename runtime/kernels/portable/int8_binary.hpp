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
inline constexpr int int8_sum_shift = 20;

constexpr std::int32_t int8_scaled_operand(std::int32_t x, std::int32_t zero_point, const Int8Scale& scale) {
  return requantize((x - zero_point) * (1 << int8_sum_shift), scale.multiplier, scale.shift);
}

constexpr std::int8_t int8_combine(BinaryKind kind, std::int32_t a, std::int32_t b,
                                   const Int8BinaryNumbers& n) {
  std::int32_t raw = 0;
  if (kind == BinaryKind::multiply) {
    raw = (a - n.a_zero_point) * (b - n.b_zero_point);
  } else {
    const std::int32_t left = int8_scaled_operand(a, n.a_zero_point, n.a);
    const std::int32_t right = int8_scaled_operand(b, n.b_zero_point, n.b);
    raw = kind == BinaryKind::add ? left + right : left - right;
  }
  return requantize_to_int8(raw, n.y, {0, n.y_zero_point, n.lowest, n.highest});
}

/// y = a op b, TensorFlow Lite's ADD, SUB and MUL, with NumPy's broadcasting. `y` may be an operand of as
/// many elements.
[[gnu::always_inline]] inline void int8_binary_portable(const Binary& d, const std::int8_t* a,
                                                        const std::int8_t* b, const Int8BinaryNumbers& n,
                                                        std::int8_t* y) {
  detail::for_each_element(d, 1, [&](int at, int i, int j) { y[at] = int8_combine(d.kind, a[i], b[j], n); });
}

}  // namespace etch::kernels
