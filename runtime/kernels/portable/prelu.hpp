// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/gradient_sink.hpp>

namespace etch::kernels {

/// x, or alpha x below 0, with learned alphas (He et al. 2015).
struct PRelu {
  int elements = 0, alphas = 1;
  int extent[4] = {1, 1, 1, 1};  ///< of a sample
  int stride[4] = {0, 0, 0, 0};  ///< between the alphas of neighbours along an axis: 0 where they share one
  int input_gradient = 1, trainable = 1;
  constexpr bool operator==(const PRelu&) const = default;

  constexpr int alpha_of(int element) const {
    int at = 0;
    for (int axis = 3; axis >= 0; --axis) {
      at += element % extent[axis] * stride[axis];
      element /= extent[axis];
    }
    return at;
  }
};

/// `y` may be `x`.
template <class T>
inline void prelu_forward(const PRelu& d, int rows, const T* x, const T* alpha, T* y) {
  for (int i = 0; i < d.elements; ++i) {
    const T slope = alpha[d.alpha_of(i)];
    for (int r = i; r < rows * d.elements; r += d.elements) y[r] = x[r] <= T(0) ? slope * x[r] : x[r];
  }
}

/// The gradient of an alpha is summed over its elements in order, for each over the rows, in `sums`: scratch
/// of one element an alpha. `dx` may be `dy`.
template <class T, class Sink>
inline void prelu_backward(const PRelu& d, const Hyper& h, int rows, const T* dy, const T* x, const T* alpha,
                           T* dx, T* sums, const Sink& sink) {
  for (int k = 0; d.trainable && k < d.alphas; ++k) sums[k] = T(0);
  if (d.trainable) sink.resume(0, sums, d.alphas);
  for (int i = 0; i < d.elements; ++i) {
    const int k = d.alpha_of(i);
    for (int r = i; r < rows * d.elements; r += d.elements) {
      const bool below = x[r] <= T(0);
      if (d.trainable && below) sums[k] = multiply_add(dy[r], x[r], sums[k]);
      if (d.input_gradient) dx[r] = below ? alpha[k] * dy[r] : dy[r];
    }
  }
  if (d.trainable) sink.put(h, 0, sums, d.alphas);
}

}  // namespace etch::kernels
