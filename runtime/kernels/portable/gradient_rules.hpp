// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/call.hpp>
#include <runtime/kernels/portable/norm.hpp>

/// What optimizers ask for around a rule, on whole gradients and weights. Formulas as in Keras 3.
namespace etch::kernels {

/// Brings `n` elements of a vector of norm `norm` down to a norm of `limit`; every bit stays where it is not
/// above.
template <class T>
[[gnu::always_inline]] inline void clip_to(T limit, const Norm<T>& norm, T* g, int n) {
  if (!(norm.value() > limit)) return;
  const T factor = limit / math::sqrt(norm.squares), unit = T(1) / norm.scale;
  for (int i = 0; i < n; ++i) g[i] = separately(g[i] * unit * factor);
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
  clip_to(limit, norm_of(g, n), g, n);
}

/// The moving average of weights: average = h.average * average + (1 - h.average) * w, which then may
/// overwrite the weights.
template <class T>
[[gnu::always_inline]] inline void average(const Hyper& h, T* w, T* averaged, int n) {
  const T kept = T(h.average), taken = T(1) - kept;
  for (int i = 0; i < n; ++i) averaged[i] = multiply_add(taken, w[i], kept * averaged[i]);
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
