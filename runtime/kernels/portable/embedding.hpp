// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/gradient_sink.hpp>

namespace etch::kernels {

/// y[p] = table[x[p]] for `positions` indices a sample, which arrive as numbers of the element type.
struct Embedding {
  int input_dim = 0, output_dim = 0, positions = 1;
  constexpr bool operator==(const Embedding&) const = default;
};

/// The row an index reads: its whole part, and the nearest row for one that is out of range (0 for NaN), so
/// that no input can read outside the table.
template <class T>
constexpr int embedding_row(const Embedding& d, T index) {
  if (!(index >= T(0))) return 0;
  return index < T(d.input_dim) ? static_cast<int>(index) : d.input_dim - 1;
}

template <class T>
[[gnu::always_inline]] inline void embedding_forward(const Embedding& d, int rows, const T* x, const T* table,
                                                     T* y) {
  for (int p = 0; p < rows * d.positions; ++p, y += d.output_dim) {
    const T* const from = table + embedding_row(d, x[p]) * d.output_dim;
    for (int k = 0; k < d.output_dim; ++k) y[k] = from[k];
  }
}

/// The gradient of table row v sums dy over the positions that read it, in their order. Every row looks
/// through all indices: no memory the size of the table, and each row's update follows at once.
template <class T, class Sink>
[[gnu::always_inline]] inline void embedding_backward(const Embedding& d, const Hyper& h, int rows,
                                                      const T* dy, const T* x, const Sink& table) {
  constexpr int tile = 16;
  for (int v = 0; v < d.input_dim; ++v)
    for (int k = 0; k < d.output_dim; k += tile) {
      const int width = d.output_dim - k < tile ? d.output_dim - k : tile;
      T sum[tile] = {};
      table.resume(v * d.output_dim + k, sum, width);
      for (int p = 0; p < rows * d.positions; ++p) {
        if (embedding_row(d, x[p]) != v) continue;
        for (int t = 0; t < width; ++t) sum[t] += dy[p * d.output_dim + k + t];
      }
      table.put(h, v * d.output_dim + k, sum, width);
    }
}

}  // namespace etch::kernels
