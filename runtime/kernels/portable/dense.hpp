// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/dot.hpp>
#include <runtime/kernels/portable/activation.hpp>

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
    for (; o + 2 <= d.out; o += 2) {
      T sum[2] = {d.bias ? b[o] : T(0), d.bias ? b[o + 1] : T(0)};
      dot_columns<2>(d.in, xr, 1, w + o, d.out, sum);
      yr[o] = sum[0];
      yr[o + 1] = sum[1];
    }
    if (o < d.out) yr[o] = dot(d.in, xr, 1, w + o, d.out, d.bias ? b[o] : T(0));
  }
  if (d.activation != ActivationKind::linear) activate(d.activation, y, y, rows * d.positions, d.out);
}
}  // namespace portable

}  // namespace etch::kernels
