// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/call.hpp>
#include <runtime/kernels/portable/math.hpp>

namespace etch::kernels {

/// Applies one optimizer step to `n` weights. Formulas as in Keras 3; `a` and `b` are the rule's slots.
template <class T>
[[gnu::always_inline]] inline void update(Rule rule, const Hyper& h, const T* g, T* w, T* a, T* b, int n) {
  const T rate = T(h.rate), momentum = T(h.momentum), d1 = T(h.decay1), d2 = T(h.decay2),
          epsilon = T(h.epsilon);
  switch (rule) {
    case Rule::none:
      break;
    case Rule::sgd:
      for (int i = 0; i < n; ++i) w[i] -= rate * g[i];
      break;
    case Rule::momentum:
      for (int i = 0; i < n; ++i) w[i] += a[i] = momentum * a[i] - rate * g[i];
      break;
    case Rule::nesterov:
      for (int i = 0; i < n; ++i) {
        a[i] = momentum * a[i] - rate * g[i];
        w[i] += momentum * a[i] - rate * g[i];
      }
      break;
    case Rule::adam:  // Kingma and Ba 2015, with epsilon outside the correction as Keras has it
      for (int i = 0; i < n; ++i) {
        a[i] += (g[i] - a[i]) * (T(1) - d1);
        b[i] += (g[i] * g[i] - b[i]) * (T(1) - d2);
        w[i] -= a[i] * rate / (math::sqrt(b[i]) + epsilon);
      }
      break;
    case Rule::rmsprop:
      for (int i = 0; i < n; ++i) {
        a[i] = d1 * a[i] + (T(1) - d1) * (g[i] * g[i]);
        w[i] -= rate * g[i] / math::sqrt(a[i] + epsilon);
      }
      break;
    case Rule::rmsprop_momentum:
      for (int i = 0; i < n; ++i) {
        a[i] = d1 * a[i] + (T(1) - d1) * (g[i] * g[i]);
        b[i] = momentum * b[i] + rate * g[i] / math::sqrt(a[i] + epsilon);
        w[i] -= b[i];
      }
      break;
  }
}

/// Where a kernel puts a finished piece of a weight gradient: into a gradient array, or straight into the
/// weights.
template <class T>
struct GradientSink {
  Rule rule = Rule::none;
  T* gradient = nullptr;
  T* weights = nullptr;
  T* a = nullptr;
  T* b = nullptr;

  [[gnu::always_inline]] void put(const Hyper& hyper, int at, const T* g, int n) const {
    if (rule == Rule::none) {
      for (int i = 0; i < n; ++i) gradient[at + i] = g[i];
      return;
    }
    update(rule, hyper, g, weights + at, slots_of(rule) > 0 ? a + at : nullptr,
           slots_of(rule) > 1 ? b + at : nullptr, n);
  }
};

}  // namespace etch::kernels
