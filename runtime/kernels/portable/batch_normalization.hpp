// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/gradient_sink.hpp>

#include <type_traits>

namespace etch::kernels {

/// Normalization per channel over rows and positions (Ioffe and Szegedy 2015), with Keras's moving averages.
struct BatchNorm {
  int channels = 0, positions = 1, center = 1, scale = 1;
  float momentum = 0.99f, epsilon = 1e-3f;
  int input_gradient = 1, trainable = 1;
  int mask_span = 1;  ///< positions that one number of a mask tells of
  int again = 0;      ///< training: it ran before on this batch, and the moving averages have moved
  constexpr bool operator==(const BatchNorm&) const = default;
};

/// `batch_norm_forward` row by row, some channels at a time, of which compilers make vectors.
template <class T>
inline void batch_norm_rows(const BatchNorm& d, int rows, const T* x, const T* gamma, const T* beta,
                            const T* mean, const T* variance, T* y) {
  constexpr int tile = 64;
  for (int c = 0; c < d.channels; c += tile) {
    const int width = d.channels - c < tile ? d.channels - c : tile;
    T factor[tile], offset[tile], row[tile];
    for (int k = 0; k < width; ++k) {
      factor[k] = T(1) / math::sqrt(variance[c + k] + T(d.epsilon));
      if (d.scale) factor[k] *= gamma[c + k];
      offset[k] = multiply_subtract(mean[c + k], factor[k], d.center ? beta[c + k] : T(0));
    }
    for (int r = c; r < rows * d.positions * d.channels; r += d.channels) {
      for (int k = 0; k < width; ++k) row[k] = add_to_sum(x[r + k], factor[k], offset[k]);
      for (int k = 0; k < width; ++k) y[r + k] = row[k];
    }
  }
}

/// Prediction: y = (x - moving_mean) / sqrt(moving_variance + epsilon) * gamma + beta. `y` may be `x`.
template <class T>
inline void batch_norm_forward(const BatchNorm& d, int rows, const T* x, const T* gamma, const T* beta,
                               const T* mean, const T* variance, T* y) {
  if constexpr (vectorizes_loops) return batch_norm_rows(d, rows, x, gamma, beta, mean, variance, y);
  for (int c = 0; c < d.channels; ++c) {
    T factor = T(1) / math::sqrt(variance[c] + T(d.epsilon));
    if (d.scale) factor *= gamma[c];
    const T offset = multiply_subtract(mean[c], factor, d.center ? beta[c] : T(0));
    for (int r = c; r < rows * d.positions * d.channels; r += d.channels)
      y[r] = multiply_add(x[r], factor, offset);
  }
}

/// Which of the positions of a batch count. Without a mask, all do.
template <class T>
struct CountedPositions {
  const T* mask;  ///< 0 where `span` positions do not count, or null
  int span;

  bool operator[](int position) const { return !mask || mask[position / span] != T(0); }
  /// 1 / how many of `n` count, 0 where none does.
  T share(int n) const {
    int counted = 0;
    for (int i = 0; i < n; ++i) counted += (*this)[i] ? 1 : 0;
    return counted > 0 ? T(1) / T(counted) : T(0);
  }
};

/// Columns whose sums are kept at a time, in registers where compilers make no vectors of loops over them.
inline constexpr int norm_columns = vectorizes_loops ? 16 : 4;

/// Calls `kernel(columns, first, count)` for tiles of channels. `columns` is a constant, how many there are,
/// or 0 where `count` says it. Without vectors, what is left goes column by column.
template <class Kernel>
[[gnu::always_inline]] inline void for_norm_columns(int channels, const Kernel& kernel) {
  if constexpr (vectorizes_loops) {
    for (int c = 0; c < channels; c += norm_columns)
      kernel(std::integral_constant<int, 0>{}, c, channels - c < norm_columns ? channels - c : norm_columns);
  } else {
    const int whole = channels / norm_columns * norm_columns;
    for (int c = 0; c < whole; c += norm_columns)
      kernel(std::integral_constant<int, norm_columns>{}, c, norm_columns);
    for (int c = whole; c < channels; ++c) kernel(std::integral_constant<int, 1>{}, c, 1);
  }
}

/// Calls `of` with the numbers from 0 to `fixed`, one after the other without a loop, or to `count`.
template <int fixed, class Of>
[[gnu::always_inline]] inline void for_each_column([[maybe_unused]] int count, const Of& of) {
  if constexpr (fixed > 0) {
#pragma GCC unroll 4
    for (int k = 0; k < fixed; ++k) of(k);
  } else {
    for (int k = 0; k < count; ++k) of(k);
  }
}

/// The sums of some columns over the positions that count: of x, or of the squares of its distance from
/// `mean`.
template <int fixed, bool squares, class T>
[[gnu::always_inline]] inline void norm_sums(const BatchNorm& d, int n, const CountedPositions<T>& counts,
                                             int count, const T* x, const T* mean, T* sums) {
  T sum[norm_columns] = {}, from[norm_columns] = {};
  if constexpr (squares)
    for_each_column<fixed>(
        count, [&](int k) __attribute__((always_inline)) { from[k] = mean[k]; });
  for (int r = 0; r < n; ++r, x += d.channels) {
    if (!counts[r]) continue;
    for_each_column<fixed>(
        count, [&](int k) __attribute__((always_inline)) {
          const T away = squares ? x[k] - from[k] : x[k];
          sum[k] = squares ? multiply_add(away, away, sum[k]) : sum[k] + away;
        });
  }
  for_each_column<fixed>(
      count, [&](int k) __attribute__((always_inline)) { sums[k] = sum[k]; });
}

/// z and y of some columns, by what they have in `mean` and `inverse`.
template <int fixed, class T>
[[gnu::always_inline]] inline void norm_results(const BatchNorm& d, int n, int count, const T* x,
                                                const T* mean, const T* inverse, const T* gamma,
                                                const T* beta, T* z, T* y) {
  constexpr int room = fixed > 0 ? fixed : norm_columns;
  T from[room], factor[room], scale[room], offset[room];
  for_each_column<fixed>(
      count, [&](int k) __attribute__((always_inline)) {
        from[k] = mean[k], factor[k] = inverse[k];
        scale[k] = d.scale ? gamma[k] : T(1);
        offset[k] = d.center ? beta[k] : T(0);
      });
  const bool gives = !d.again || y;
  for (int r = 0; r < n; ++r, x += d.channels, z += d.channels, y += gives ? d.channels : 0)
    for_each_column<fixed>(
        count, [&](int k) __attribute__((always_inline)) {
          const T normal = (x[k] - from[k]) * factor[k];
          z[k] = normal;
          if (gives) y[k] = d.scale ? multiply_add(scale[k], normal, offset[k]) : normal + offset[k];
        });
}

/// Training: also updates the moving averages and keeps the normalized input and 1 / deviation for the way
/// back. `normalized` may be `x`. Channels go in tiles, so that the sums are contiguous and each keeps its
/// row order. Masked positions are normalized, but have no part in the statistics; a batch of which nothing
/// counts is normalized by the moving averages, which stay. Where it runs again, `y` may be null.
template <class T>
inline void batch_norm_training(const BatchNorm& d, int rows, const T* x, const T* mask, const T* gamma,
                                const T* beta, T* mean, T* variance, T* y, T* normalized, T* inverse) {
  const int n = rows * d.positions;
  const CountedPositions<T> counts{mask, d.mask_span};
  const T share = counts.share(n), keep = share > T(0) ? T(d.momentum) : T(1);
  for_norm_columns(
      d.channels, [&](auto fixed, int c, int width) __attribute__((always_inline)) {
        T sum[norm_columns], square[norm_columns];
        norm_sums<fixed(), false>(d, n, counts, width, x + c, mean + c, sum);
        for (int k = 0; k < width; ++k) sum[k] = share > T(0) ? separately(sum[k] * share) : mean[c + k];
        norm_sums<fixed(), true>(d, n, counts, width, x + c, sum, square);
        for (int k = 0; k < width; ++k) {
          square[k] = share > T(0) ? separately(square[k] * share) : variance[c + k];
          // Of a batch with a NaN the loss is none, and no weight moves: nor do the averages.
          if (!d.again && square[k] - square[k] == T(0)) {
            mean[c + k] = multiply_add(sum[k], T(1) - keep, mean[c + k] * keep);
            variance[c + k] = multiply_add(square[k], T(1) - keep, variance[c + k] * keep);
          }
          inverse[c + k] = T(1) / math::sqrt(square[k] + T(d.epsilon));
        }
        norm_results<fixed()>(d, n, width, x + c, sum, inverse + c, d.scale ? gamma + c : gamma,
                              d.center ? beta + c : beta, normalized + c, y ? y + c : y);
      });
}

/// The result of training again, from the normalized input that it kept. `y` may be `normalized`.
template <class T>
inline void batch_norm_restore(const BatchNorm& d, int rows, const T* normalized, const T* gamma,
                               const T* beta, T* y) {
  for (int r = 0; r < rows * d.positions; ++r)
    for (int c = 0; c < d.channels; ++c) {
      const int at = r * d.channels + c;
      const T offset = d.center ? beta[c] : T(0);
      y[at] = d.scale ? multiply_add(gamma[c], normalized[at], offset) : normalized[at] + offset;
    }
}

/// The gradient of beta, as `batch_norm_backward` sums it.
template <class T, class Sink>
inline void batch_norm_beta_backward(const BatchNorm& d, const Hyper& h, int rows, const T* dy,
                                     const Sink& sink) {
  constexpr int tile = 16;
  for (int c = 0; c < d.channels; c += tile) {
    const int width = d.channels - c < tile ? d.channels - c : tile;
    T sum[tile] = {};
    sink.resume(c, sum, width);
    for (int r = 0; r < rows * d.positions; ++r)
      for (int k = 0; k < width; ++k) sum[k] += dy[r * d.channels + c + k];
    sink.put(h, c, sum, width);
  }
}

/// Backward of a frozen normalization, which is the prediction's: dx = dy * gamma / sqrt(moving_variance +
/// epsilon). Of its weights, beta may be trained. `dx` may be `dy`.
template <class T, class Sink>
inline void batch_norm_frozen_backward(const BatchNorm& d, const Hyper& h, int rows, const T* dy,
                                       const T* gamma, const T* variance, T* dx, const Sink& beta_sink) {
  if (d.center && d.trainable && beta_sink.is_open()) batch_norm_beta_backward(d, h, rows, dy, beta_sink);
  for (int c = 0; d.input_gradient && c < d.channels; ++c) {
    T factor = T(1) / math::sqrt(variance[c] + T(d.epsilon));
    if (d.scale) factor *= gamma[c];
    for (int i = c; i < rows * d.positions * d.channels; i += d.channels) dx[i] = dy[i] * factor;
  }
}

/// The sums of dy and of dy * z over the positions of some columns.
template <int fixed, class T>
[[gnu::always_inline]] inline void norm_gradient_sums(const BatchNorm& d, int n, int count, const T* dy,
                                                      const T* z, T* sums, T* products) {
  T sum[norm_columns] = {}, product[norm_columns] = {};
  for (int r = 0; r < n; ++r, dy += d.channels, z += d.channels)
    for_each_column<fixed>(
        count, [&](int k) __attribute__((always_inline)) {
          sum[k] += dy[k];
          product[k] = multiply_add(dy[k], z[k], product[k]);
        });
  for_each_column<fixed>(
      count, [&](int k) __attribute__((always_inline)) { sums[k] = sum[k], products[k] = product[k]; });
}

/// dx of some columns, each with its `factor`.
template <int fixed, class T>
[[gnu::always_inline]] inline void norm_input_gradient(const BatchNorm& d, int n,
                                                       const CountedPositions<T>& counts, T share, int count,
                                                       const T* dy, const T* z, const T* factors,
                                                       const T* sums, const T* products, T* dx) {
  T factor[norm_columns], sum[norm_columns], product[norm_columns];
  for_each_column<fixed>(
      count, [&](int k) __attribute__((always_inline)) {
        factor[k] = factors[k], sum[k] = sums[k], product[k] = products[k];
      });
  for (int r = 0; r < n; ++r, dy += d.channels, z += d.channels, dx += d.channels) {
    const T part = counts[r] ? share : T(0);
    for_each_column<fixed>(
        count, [&](int k) __attribute__((always_inline)) {
          dx[k] = factor[k] * multiply_subtract(part, multiply_add(z[k], product[k], sum[k]), dy[k]);
        });
  }
}

/// Backward; `dx` may be `dy` or `normalized`. The input gradient uses gamma before its update. Only
/// positions that count moved the statistics, but all were normalized by them.
template <class T, class Sink>
inline void batch_norm_backward(const BatchNorm& d, const Hyper& h, int rows, const T* dy,
                                const T* normalized, const T* inverse, const T* mask, const T* gamma, T* dx,
                                const Sink& gamma_sink, const Sink& beta_sink) {
  const int n = rows * d.positions;
  const CountedPositions<T> counts{mask, d.mask_span};
  const T share = counts.share(n);
  for_norm_columns(
      d.channels, [&](auto fixed, int c, int width) __attribute__((always_inline)) {
        T sum[norm_columns], product[norm_columns], factor[norm_columns];
        norm_gradient_sums<fixed()>(d, n, width, dy + c, normalized + c, sum, product);
        if (d.input_gradient) {
          for (int k = 0; k < width; ++k)
            factor[k] = d.scale ? gamma[c + k] * inverse[c + k] : inverse[c + k];
          norm_input_gradient<fixed()>(d, n, counts, share, width, dy + c, normalized + c,
                                       static_cast<const T*>(factor), static_cast<const T*>(sum),
                                       static_cast<const T*>(product), dx + c);
        }
        if (d.scale && d.trainable && gamma_sink.is_open()) gamma_sink.put(h, c, product, width);
        if (d.center && d.trainable && beta_sink.is_open()) beta_sink.put(h, c, sum, width);
      });
}

}  // namespace etch::kernels
