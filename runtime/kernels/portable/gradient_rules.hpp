// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/call.hpp>
#include <runtime/kernels/portable/math.hpp>

/// What optimizers ask for around a rule, on whole gradients and weights. Formulas as in Keras 3.
namespace etch::kernels {

/// The sum of squares, from the first element to the last.
template <class T>
[[gnu::always_inline]] inline T square_sum(const T* g, int n) {
  T sum = 0;
  for (int i = 0; i < n; ++i) sum += g[i] * g[i];
  return sum;
}

/// What brings a norm (given squared) down to `limit`: exactly 1 where it is below.
template <class T>
[[gnu::always_inline]] inline T clip_scale(T limit, T squares) {
  const T norm = math::sqrt(squares);
  return norm > limit ? limit / norm : T(1);
}

template <class T>
[[gnu::always_inline]] inline void scale(T factor, T* g, int n) {
  for (int i = 0; i < n; ++i) g[i] *= factor;
}

/// Each element to [-limit, limit].
template <class T>
[[gnu::always_inline]] inline void clip_by_value(T limit, T* g, int n) {
  for (int i = 0; i < n; ++i) {
    const T below = g[i] > limit ? limit : g[i];
    g[i] = below < -limit ? -limit : below;
  }
}

/// The gradient's norm to at most `limit`.
template <class T>
[[gnu::always_inline]] inline void clip_by_norm(T limit, T* g, int n) {
  scale(clip_scale(limit, square_sum(g, n)), g, n);
}

/// The moving average of weights: average = h.average * average + (1 - h.average) * w, which then may
/// overwrite the weights.
template <class T>
[[gnu::always_inline]] inline void average(const Hyper& h, T* w, T* averaged, int n) {
  const T kept = T(h.average), taken = T(1) - kept;
  for (int i = 0; i < n; ++i) averaged[i] = kept * averaged[i] + taken * w[i];
  if (h.overwrite)
    for (int i = 0; i < n; ++i) w[i] = averaged[i];
}

/// Adds a gradient to those of the batches before; the last batch gets the mean of all into `g`, and `sum`
/// begins anew.
template <class T>
[[gnu::always_inline]] inline void accumulate(const Hyper& h, T* g, T* sum, int n) {
  if (!h.update) {
    for (int i = 0; i < n; ++i) sum[i] += g[i];
    return;
  }
  for (int i = 0; i < n; ++i) {
    g[i] = (g[i] + sum[i]) / T(h.accumulate);
    sum[i] = 0;
  }
}

}  // namespace etch::kernels
