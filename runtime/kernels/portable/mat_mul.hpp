// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/dot.hpp>

namespace etch::kernels {

/// How a matrix lies in memory: element (i, j) is at i * row + j * column. Transposing swaps the two.
struct Strides {
  int row = 0, column = 1;
  constexpr bool operator==(const Strides&) const = default;
};

/// y(i, j) = scale * (sum over l, in order, of a(i, l) * b(l, j)), for a of m x k and b of k x n. `y`
/// overlaps neither operand.
template <class T>
[[gnu::always_inline]] inline void multiply_matrices(int m, int n, int k, T scale, const T* a, Strides at,
                                                     const T* b, Strides bt, T* y, Strides yt) {
  constexpr int tile = 8;  // accumulators that fit the registers of a Cortex-M4F
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; j += tile) {
      const int width = n - j < tile ? n - j : tile;
      T sum[tile] = {};
      dot_some(width, k, a + i * at.row, at.column, b + j * bt.column, bt.row, bt.column, sum);
      for (int t = 0; t < width; ++t) y[i * yt.row + (j + t) * yt.column] = scale * sum[t];
    }
}

/// y[g] = scale * op(a[g]) op(b[g]) for `groups` pairs of matrices a sample, one after the other in memory.
/// op(a) is m x k and op(b) k x n; `transpose_a`: a is stored as k x m; `transpose_b`: b is stored as n x k.
struct MatMul {
  int groups = 1, m = 0, n = 0, k = 0;
  int transpose_a = 0, transpose_b = 0;
  float scale = 1;
  constexpr Strides a() const { return transpose_a ? Strides{1, m} : Strides{k, 1}; }
  constexpr Strides b() const { return transpose_b ? Strides{1, k} : Strides{n, 1}; }
  constexpr bool operator==(const MatMul&) const = default;
};

template <class T>
[[gnu::always_inline]] inline void mat_mul(const MatMul& d, int rows, const T* a, const T* b, T* y) {
  for (int g = 0; g < rows * d.groups; ++g)
    multiply_matrices(d.m, d.n, d.k, T(d.scale), a + g * d.m * d.k, d.a(), b + g * d.k * d.n, d.b(),
                      y + g * d.m * d.n, {d.n, 1});
}

/// The backward pass: op(da) = scale * dy op(b)^T, summed over n in order, and op(db) = scale * op(a)^T dy,
/// summed over m in order. Either may be null.
template <class T>
[[gnu::always_inline]] inline void mat_mul_backward(const MatMul& d, int rows, const T* dy, const T* a,
                                                    const T* b, T* da, T* db) {
  const Strides at = d.a(), bt = d.b(), yt{d.n, 1};
  for (int g = 0; g < rows * d.groups; ++g) {
    const int a_at = g * d.m * d.k, b_at = g * d.k * d.n, y_at = g * d.m * d.n;
    if (da)
      multiply_matrices(d.m, d.k, d.n, T(d.scale), dy + y_at, yt, b + b_at, {bt.column, bt.row}, da + a_at,
                        at);
    if (db)
      multiply_matrices(d.k, d.n, d.m, T(d.scale), a + a_at, {at.column, at.row}, dy + y_at, yt, db + b_at,
                        bt);
  }
}

}  // namespace etch::kernels
