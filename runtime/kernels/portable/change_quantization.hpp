// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/requantize.hpp>

namespace etch::kernels {

/// From one scale and zero point to another.
struct RequantizeNumbers {
  std::int32_t input_zero_point = 0, output_zero_point = 0;
  std::int32_t lowest = 0, highest = 0;
  Int8Scale scale;
};

template <class From, class To>
inline void change_quantization(int n, const From* x, const RequantizeNumbers& numbers, To* y) {
  const std::int32_t lowest = numbers.lowest, highest = numbers.highest;
  for (int i = 0; i < n; ++i) {
    std::int32_t moved = saturating_add(
        requantize(x[i] - numbers.input_zero_point, numbers.scale.multiplier, numbers.scale.shift),
        numbers.output_zero_point);
    moved = either(moved < lowest, lowest, moved);
    y[i] = static_cast<To>(either(moved > highest, highest, moved));
  }
}

}  // namespace etch::kernels
