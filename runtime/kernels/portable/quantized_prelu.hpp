// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/requantize.hpp>

namespace etch::kernels {

/// What a quantized PReLU knows of its numbers.
struct QuantizedPReluNumbers {
  std::int32_t x_zero_point = 0, alpha_zero_point = 0, y_zero_point = 0;
  std::int32_t lowest = -128, highest = 127;
  Int8Scale positive, negative;  ///< from steps of x, and of x times alpha, to those of y
};

/// TensorFlow Lite's PRELU and, with one alpha of 1, its LEAKY_RELU: x from 0 on takes one scale, x times
/// alpha below it the other. \param alphas that repeat over the elements.
template <class T>
inline void quantized_prelu(int elements, int alphas, const T* x, const std::int8_t* alpha,
                            const QuantizedPReluNumbers& n, T* y) {
  for (int i = 0, a = 0; i < elements; ++i, a = a + 1 < alphas ? a + 1 : 0) {
    const std::int32_t difference = x[i] - n.x_zero_point;
    // Both are computed, so that no shift depends on data.
    const Int8Io io{0, n.y_zero_point, n.lowest, n.highest};
    const T above = requantize_to<T>(difference, n.positive, io),
            below = requantize_to<T>(difference * (alpha[a] - n.alpha_zero_point), n.negative, io);
    y[i] = static_cast<T>(either(difference >= 0, above, below));
  }
}

}  // namespace etch::kernels
