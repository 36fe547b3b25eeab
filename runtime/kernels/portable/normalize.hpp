// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/gradient_sink.hpp>

#include <cstdint>

namespace etch::kernels {

enum class NormalizeKind : std::int32_t {
  standard,  ///< (x - mean) / sqrt(variance + epsilon)
  rms,       ///< x / sqrt(mean of squares + epsilon)
};

/// Normalization inside a sample, which is `blocks` blocks of `positions` x `channels` elements. The channels
/// of a block form `groups` groups, each normalized over all positions, then scaled and shifted by channel.
/// Layer normalization has one group and one position, group normalization one block.
struct Normalize {
  NormalizeKind kind = NormalizeKind::standard;
  int blocks = 1, positions = 1, channels = 0, groups = 1;
  int center = 1, scale = 1;
  float epsilon = 1e-3f;
  int input_gradient = 1, trainable = 1;
  constexpr bool operator==(const Normalize&) const = default;

  constexpr int width() const { return channels / groups; }
};

/// What a group's elements are normalized with.
template <class T>
struct GroupStatistics {
  T mean, inverse;
};

namespace detail {
/// Calls f(index, channel) for each element of one group of a block at `x`, in order.
template <class F>
[[gnu::always_inline]] inline void each_of_group(const Normalize& d, int group, F f) {
  const int first = group * d.width();
  for (int p = 0; p < d.positions; ++p)
    for (int c = first; c < first + d.width(); ++c) f(p * d.channels + c, c);
}

/// Two passes, so that the variance does not cancel; sums go over the elements in order.
template <class T>
inline GroupStatistics<T> group_statistics(const Normalize& d, int group, const T* x) {
  T mean = T(0), square = T(0);
  const T share = T(1) / T(d.positions * d.width());
  if (d.kind == NormalizeKind::standard) {
    each_of_group(d, group, [&](int i, int) { mean += x[i]; });
    mean = separately(mean * share);
  }
  each_of_group(d, group, [&](int i, int) {
    const T away = x[i] - mean;
    square = multiply_add(away, away, square);
  });
  return {mean, T(1) / math::sqrt(multiply_add(square, share, T(d.epsilon)))};
}
}  // namespace detail

/// `y` may be `x`. `kept`, where it is not null, gets the statistics of each group for the backward pass.
template <class T>
inline void normalize_forward(const Normalize& d, int rows, const T* x, const T* gamma, const T* beta, T* y,
                              T* kept) {
  const int block = d.positions * d.channels;
  for (int b = 0; b < rows * d.blocks; ++b, x += block, y += block)
    for (int group = 0; group < d.groups; ++group) {
      const GroupStatistics<T> s = detail::group_statistics(d, group, x);
      detail::each_of_group(d, group, [&](int i, int c) {
        const T z = (x[i] - s.mean) * s.inverse;
        const T offset = d.center ? beta[c] : T(0);
        y[i] = d.scale ? multiply_add(z, gamma[c], offset) : z + offset;
      });
      if (!kept) continue;
      *kept++ = s.mean;
      *kept++ = s.inverse;
    }
}

/// dz = gamma dy; dx = (dz - mean of dz - z mean of dz z) / deviation, where rms has no mean of dz.
/// The gradients of gamma and beta are summed over rows, blocks and positions in `sums`: scratch of two
/// elements a channel. `dx` may be `dy` or `x`.
template <class T, class Sink>
inline void normalize_backward(const Normalize& d, const Hyper& h, int rows, const T* dy, const T* x,
                               const T* kept, const T* gamma, T* dx, T* sums, const Sink& gamma_sink,
                               const Sink& beta_sink) {
  const int block = d.positions * d.channels;
  T* const beta_sums = d.trainable ? sums + d.channels : nullptr;
  for (int c = 0; d.trainable && c < d.channels; ++c) sums[c] = beta_sums[c] = T(0);
  if (d.trainable && d.scale && gamma_sink.is_open()) gamma_sink.resume(0, sums, d.channels);
  if (d.trainable && d.center && beta_sink.is_open()) beta_sink.resume(0, beta_sums, d.channels);
  const T share = T(1) / T(d.positions * d.width());
  for (int b = 0; b < rows * d.blocks; ++b, x += block, dy += block, dx += d.input_gradient ? block : 0)
    for (int group = 0; group < d.groups; ++group, kept += 2) {
      const T mean = kept[0], inverse = kept[1];
      T slope = T(0), product = T(0);
      detail::each_of_group(d, group, [&](int i, int c) {
        const T z = (x[i] - mean) * inverse, dz = d.scale ? separately(dy[i] * gamma[c]) : dy[i];
        slope += dz;
        product = multiply_add(dz, z, product);
        if (!d.trainable) return;
        sums[c] = multiply_add(dy[i], z, sums[c]);
        beta_sums[c] += dy[i];
      });
      if (!d.input_gradient) continue;
      slope = d.kind == NormalizeKind::standard ? separately(slope * share) : T(0);
      product *= share;
      detail::each_of_group(d, group, [&](int i, int c) {
        const T z = (x[i] - mean) * inverse, dz = d.scale ? separately(dy[i] * gamma[c]) : dy[i];
        dx[i] = inverse * multiply_subtract(z, product, dz - slope);
      });
    }
  if (d.trainable && d.scale && gamma_sink.is_open()) gamma_sink.put(h, 0, sums, d.channels);
  if (d.trainable && d.center && beta_sink.is_open()) beta_sink.put(h, 0, beta_sums, d.channels);
}

}  // namespace etch::kernels
