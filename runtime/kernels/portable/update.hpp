// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/call.hpp>
#include <runtime/kernels/portable/math.hpp>

namespace etch::kernels {

/// One weight's step by each rule, with Keras 3's formulas: g is the gradient, w the weight, a and b the
/// rule's slots.
namespace rules {

template <class T>
struct Constants {
  T rate, momentum, decay1, decay2, epsilon;
  explicit Constants(const Hyper& h)
      : rate(T(h.rate)),
        momentum(T(h.momentum)),
        decay1(T(h.decay1)),
        decay2(T(h.decay2)),
        epsilon(T(h.epsilon)) {}
};

/// The first moments of Adam, Adamax and Nadam, and Adam's second.
template <class T>
[[gnu::always_inline]] inline void approach(T& moment, T value, T decay) {
  moment += (value - moment) * (T(1) - decay);
}

template <class T>
[[gnu::always_inline]] inline void momentum(const Constants<T>& c, T g, T& w, T& a) {
  w += a = c.momentum * a - c.rate * g;
}

template <class T>
[[gnu::always_inline]] inline void nesterov(const Constants<T>& c, T g, T& w, T& a) {
  a = c.momentum * a - c.rate * g;
  w += c.momentum * a - c.rate * g;
}

/// Kingma and Ba 2015, with epsilon outside the correction as Keras has it.
template <class T>
[[gnu::always_inline]] inline void adam(const Constants<T>& c, T g, T& w, T& a, T& b) {
  approach(a, g, c.decay1);
  approach(b, g * g, c.decay2);
  w -= a * c.rate / (math::sqrt(b) + c.epsilon);
}

/// Kingma and Ba 2015, section 7.1: the second moment is a maximum. `rate` holds the correction.
template <class T>
[[gnu::always_inline]] inline void adamax(const Constants<T>& c, T g, T& w, T& a, T& b) {
  approach(a, g, c.decay1);
  const T faded = c.decay2 * b, size = g < 0 ? -g : g;
  b = faded > size ? faded : size;
  w -= c.rate * a / (b + c.epsilon);
}

/// Dozat 2015. `rate` and `momentum` are the weights of moment and gradient; they and epsilon hold the
/// corrections.
template <class T>
[[gnu::always_inline]] inline void nadam(const Constants<T>& c, T g, T& w, T& a, T& b) {
  approach(a, g, c.decay1);
  approach(b, g * g, c.decay2);
  w -= (c.rate * a + c.momentum * g) / (math::sqrt(b) + c.epsilon);
}

template <class T>
[[gnu::always_inline]] inline T mean_square(const Constants<T>& c, T& a, T g) {
  return a = c.decay1 * a + (T(1) - c.decay1) * (g * g);
}

/// Hinton, lecture 6e.
template <class T>
[[gnu::always_inline]] inline void rmsprop(const Constants<T>& c, T g, T& w, T& a) {
  w -= c.rate * g / math::sqrt(mean_square(c, a, g) + c.epsilon);
}

template <class T>
[[gnu::always_inline]] inline void rmsprop_momentum(const Constants<T>& c, T g, T& w, T& a, T& b) {
  b = c.momentum * b + c.rate * g / math::sqrt(mean_square(c, a, g) + c.epsilon);
  w -= b;
}

/// Graves 2013: by the variance instead of the mean square. Rounding must not make it negative.
template <class T>
[[gnu::always_inline]] inline void rmsprop_centered(const Constants<T>& c, T g, T& w, T& a, T& b) {
  mean_square(c, a, g);
  b = c.decay1 * b + (T(1) - c.decay1) * g;
  const T variance = a - b * b;
  w -= c.rate * g / math::sqrt((variance > 0 ? variance : T(0)) + c.epsilon);
}

/// Duchi, Hazan and Singer 2011.
template <class T>
[[gnu::always_inline]] inline void adagrad(const Constants<T>& c, T g, T& w, T& a) {
  a += g * g;
  w -= c.rate * g / math::sqrt(a + c.epsilon);
}

/// Zeiler 2012.
template <class T>
[[gnu::always_inline]] inline void adadelta(const Constants<T>& c, T g, T& w, T& a, T& b) {
  mean_square(c, a, g);
  const T delta = math::sqrt(b + c.epsilon) * g / math::sqrt(a + c.epsilon);
  mean_square(c, b, delta);
  w -= c.rate * delta;
}

/// Chen et al. 2023: steps of one size, in the direction of the signs.
template <class T>
[[gnu::always_inline]] inline void lion(const Constants<T>& c, T g, T& w, T& a) {
  const T direction = a * c.decay1 + g * (T(1) - c.decay1);
  w -= c.rate * (direction > 0 ? T(1) : direction < 0 ? T(-1) : T(0));
  a = a * c.decay2 + g * (T(1) - c.decay2);
}

}  // namespace rules

/// Applies one optimizer step to `n` weights; `a` and `b` are the rule's slots.
template <class T>
[[gnu::always_inline]] inline void update(Rule rule, const Hyper& h, const T* g, T* w, T* a, T* b, int n) {
  const rules::Constants<T> c(h);
  if (rule != Rule::none && h.weight_decay != 0)
    for (int i = 0; i < n; ++i) w[i] -= w[i] * T(h.weight_decay);
  switch (rule) {
    case Rule::none:
      break;
    case Rule::sgd:
      for (int i = 0; i < n; ++i) w[i] -= c.rate * g[i];
      break;
    case Rule::momentum:
      for (int i = 0; i < n; ++i) rules::momentum(c, g[i], w[i], a[i]);
      break;
    case Rule::nesterov:
      for (int i = 0; i < n; ++i) rules::nesterov(c, g[i], w[i], a[i]);
      break;
    case Rule::adam:
      for (int i = 0; i < n; ++i) rules::adam(c, g[i], w[i], a[i], b[i]);
      break;
    case Rule::rmsprop:
      for (int i = 0; i < n; ++i) rules::rmsprop(c, g[i], w[i], a[i]);
      break;
    case Rule::rmsprop_momentum:
      for (int i = 0; i < n; ++i) rules::rmsprop_momentum(c, g[i], w[i], a[i], b[i]);
      break;
    case Rule::rmsprop_centered:
      for (int i = 0; i < n; ++i) rules::rmsprop_centered(c, g[i], w[i], a[i], b[i]);
      break;
    case Rule::adagrad:
      for (int i = 0; i < n; ++i) rules::adagrad(c, g[i], w[i], a[i]);
      break;
    case Rule::adadelta:
      for (int i = 0; i < n; ++i) rules::adadelta(c, g[i], w[i], a[i], b[i]);
      break;
    case Rule::adamax:
      for (int i = 0; i < n; ++i) rules::adamax(c, g[i], w[i], a[i], b[i]);
      break;
    case Rule::nadam:
      for (int i = 0; i < n; ++i) rules::nadam(c, g[i], w[i], a[i], b[i]);
      break;
    case Rule::lion:
      for (int i = 0; i < n; ++i) rules::lion(c, g[i], w[i], a[i]);
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
