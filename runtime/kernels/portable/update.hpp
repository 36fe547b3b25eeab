// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/call.hpp>
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

/// The first moments of Adam, Adamax and Nadam, and Adam's second. `away`: how far the new value lies from
/// it.
template <class T>
[[gnu::always_inline]] inline void approach(T& moment, T away, T decay) {
  moment = multiply_add(away, T(1) - decay, moment);
}

template <class T>
[[gnu::always_inline]] inline void momentum(const Constants<T>& c, T g, T& w, T& a) {
  w += a = multiply_subtract(c.rate, g, c.momentum * a);
}

template <class T>
[[gnu::always_inline]] inline void nesterov(const Constants<T>& c, T g, T& w, T& a) {
  a = multiply_subtract(c.rate, g, c.momentum * a);
  w += multiply_subtract(c.rate, g, c.momentum * a);
}

/// Kingma and Ba 2015, with epsilon outside the correction as Keras has it.
template <class T>
[[gnu::always_inline]] inline void adam(const Constants<T>& c, T g, T& w, T& a, T& b) {
  approach(a, g - a, c.decay1);
  approach(b, multiply_add(g, g, -b), c.decay2);
  w -= a * c.rate / (math::sqrt(b) + c.epsilon);
}

/// Kingma and Ba 2015, section 7.1: the second moment is a maximum. `rate` holds the correction.
template <class T>
[[gnu::always_inline]] inline void adamax(const Constants<T>& c, T g, T& w, T& a, T& b) {
  approach(a, g - a, c.decay1);
  const T faded = separately(c.decay2 * b), size = g < 0 ? -g : g;
  b = faded > size ? faded : size;
  w -= c.rate * a / (b + c.epsilon);
}

/// Dozat 2015. `rate` and `momentum` are the weights of moment and gradient; they and epsilon hold the
/// corrections.
template <class T>
[[gnu::always_inline]] inline void nadam(const Constants<T>& c, T g, T& w, T& a, T& b) {
  approach(a, g - a, c.decay1);
  approach(b, multiply_add(g, g, -b), c.decay2);
  w -= multiply_add(c.momentum, g, c.rate * a) / (math::sqrt(b) + c.epsilon);
}

template <class T>
[[gnu::always_inline]] inline T mean_square(const Constants<T>& c, T& a, T g) {
  return a = multiply_add(T(1) - c.decay1, g * g, c.decay1 * a);
}

/// Hinton, lecture 6e.
template <class T>
[[gnu::always_inline]] inline void rmsprop(const Constants<T>& c, T g, T& w, T& a) {
  w -= c.rate * g / math::sqrt(mean_square(c, a, g) + c.epsilon);
}

template <class T>
[[gnu::always_inline]] inline void rmsprop_momentum(const Constants<T>& c, T g, T& w, T& a, T& b) {
  b = multiply_add(c.momentum, b, c.rate * g / math::sqrt(mean_square(c, a, g) + c.epsilon));
  w -= b;
}

/// Graves 2013: by the variance instead of the mean square. Rounding must not make it negative.
template <class T>
[[gnu::always_inline]] inline void rmsprop_centered(const Constants<T>& c, T g, T& w, T& a, T& b) {
  mean_square(c, a, g);
  b = multiply_add(T(1) - c.decay1, g, c.decay1 * b);
  const T variance = multiply_subtract(b, b, a);
  w -= c.rate * g / math::sqrt((variance > 0 ? variance : T(0)) + c.epsilon);
}

/// Duchi, Hazan and Singer 2011.
template <class T>
[[gnu::always_inline]] inline void adagrad(const Constants<T>& c, T g, T& w, T& a) {
  a = multiply_add(g, g, a);
  w -= c.rate * g / math::sqrt(a + c.epsilon);
}

/// Zeiler 2012.
template <class T>
[[gnu::always_inline]] inline void adadelta(const Constants<T>& c, T g, T& w, T& a, T& b) {
  mean_square(c, a, g);
  const T delta = math::sqrt(b + c.epsilon) * g / math::sqrt(a + c.epsilon);
  mean_square(c, b, delta);
  w = multiply_subtract(c.rate, delta, w);
}

/// Chen et al. 2023: steps of one size, in the direction of the signs.
template <class T>
[[gnu::always_inline]] inline void lion(const Constants<T>& c, T g, T& w, T& a) {
  const T direction = multiply_add(g, T(1) - c.decay1, a * c.decay1);
  w = multiply_subtract(c.rate, direction > 0 ? T(1) : direction < 0 ? T(-1) : T(0), w);
  a = multiply_add(g, T(1) - c.decay2, a * c.decay2);
}

}  // namespace rules

/// One optimizer step on `n` weights. `a` and `b` are the rule's slots, null where it has none; no array
/// overlaps another.
template <class T>
using UpdateFunction = void (*)(const Hyper&, const T* g, T* w, T* a, T* b, int n);

/// The step of one rule: a function of its own, so that a program keeps one copy of the rules it uses.
template <Rule rule, class T>
void update_by(const Hyper& h, const T* __restrict g, T* __restrict w, T* __restrict a, T* __restrict b,
               int n) {
  const rules::Constants<T> c(h);
  if (h.weight_decay != 0)
    for (int i = 0; i < n; ++i) w[i] = multiply_subtract(w[i], T(h.weight_decay), w[i]);
  for (int i = 0; i < n; ++i) {
    if constexpr (rule == Rule::sgd) w[i] = multiply_subtract(c.rate, g[i], w[i]);
    if constexpr (rule == Rule::momentum) rules::momentum(c, g[i], w[i], a[i]);
    if constexpr (rule == Rule::nesterov) rules::nesterov(c, g[i], w[i], a[i]);
    if constexpr (rule == Rule::adam) rules::adam(c, g[i], w[i], a[i], b[i]);
    if constexpr (rule == Rule::rmsprop) rules::rmsprop(c, g[i], w[i], a[i]);
    if constexpr (rule == Rule::rmsprop_momentum) rules::rmsprop_momentum(c, g[i], w[i], a[i], b[i]);
    if constexpr (rule == Rule::rmsprop_centered) rules::rmsprop_centered(c, g[i], w[i], a[i], b[i]);
    if constexpr (rule == Rule::adagrad) rules::adagrad(c, g[i], w[i], a[i]);
    if constexpr (rule == Rule::adadelta) rules::adadelta(c, g[i], w[i], a[i], b[i]);
    if constexpr (rule == Rule::adamax) rules::adamax(c, g[i], w[i], a[i], b[i]);
    if constexpr (rule == Rule::nadam) rules::nadam(c, g[i], w[i], a[i], b[i]);
    if constexpr (rule == Rule::lion) rules::lion(c, g[i], w[i], a[i]);
  }
}

/// Keeps a gradient instead: what `Rule::none` does.
template <class T>
void store_gradient(const Hyper&, const T* g, T* to, T*, T*, int n) {
  for (int i = 0; i < n; ++i) to[i] = g[i];
}

/// A rule's step. Folds where the rule is a constant, so that no other rule is linked.
template <class T>
[[gnu::always_inline]] constexpr UpdateFunction<T> update_function(Rule rule) {
  switch (rule) {
    case Rule::none:
      return store_gradient<T>;
    case Rule::sgd:
      return update_by<Rule::sgd, T>;
    case Rule::momentum:
      return update_by<Rule::momentum, T>;
    case Rule::nesterov:
      return update_by<Rule::nesterov, T>;
    case Rule::adam:
      return update_by<Rule::adam, T>;
    case Rule::rmsprop:
      return update_by<Rule::rmsprop, T>;
    case Rule::rmsprop_momentum:
      return update_by<Rule::rmsprop_momentum, T>;
    case Rule::rmsprop_centered:
      return update_by<Rule::rmsprop_centered, T>;
    case Rule::adagrad:
      return update_by<Rule::adagrad, T>;
    case Rule::adadelta:
      return update_by<Rule::adadelta, T>;
    case Rule::adamax:
      return update_by<Rule::adamax, T>;
    case Rule::nadam:
      return update_by<Rule::nadam, T>;
    case Rule::lion:
      return update_by<Rule::lion, T>;
  }
  return store_gradient<T>;
}

/// Applies one optimizer step to `n` weights; `a` and `b` are the rule's slots.
template <class T>
[[gnu::always_inline]] inline void update(Rule rule, const Hyper& h, const T* g, T* w, T* a, T* b, int n) {
  update_function<T>(rule)(h, g, w, a, b, n);
}

/// Where a kernel puts a finished piece of a weight gradient: into a gradient array, or straight into the
/// weights.
template <class T>
class GradientSink {
 public:
  GradientSink() = default;
  [[gnu::always_inline]] GradientSink(Rule rule, T* gradient, T* weights = nullptr, T* a = nullptr,
                                      T* b = nullptr)
      : step_(update_function<T>(rule)), to_(rule == Rule::none ? gradient : weights), a_(a), b_(b) {}

  void put(const Hyper& hyper, int at, const T* g, int n) const {
    step_(hyper, g, to_ + at, a_ ? a_ + at : nullptr, b_ ? b_ + at : nullptr, n);
  }

 private:
  UpdateFunction<T> step_ = nullptr;
  T* to_ = nullptr;
  T* a_ = nullptr;
  T* b_ = nullptr;
};

}  // namespace etch::kernels
