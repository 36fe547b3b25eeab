// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/dot.hpp>
#include <runtime/kernels/portable/activation.hpp>
#include <runtime/kernels/portable/share.hpp>

namespace etch::kernels {

/// y[r][o] = f(b[o] + sum over i, in order, of x[r][i] * w[i][o]). `positions` counts the vectors of one
/// sample.
struct DenseForward {
  int in = 0, out = 0, positions = 1, bias = 1;
  ActivationKind activation = ActivationKind::linear;
  constexpr bool operator==(const DenseForward&) const = default;
};

namespace portable {
/// Whether sums can wait in y for another thread that goes on with them: only those of vectors do.
template <class T>
constexpr bool dense_forward_links(const DenseForward&) {
  return false;
}
template <class T>
void dense_forward_link(const DenseForward&, Range, Range, const T*, const T*, const T*, T*) {}

/// A row of so few columns that these are all in registers. \return whether it is one.
template <class T>
[[gnu::always_inline]] inline bool dense_narrow_row([[maybe_unused]] const DenseForward& d,
                                                    [[maybe_unused]] const T* x, [[maybe_unused]] const T* w,
                                                    [[maybe_unused]] const T* b, [[maybe_unused]] T* y) {
#if ETCH_FLOAT_ASSEMBLY
  if constexpr (fused_forms::takes_loops<T>)
    return fused_forms::take_narrow(
        d.out, [&](auto columns) __attribute__((always_inline)) {
          fused_forms::sum_narrow_row<columns>(d.in, x, w, d.bias ? b : fused_forms::zeros, y);
        });
#endif
  return false;
}

/// Some rows, which lie d.in and d.out apart.
template <int rows, class T>
[[gnu::always_inline]] inline void dense_rows(const DenseForward& d, const T* x, const T* w, const T* b,
                                              T* y) {
  const T* const none = nullptr;
  int o = 0;
  if (rows == 1 && dense_narrow_row(d, x, w, b, y)) return;
  if constexpr (fused_forms::takes_loops<T> && rows == 1)
    for (; o + 16 <= d.out; o += 16)
      dot_rows<1, 16>(d.in, x, d.in, w + o, d.out, d.bias ? b + o : none, y + o, d.out);
  for (; o + 8 <= d.out; o += 8)  // accumulators that fit the registers of a Cortex-M4F
    dot_rows<rows, 8>(d.in, x, d.in, w + o, d.out, d.bias ? b + o : none, y + o, d.out);
  for (; o + 2 <= d.out; o += 2)
    dot_rows<rows, 2>(d.in, x, d.in, w + o, d.out, d.bias ? b + o : none, y + o, d.out);
  if (o < d.out)
    for (int r = 0; r < rows; ++r)
      y[r * d.out + o] = dot(d.in, x + r * d.in, 1, w + o, d.out, d.bias ? b[o] : T(0));
}

/// The order of summation is part of the contract: every optimised dense kernel gives the same bits.
template <class T>
[[gnu::always_inline]] inline void dense_forward(const DenseForward& d, int rows, const T* x, const T* w,
                                                 const T* b, T* y) {
  const int n = rows * d.positions;
  int r = 0;
  if constexpr (fused_forms::takes_loops<T>)
    for (; r + 2 <= n; r += 2) dense_rows<2>(d, x + r * d.in, w, b, y + r * d.out);
  for (; r < n; ++r) dense_rows<1>(d, x + r * d.in, w, b, y + r * d.out);
  if (d.activation != ActivationKind::linear) activate(d.activation, y, y, n, d.out);
}
}  // namespace portable

}  // namespace etch::kernels
