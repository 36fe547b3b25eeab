// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/double_columns.hpp>
#include <runtime/kernels/fused/float_loops.hpp>
#include <runtime/kernels/fused/float_rows.hpp>
#include <runtime/kernels/fused/float_tiles.hpp>
#include <runtime/kernels/fused/float_windows.hpp>
#include <runtime/kernels/fused/multiply_add.hpp>
#include <runtime/kernels/fused/unpacked_sum.hpp>

namespace etch::kernels::inline ETCH_TARGET {

namespace fused_forms {
/// Out of line: half a kilobyte of code, and a call of many elements.
[[gnu::noinline]] inline float soft_dot(int n, const float* x, int x_step, const float* w, int w_step,
                                        float start) {
  if (n == 1 && fused::bits_of(start) == 0) return fused::multiply_add_to_zero(*x, *w);
  if (n == 1 && fused::bits_of(start) == 0x80000000) return *x * *w;  // gradients of one row
  fused::UnpackedSum sum(start);
  for (; n > 0; --n, x += x_step, w += w_step) sum.add_to_sum(*x, *w);
  return sum.value();
}

template <Numerics numerics, class T>
inline constexpr bool unpacks_sums =
    numerics == Numerics::fused&& std::is_same_v<T, float>&& fused_form == FusedForm::integers;

template <Numerics numerics, class T>
inline constexpr bool takes_doubles =
    numerics == Numerics::fused&& std::is_same_v<T, float>&& fused_form == FusedForm::doubles;
}  // namespace fused_forms

/// start + the sum over i < n, in order, of x[i * x_step] * w[i * w_step].
template <Numerics numerics, class T>
[[gnu::always_inline]] inline T dot(int n, const T* x, int x_step, const T* w, int w_step, T start) {
  if constexpr (fused_forms::unpacks_sums<numerics, T>)
    return fused_forms::soft_dot(n, x, x_step, w, w_step, start);
  T sum = start;
  for (int i = 0; i < n; ++i) sum = add_to_sum<numerics>(x[i * x_step], w[i * w_step], sum);
  return sum;
}

/// sums[k] + the sum over i < n, in order, of x[i * x_step] * w[i * w_step + k], for each column k: sums that
/// run together, in registers where there are registers for floats.
template <Numerics numerics, int columns, class T>
[[gnu::always_inline]] inline void dot_columns(int n, const T* x, int x_step, const T* w, int w_step,
                                               T* sums) {
  if constexpr (fused_forms::unpacks_sums<numerics, T>) {
    for (int k = 0; k < columns; ++k) sums[k] = fused_forms::soft_dot(n, x, x_step, w + k, w_step, sums[k]);
    return;
  }
  if constexpr (fused_forms::takes_doubles<numerics, T> && columns % 2 == 0)
    if (fused::add_columns_in_double<columns / 2>(n, x, x_step, w, w_step, sums)) return;
  T sum[columns];
#pragma GCC unroll 16
  for (int k = 0; k < columns; ++k) sum[k] = sums[k];
  for (int i = 0; i < n; ++i, w += w_step) {
    const T xi = x[i * x_step];
#pragma GCC unroll 16
    for (int k = 0; k < columns; ++k) sum[k] = add_to_sum<numerics>(xi, w[k], sum[k]);
  }
#pragma GCC unroll 16
  for (int k = 0; k < columns; ++k) sums[k] = sum[k];
}

/// Both by the numerics of the element type.
template <class T>
[[gnu::always_inline]] inline T dot(int n, const T* x, int x_step, const T* w, int w_step, T start) {
  if constexpr (std::is_same_v<T, FusedFloat>)
    return dot<Numerics::fused>(n, plain(x), x_step, plain(w), w_step, start.value);
  else
    return dot<Numerics::separate>(n, x, x_step, w, w_step, start);
}
template <int columns, class T>
[[gnu::always_inline]] inline void dot_columns(int n, const T* x, int x_step, const T* w, int w_step,
                                               T* sums) {
  if constexpr (std::is_same_v<T, FusedFloat>)
    dot_columns<Numerics::fused, columns>(n, plain(x), x_step, plain(w), w_step, plain(sums));
  else
    dot_columns<Numerics::separate, columns>(n, x, x_step, w, w_step, sums);
}

namespace fused_forms {
/// Whether sums of this element type have loops in assembly.
template <class T>
inline constexpr bool takes_loops = ETCH_FLOAT_ASSEMBLY == 1 && std::is_same_v<T, float>;
inline constexpr float zeros[16]{};

/// Whether sums of this element type are best taken one after the other, each with all of its products.
template <class T>
inline constexpr bool takes_whole_sums = std::is_same_v<T, FusedFloat>&& fused_form != FusedForm::instruction;
}  // namespace fused_forms

/// `dot_columns` for columns that lie `column_step` apart and whose number is known only when it runs, or is
/// `fixed`.
template <int fixed = 0, class T>
[[gnu::always_inline]] inline void dot_some(int columns, int n, const T* x, int x_step, const T* w,
                                            int w_step, int column_step, T* sums) {
  if constexpr (fused_forms::takes_whole_sums<T>) {
    if constexpr (fixed > 1)
      if (column_step == 1) return dot_columns<fixed>(n, x, x_step, w, w_step, sums);
    for (int k = 0; k < columns; ++k) sums[k] = dot(n, x, x_step, w + k * column_step, w_step, sums[k]);
    return;
  }
#if ETCH_FLOAT_ASSEMBLY
  if constexpr (fused_forms::takes_loops<T> && fixed == 8)
    if (x_step == 1 && column_step == 1) return fused_forms::sum_row_of_8(n, x, w, w_step * 4, sums, sums);
#endif
  for (int i = 0; i < n; ++i, x += x_step, w += w_step) {
    const T xi = *x;
    if constexpr (fixed > 0) {
#pragma GCC unroll 8
      for (int k = 0; k < fixed; ++k) sums[k] = add_to_sum(xi, w[k * column_step], sums[k]);
    } else {
      for (int k = 0; k < columns; ++k) sums[k] = add_to_sum(xi, w[k * column_step], sums[k]);
    }
  }
}

/// sums[k] + the sum over i < n, in order, of x[i * x_step + k * x_apart] * w[i * w_step + k]: each sum has
/// inputs of its own where `x_apart` is 1.
template <int fixed = 0, class T>
[[gnu::always_inline]] inline void dot_each(int columns, int n, const T* x, int x_step, int x_apart,
                                            const T* w, int w_step, T* sums) {
  if constexpr (fused_forms::takes_whole_sums<T>) {
    for (int k = 0; k < columns; ++k) sums[k] = dot(n, x + k * x_apart, x_step, w + k, w_step, sums[k]);
    return;
  }
  if (fixed > 0 && x_apart == 0) {
    for (int i = 0; i < n; ++i, x += x_step, w += w_step) {
      const T xi = *x;
#pragma GCC unroll 8
      for (int k = 0; k < fixed; ++k) sums[k] = add_to_sum(xi, w[k], sums[k]);
    }
    return;
  }
  for (int i = 0; i < n; ++i, x += x_step, w += w_step)
    if constexpr (fixed > 0) {
#pragma GCC unroll 8
      for (int k = 0; k < fixed; ++k) sums[k] = add_to_sum(x[k * x_apart], w[k], sums[k]);
    } else {
      for (int k = 0; k < columns; ++k) sums[k] = add_to_sum(x[k * x_apart], w[k], sums[k]);
    }
}

/// The sum over r < n, in order, of x[r * x_step + i] * w[r * w_step + k], in sums[i * columns + k]: a tile
/// of sums of several factors, in registers. They begin with the first product, which is -0 and that product,
/// or go on from what they are.
template <int inputs, int columns, bool goes_on = false, class T>
[[gnu::always_inline]] inline void dot_tile(int n, const T* x, int x_step, const T* w, int w_step, T* sums) {
#if ETCH_FLOAT_ASSEMBLY
  if constexpr (fused_forms::takes_loops<T> && inputs == 4 && columns == 4)
    return fused_forms::sum_tile<goes_on>({n, x, x_step * 4, w, w_step * 4, 1}, sums);
#endif
  if constexpr (fused_forms::takes_whole_sums<T> || inputs == 1) {
    for (int i = 0; !goes_on && i < inputs * columns; ++i) sums[i] = -T(0);
    for (int i = 0; i < inputs; ++i) dot_columns<columns>(n, x + i, x_step, w, w_step, sums + i * columns);
    return;
  }
  T sum[inputs][columns];
#pragma GCC unroll 4
  for (int i = 0; i < inputs; ++i)
#pragma GCC unroll 8
    for (int k = 0; k < columns; ++k) sum[i][k] = goes_on ? sums[i * columns + k] : -T(0);
  for (int r = 0; r < n; ++r, x += x_step, w += w_step) {
#pragma GCC unroll 4
    for (int i = 0; i < inputs; ++i) {
      const T xi = x[i];
#pragma GCC unroll 8
      for (int k = 0; k < columns; ++k) sum[i][k] = add_to_sum(xi, w[k], sum[i][k]);
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < inputs; ++i)
#pragma GCC unroll 8
    for (int k = 0; k < columns; ++k) sums[i * columns + k] = sum[i][k];
}

/// to[k] = 0 + the sum over i < n, in order, of x[i] * w[k * n + i], for `count` rows of weights, a multiple
/// of `rows`.
template <int rows, class T>
[[gnu::always_inline]] inline void dot_along(int n, const T* x, const T* w, int count, T* to) {
#if ETCH_FLOAT_ASSEMBLY
  if constexpr (fused_forms::takes_loops<T> && rows == 4)
    return fused_forms::sum_along_rows(n, x, w, count / 4, to);
#endif
  for (int first = 0; first < count; first += rows) {
    T sum[rows] = {};
    dot_some<rows>(rows, n, x, 1, w + first * n, 1, n, sum);
#pragma GCC unroll 4
    for (int k = 0; k < rows; ++k) to[first + k] = sum[k];
  }
}

namespace fused_forms {
/// Sums of so few products, a number that the compiler knows, cost no more than to call a loop.
template <class T>
[[gnu::always_inline]] inline bool are_few(int n) {
  return takes_loops<T> && __builtin_constant_p(n) && n <= 2;
}

/// `dot_columns` of few products, without a loop.
template <int columns, class T>
[[gnu::always_inline]] inline void dot_few(int n, const T* x, const T* w, int w_step, T* sums) {
  if (n > 0) dot_columns<columns>(1, x, 1, w, w_step, sums);
  if (n > 1) dot_columns<columns>(1, x + 1, 1, w + w_step, w_step, sums);
}

#if ETCH_FLOAT_ASSEMBLY
/// `dot_rows` by the loops in assembly.
template <int rows, int columns>
[[gnu::always_inline]] inline void sum_rows(int n, const float* x, int x_apart, const float* w, int w_step,
                                            const float* start, float* y, int y_apart) {
  const int bytes = w_step * 4;
  const float* const from = start ? start : zeros;
  if constexpr (rows == 2) {
    static_assert(columns == 8);
    sum_two_rows_of_8(n, x, x_apart * 4, w, bytes, from, y, y_apart * 4);
  } else if constexpr (columns == 16) {
    sum_row_of_16(n, x, w, bytes, from, y);
  } else {
    static_assert(rows == 1 && columns == 8);
    sum_row_of_8(n, x, w, bytes, from, y);
  }
}
#endif
}  // namespace fused_forms

/// y[r * y_apart + k] = start[k] + the sum over i < n, in order, of x[r * x_apart + i] * w[i * w_step + k]: a
/// tile of some rows, which share the weights, and columns. `start` may be null: 0.
template <int rows, int columns, class T>
[[gnu::always_inline]] inline void dot_rows(int n, const T* x, int x_apart, const T* w, int w_step,
                                            const T* start, T* y, int y_apart) {
  const bool few = rows == 1 && fused_forms::are_few<T>(n);
#if ETCH_FLOAT_ASSEMBLY
  if constexpr (fused_forms::takes_loops<T> && columns >= 8)
    if (!few) return fused_forms::sum_rows<rows, columns>(n, x, x_apart, w, w_step, start, y, y_apart);
#endif
  for (int r = 0; r < rows; ++r) {
    T sum[columns];
#pragma GCC unroll 16
    for (int k = 0; k < columns; ++k) sum[k] = start ? start[k] : T(0);
    if (few)
      fused_forms::dot_few<columns>(n, x + r * x_apart, w, w_step, sum);
    else
      dot_columns<columns>(n, x + r * x_apart, 1, w, w_step, sum);
#pragma GCC unroll 16
    for (int k = 0; k < columns; ++k) y[r * y_apart + k] = sum[k];
  }
}

}  // namespace etch::kernels::inline ETCH_TARGET
