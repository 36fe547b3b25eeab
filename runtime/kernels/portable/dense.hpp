// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/dot.hpp>
#include <runtime/kernels/portable/activation.hpp>
#include <runtime/kernels/portable/update.hpp>

namespace etch::kernels {

/// y[r][o] = f(b[o] + sum over i, in order, of x[r][i] * w[i][o]). `positions` counts the vectors of one
/// sample.
struct DenseForward {
  int in = 0, out = 0, positions = 1, bias = 1;
  ActivationKind activation = ActivationKind::linear;
  constexpr bool operator==(const DenseForward&) const = default;
};

namespace portable {
/// The order of summation is part of the contract: every optimised dense kernel gives the same bits.
template <class T>
[[gnu::always_inline]] inline void dense_forward(const DenseForward& d, int rows, const T* x, const T* w,
                                                 const T* b, T* y) {
  constexpr int tile = 8;  // accumulators that fit the registers of a Cortex-M4F
  for (int r = 0; r < rows * d.positions; ++r) {
    const T* xr = x + r * d.in;
    T* yr = y + r * d.out;
    int o = 0;
    for (; o + tile <= d.out; o += tile) {
      T sum[tile];
#pragma GCC unroll 8
      for (int k = 0; k < tile; ++k) sum[k] = d.bias ? b[o + k] : T(0);
      dot_columns<tile>(d.in, xr, 1, w + o, d.out, sum);
#pragma GCC unroll 8
      for (int k = 0; k < tile; ++k) yr[o + k] = sum[k];
    }
    for (; o < d.out; ++o) yr[o] = dot(d.in, xr, 1, w + o, d.out, d.bias ? b[o] : T(0));
  }
  if (d.activation != ActivationKind::linear) activate(d.activation, y, y, rows * d.positions, d.out);
}
}  // namespace portable

/// Backward of dense: weight gradients (or the update itself), then the input gradient, one input at a time,
/// so that `dx` may overwrite `x`. With `input_activation`, `dx` is the gradient before the function whose
/// result `x` is.
struct DenseBackward {
  int in = 0, out = 0, positions = 1, bias = 1;
  int input_gradient = 1, trainable = 1;
  ActivationKind input_activation = ActivationKind::linear;
  Rule rule = Rule::none;
  constexpr bool operator==(const DenseBackward&) const = default;
};

template <class T>
[[gnu::always_inline]] inline void dense_bias_backward(const DenseBackward& d, const Hyper& h, int n,
                                                       const T* dy, const GradientSink<T>& sink) {
  constexpr int tile = 16;
  for (int o = 0; o < d.out; o += tile) {
    const int width = d.out - o < tile ? d.out - o : tile;
    T sum[tile] = {};
    for (int r = 0; r < n; ++r)
      for (int k = 0; k < width; ++k) sum[k] += dy[r * d.out + o + k];
    sink.put(h, o, sum, width);
  }
}

/// Elements of `held`, scratch for the input gradients of one input over all rows, a sample.
constexpr int dense_backward_scratch(const DenseBackward& d) { return d.input_gradient ? d.positions : 0; }

namespace portable {
template <class T>
[[gnu::always_inline]] inline void dense_backward(const DenseBackward& d, const Hyper& h, int rows,
                                                  const T* dy, const T* x, const T* w, T* dx, T* held,
                                                  const GradientSink<T>& kernel,
                                                  const GradientSink<T>& bias) {
  constexpr int tile = 8;
  const int n = rows * d.positions;
  if (d.bias && d.trainable) dense_bias_backward(d, h, n, dy, bias);
  for (int i = 0; i < d.in; ++i) {
    if (d.input_gradient)  // before the update writes the weights
      for (int r = 0; r < n; ++r) held[r] = dot(d.out, w + i * d.out, 1, dy + r * d.out, 1, T(0));
    if (d.trainable) {
      int o = 0;
      for (; o + tile <= d.out; o += tile) {
        T sum[tile] = {};
        dot_columns<tile>(n, x + i, d.in, dy + o, d.out, sum);
        kernel.put(h, i * d.out + o, sum, tile);
      }
      if (o < d.out) {
        T sum[tile] = {};
        for (int k = 0; k < d.out - o; ++k) sum[k] = dot(n, x + i, d.in, dy + o + k, d.out, T(0));
        kernel.put(h, i * d.out + o, sum, d.out - o);
      }
    }
    if (d.input_gradient)
      for (int r = 0; r < n; ++r)
        dx[r * d.in + i] = held[r] * derivative(d.input_activation, x[r * d.in + i]);
  }
}
}  // namespace portable

}  // namespace etch::kernels
