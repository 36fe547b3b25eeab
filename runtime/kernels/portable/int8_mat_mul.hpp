// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/requantize.hpp>

namespace etch::kernels {

/// Products of matrices of whole numbers: y[g] = op(a[g]) op(b[g]) for `groups` pairs of matrices, one after
/// the other in memory. op(a) is m x k and op(b) k x n; `transpose_a`: a is stored as k x m; `transpose_b`: b
/// is stored as n x k. Of an operand that is `one`, the same matrix meets all of the other.
struct Int8MatMul {
  int groups = 1, m = 1, n = 1, k = 1;
  int transpose_a = 0, transpose_b = 0;
  int one_a = 0, one_b = 0;
  constexpr bool operator==(const Int8MatMul&) const = default;
};

struct Int8MatMulNumbers {
  std::int32_t a_zero_point = 0, b_zero_point = 0, y_zero_point = 0;
  std::int32_t lowest = -128, highest = 127;
  Int8Scale scale;
};

/// How many products a sum may have: of differences of int8 in 32 bits, of int16 in 47.
template <class T>
inline constexpr int most_matrix_products = sizeof(T) == 1 ? INT32_MAX / (255 * 255) : 1 << 16;

/// TensorFlow Lite's BATCH_MATMUL of int8 or int16. `y` overlaps neither operand.
template <class T>
inline void int8_mat_mul(const Int8MatMul& d, const T* a, const T* b, const Int8MatMulNumbers& n, T* y) {
  using Sum = typename WeightedSum<T>::Sum;
  const int a_row = d.transpose_a ? 1 : d.k, a_step = d.transpose_a ? d.m : 1;
  const int b_column = d.transpose_b ? d.k : 1, b_step = d.transpose_b ? 1 : d.n;
  const Int8Io io{0, n.y_zero_point, n.lowest, n.highest};
  for (int g = 0; g < d.groups; ++g) {
    for (int i = 0; i < d.m; ++i)
      for (int j = 0; j < d.n; ++j) {
        Sum sum = 0;
        const T *left = a + i * a_row, *right = b + j * b_column;
        for (int l = 0; l < d.k; ++l, left += a_step, right += b_step)
          sum += (*left - n.a_zero_point) * (*right - n.b_zero_point);
        *y++ = requantize_to<T>(sum, n.scale, io);
      }
    if (!d.one_a) a += d.m * d.k;
    if (!d.one_b) b += d.k * d.n;
  }
}

}  // namespace etch::kernels
