// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/gradient_sink.hpp>

namespace etch::kernels {

/// y = scale x with one learned number.
struct LearnedScale {
  int elements = 0, input_gradient = 1, trainable = 1;
  constexpr bool operator==(const LearnedScale&) const = default;
};

/// `y` may be `x`.
template <class T>
inline void learned_scale(const LearnedScale& d, int rows, const T* x, const T* scale, T* y) {
  const T factor = *scale;
  for (int i = 0; i < rows * d.elements; ++i) y[i] = x[i] * factor;
}

/// The gradient of the scale is summed over rows and elements in order. `dx` may be `dy` or `x`.
template <class T, class Sink>
inline void learned_scale_backward(const LearnedScale& d, const Hyper& h, int rows, const T* dy, const T* x,
                                   const T* scale, T* dx, const Sink& sink) {
  const T factor = *scale;
  T sum = T(0);
  if (d.trainable) sink.resume(0, &sum, 1);
  for (int i = 0; i < rows * d.elements; ++i) {
    const T slope = dy[i];
    sum = multiply_add(slope, x[i], sum);
    if (d.input_gradient) dx[i] = slope * factor;
  }
  if (d.trainable) sink.put(h, 0, &sum, 1);
}

}  // namespace etch::kernels
