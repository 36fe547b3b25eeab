// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/update.hpp>

namespace etch::kernels {

/// Normalization per channel over rows and positions (Ioffe and Szegedy 2015), with Keras's moving averages.
struct BatchNorm {
  int channels = 0, positions = 1, center = 1, scale = 1;
  float momentum = 0.99f, epsilon = 1e-3f;
  int input_gradient = 1, trainable = 1;
  Rule rule = Rule::none;
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

/// Training: also updates the moving averages and keeps the normalized input and 1 / deviation for the way
/// back. `normalized` may be `x`. Channels go in tiles, so that the sums are contiguous and each keeps its
/// row order. Masked positions are normalized, but have no part in the statistics; a batch of which nothing
/// counts is normalized by the moving averages, which stay. Where it runs again, `y` may be null.
template <class T>
inline void batch_norm_training(const BatchNorm& d, int rows, const T* x, const T* mask, const T* gamma,
                                const T* beta, T* mean, T* variance, T* y, T* normalized, T* inverse) {
  constexpr int tile = 16;
  const int n = rows * d.positions;
  const CountedPositions<T> counts{mask, d.mask_span};
  const T share = counts.share(n), keep = share > T(0) ? T(d.momentum) : T(1);
  for (int c = 0; c < d.channels; c += tile) {
    const int width = d.channels - c < tile ? d.channels - c : tile;
    T sum[tile] = {}, square[tile] = {};
    for (int r = 0; r < n; ++r)
      for (int k = 0, end = counts[r] ? width : 0; k < end; ++k) sum[k] += x[r * d.channels + c + k];
    for (int k = 0; k < width; ++k) sum[k] = share > T(0) ? separately(sum[k] * share) : mean[c + k];
    for (int r = 0; r < n; ++r)
      for (int k = 0, end = counts[r] ? width : 0; k < end; ++k) {
        const T away = x[r * d.channels + c + k] - sum[k];
        square[k] = multiply_add(away, away, square[k]);
      }
    for (int k = 0; k < width; ++k) {
      square[k] = share > T(0) ? separately(square[k] * share) : variance[c + k];
      // Of a batch with a NaN the loss is none, and no weight moves: nor do the averages.
      if (!d.again && square[k] - square[k] == T(0)) {
        mean[c + k] = multiply_add(sum[k], T(1) - keep, mean[c + k] * keep);
        variance[c + k] = multiply_add(square[k], T(1) - keep, variance[c + k] * keep);
      }
      inverse[c + k] = T(1) / math::sqrt(square[k] + T(d.epsilon));
    }
    for (int r = 0; r < n; ++r)
      for (int k = 0; k < width; ++k) {
        const int at = r * d.channels + c + k;
        const T z = (x[at] - sum[k]) * inverse[c + k];
        normalized[at] = z;
        const T offset = d.center ? beta[c + k] : T(0);
        if (!d.again || y) y[at] = d.scale ? multiply_add(gamma[c + k], z, offset) : z + offset;
      }
  }
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
template <class T>
inline void batch_norm_beta_backward(const BatchNorm& d, const Hyper& h, int rows, const T* dy,
                                     const GradientSink<T>& sink) {
  constexpr int tile = 16;
  for (int c = 0; c < d.channels; c += tile) {
    const int width = d.channels - c < tile ? d.channels - c : tile;
    T sum[tile] = {};
    for (int r = 0; r < rows * d.positions; ++r)
      for (int k = 0; k < width; ++k) sum[k] += dy[r * d.channels + c + k];
    sink.put(h, c, sum, width);
  }
}

/// Backward of a frozen normalization, which is the prediction's: dx = dy * gamma / sqrt(moving_variance +
/// epsilon). Of its weights, beta may be trained. `dx` may be `dy`.
template <class T>
inline void batch_norm_frozen_backward(const BatchNorm& d, const Hyper& h, int rows, const T* dy,
                                       const T* gamma, const T* variance, T* dx,
                                       const GradientSink<T>& beta_sink) {
  if (d.center && d.trainable && beta_sink.is_open()) batch_norm_beta_backward(d, h, rows, dy, beta_sink);
  for (int c = 0; d.input_gradient && c < d.channels; ++c) {
    T factor = T(1) / math::sqrt(variance[c] + T(d.epsilon));
    if (d.scale) factor *= gamma[c];
    for (int i = c; i < rows * d.positions * d.channels; i += d.channels) dx[i] = dy[i] * factor;
  }
}

/// Backward; `dx` may be `dy` or `normalized`. The input gradient uses gamma before its update. Only
/// positions that count moved the statistics, but all were normalized by them.
template <class T>
inline void batch_norm_backward(const BatchNorm& d, const Hyper& h, int rows, const T* dy,
                                const T* normalized, const T* inverse, const T* mask, const T* gamma, T* dx,
                                const GradientSink<T>& gamma_sink, const GradientSink<T>& beta_sink) {
  constexpr int tile = 16;
  const int n = rows * d.positions;
  const CountedPositions<T> counts{mask, d.mask_span};
  const T share = counts.share(n);
  for (int c = 0; c < d.channels; c += tile) {
    const int width = d.channels - c < tile ? d.channels - c : tile;
    T sum[tile] = {}, product[tile] = {};
    for (int r = 0; r < n; ++r)
      for (int k = 0; k < width; ++k) {
        const int at = r * d.channels + c + k;
        sum[k] += dy[at];
        product[k] = multiply_add(dy[at], normalized[at], product[k]);
      }
    if (d.input_gradient)
      for (int r = 0; r < n; ++r) {
        const T part = counts[r] ? share : T(0);
        for (int k = 0; k < width; ++k) {
          const int at = r * d.channels + c + k;
          const T factor = d.scale ? gamma[c + k] * inverse[c + k] : inverse[c + k];
          dx[at] = factor * multiply_subtract(part, multiply_add(normalized[at], product[k], sum[k]), dy[at]);
        }
      }
    if (d.scale && d.trainable && gamma_sink.is_open()) gamma_sink.put(h, c, product, width);
    if (d.center && d.trainable && beta_sink.is_open()) beta_sink.put(h, c, sum, width);
  }
}

}  // namespace etch::kernels
