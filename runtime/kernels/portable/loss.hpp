// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/loss_kind.hpp>
#include <runtime/kernels/portable/math.hpp>

namespace etch::kernels {

inline constexpr float loss_epsilon = 1e-7f;  // Keras's backend epsilon

template <class T>
constexpr T clip_probability(T p) {
  return p < T(loss_epsilon) ? T(loss_epsilon) : p > T(1) - T(loss_epsilon) ? T(1) - T(loss_epsilon) : p;
}

/// Cross-entropy of one row against a target distribution given by `target(i)`.
template <class T, class Target>
inline T crossentropy_row(const Loss& d, const T* p, T* dp, T scale, const Target& target) {
  T loss = 0;
  if (!d.logits) {
    for (int i = 0; i < d.elements; ++i) {
      const T t = target(i), clipped = clip_probability(p[i]);
      if (t != T(0)) loss -= t * math::log(clipped);
      if (d.gradient) {
        const bool inside = clipped == p[i];
        dp[i] = d.through ? (p[i] - t) * scale : inside ? -t / p[i] * scale : T(0);
      }
    }
    return loss;
  }
  T top = p[0], sum = 0;
  for (int i = 1; i < d.elements; ++i) top = p[i] > top ? p[i] : top;
  for (int i = 0; i < d.elements; ++i) sum += math::exp(p[i] - top);
  const T log_sum = math::log(sum) + top;
  for (int i = 0; i < d.elements; ++i) {
    const T t = target(i), z = p[i];
    if (t != T(0)) loss += t * (log_sum - z);
    if (d.gradient) dp[i] = (math::exp(z - log_sum) - t) * scale;
  }
  return loss;
}

template <class T>
inline T elementwise_loss_row(const Loss& d, const T* p, const T* t, T* dp, T scale) {
  T loss = 0;
  const T share = T(1) / T(d.elements);
  for (int i = 0; i < d.elements; ++i) {
    T term = 0, slope = 0;
    const T difference = p[i] - t[i];
    switch (d.kind) {
      case LossKind::mean_squared_error:
        term = difference * difference;
        slope = T(2) * difference;
        break;
      case LossKind::mean_absolute_error:
        term = difference < T(0) ? -difference : difference;
        slope = difference > T(0) ? T(1) : difference < T(0) ? T(-1) : T(0);
        break;
      case LossKind::binary_crossentropy:
        if (d.logits) {  // max(z, 0) - z t + log(1 + exp(-|z|))
          const T z = p[i], size = z < T(0) ? -z : z;
          term = (z > T(0) ? z : T(0)) - z * t[i] + math::log(T(1) + math::exp(-size));
          slope = math::sigmoid(z) - t[i];
        } else {
          const T q = clip_probability(p[i]);
          term = -(t[i] * math::log(q) + (T(1) - t[i]) * math::log(T(1) - q));
          slope = d.through ? difference : q == p[i] ? difference / (q * (T(1) - q)) : T(0);
        }
        break;
      default:
        break;
    }
    loss += term;
    if (d.gradient) dp[i] = slope * share * scale;
  }
  return loss * share;
}

/// The loss of one position, whose gradient is written times `scale`.
template <class T>
[[gnu::always_inline]] inline T loss_of_position(const Loss& d, const T* p, const T* t, int right, T* dp,
                                                 T scale) {
  switch (d.kind) {
    case LossKind::sparse_categorical_crossentropy:
      return crossentropy_row(d, p, dp, scale, [right](int i) { return i == right ? T(1) : T(0); });
    case LossKind::categorical_crossentropy:
      return crossentropy_row(d, p, dp, scale, [t](int i) { return t[i]; });
    default:
      return elementwise_loss_row(d, p, t, dp, scale);
  }
}

/// `total[0]` is the sum over rows of the row's weight times the mean of its positions' losses; `dp`, memory
/// of its own, gets the gradient of `weight` times the mean over rows. Sparse losses read `classes`, one a
/// position, the others `targets`. `sample_weights`, one a row, and `mask`, one a position, may be null; the
/// mask is first scaled so that it averages 1 over the batch (Keras 3: the mean is over what it leaves in).
/// Sums run over elements, then positions, then rows, each in order.
template <class T>
[[gnu::always_inline]] inline void loss(const Loss& d, const LossParameters& with, int rows, const T* p,
                                        const T* targets, const std::int32_t* classes,
                                        const T* sample_weights, const T* mask, T* dp, T* total) {
  const T scale = T(with.weight) / T(rows), share = T(1) / T(d.positions);
  T valid = 1;
  if (mask) {
    T kept = 0;
    for (int i = 0; i < rows * d.positions; ++i) kept += mask[i];
    valid = kept > T(0) ? T(rows * d.positions) / kept : T(0);
  }
  T sum = 0;
  for (int r = 0; r < rows; ++r) {
    const T weight = sample_weights ? sample_weights[r] : T(1);
    T row = 0;
    for (int k = r * d.positions; k < (r + 1) * d.positions; ++k) {
      const T keep = mask ? mask[k] * valid : T(1);
      const int at = k * d.elements;
      T* const slope = d.gradient ? dp + at : nullptr;
      const int right = takes_classes(d.kind) ? classes[k] : 0;
      const T* const t = takes_classes(d.kind) ? nullptr : targets + at;
      row += keep * loss_of_position(d, p + at, t, right, slope, scale * weight * (share * keep));
    }
    sum += weight * (row * share);
  }
  total[0] = sum;
}

}  // namespace etch::kernels
