// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/call.hpp>
#include <runtime/kernels/portable/activation.hpp>

namespace etch {

enum class LossKind : std::int32_t {
  sparse_categorical_crossentropy,
  categorical_crossentropy,
  binary_crossentropy,
  mean_squared_error,
  mean_absolute_error,
};

namespace kernels {

/// A loss over `elements` predictions a sample, and its gradient. `logits`: the prediction is before softmax
/// or sigmoid. `through`: the prediction is a softmax's or sigmoid's result and `dp` is the gradient before
/// it, which is exact where the two steps apart would divide by small numbers.
struct Loss {
  LossKind kind = LossKind::mean_squared_error;
  int elements = 1, logits = 0, through = 0, gradient = 1;  // the last three are truth values
  constexpr bool operator==(const Loss&) const = default;
};

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
      case LossKind::sparse_categorical_crossentropy:
      case LossKind::categorical_crossentropy:
        break;
    }
    loss += term;
    if (d.gradient) dp[i] = slope * share * scale;
  }
  return loss * share;
}

/// Sum of the rows' losses into `total[0]`; `dp` holds the gradient of the mean over rows and may be `p`.
template <class T>
inline void loss(const Loss& d, int rows, const T* p, const T* targets, const std::int32_t* classes, T* dp,
                 T* total) {
  T sum = 0;
  const T scale = T(1) / T(rows);
  for (int r = 0; r < rows; ++r) {
    const int at = r * d.elements;
    T* const slope = d.gradient ? dp + at : nullptr;
    if (d.kind == LossKind::sparse_categorical_crossentropy) {
      const int right = classes[r];
      sum += crossentropy_row(d, p + at, slope, scale, [right](int i) { return i == right ? T(1) : T(0); });
    } else if (d.kind == LossKind::categorical_crossentropy) {
      const T* t = targets + at;
      sum += crossentropy_row(d, p + at, slope, scale, [t](int i) { return t[i]; });
    } else {
      sum += elementwise_loss_row(d, p + at, targets + at, slope, scale);
    }
  }
  total[0] = sum;
}

}  // namespace kernels
}  // namespace etch
