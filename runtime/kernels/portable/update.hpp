// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/dot.hpp>
#include <runtime/kernels/portable/call.hpp>
#include <runtime/kernels/portable/math.hpp>

namespace etch::kernels {

/// One weight's step by each rule, with Keras 3's formulas: g is the gradient, w the weight, a and b the
/// rule's slots.
namespace rules {

template <class T>
struct Constants {
  T rate, momentum, decay1, decay2, epsilon;
  T rest1, rest2;  ///< of 1
  [[gnu::always_inline]] explicit Constants(const Hyper& h)
      : rate(T(h.rate)),
        momentum(T(h.momentum)),
        decay1(T(h.decay1)),
        decay2(T(h.decay2)),
        epsilon(T(h.epsilon)),
        rest1(T(1) - decay1),
        rest2(T(1) - decay2) {}
};

/// The first moments of Adam, Adamax and Nadam, and Adam's second, go the share `rest` of the way to a new
/// value that lies `away`.
template <class T>
[[gnu::always_inline]] inline T approach(T& moment, T away, T rest) {
  moment = multiply_add(away, rest, moment);
  return moment;
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
  const T mean = approach(a, g - a, c.rest1);
  const T square = approach(b, multiply_add(g, g, -b), c.rest2);
  w -= mean * c.rate / (math::sqrt_of_square(square) + c.epsilon);
}

/// Kingma and Ba 2015, section 7.1: the second moment is a maximum. `rate` holds the correction.
template <class T>
[[gnu::always_inline]] inline void adamax(const Constants<T>& c, T g, T& w, T& a, T& b) {
  approach(a, g - a, c.rest1);
  const T faded = separately(c.decay2 * b), size = g < 0 ? -g : g;
  b = faded > size ? faded : size;
  w -= c.rate * a / (b + c.epsilon);
}

/// Dozat 2015. `rate` and `momentum` are the weights of moment and gradient; they and epsilon hold the
/// corrections.
template <class T>
[[gnu::always_inline]] inline void nadam(const Constants<T>& c, T g, T& w, T& a, T& b) {
  approach(a, g - a, c.rest1);
  approach(b, multiply_add(g, g, -b), c.rest2);
  w -= multiply_add(c.momentum, g, c.rate * a) / (math::sqrt_of_square(b) + c.epsilon);
}

template <class T>
[[gnu::always_inline]] inline T mean_square(const Constants<T>& c, T& a, T g) {
  return a = multiply_add(c.rest1, g * g, c.decay1 * a);
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
  b = multiply_add(c.rest1, g, c.decay1 * b);
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
  const T direction = multiply_add(g, c.rest1, a * c.decay1);
  w = multiply_subtract(c.rate, direction > 0 ? T(1) : direction < 0 ? T(-1) : T(0), w);
  a = multiply_add(g, c.rest2, a * c.decay2);
}

}  // namespace rules

/// Weights that one call updates: `rows` times `n`, `stride` apart. Their gradients follow each other.
struct UpdateShape {
  int n, rows = 1, stride = 0;
};

/// One optimizer step on some weights. `a` and `b` are the rule's slots, null where it has none; no array
/// overlaps another.
template <class T>
using UpdateFunction = void (*)(const Hyper&, const T* g, T* w, T* a, T* b, UpdateShape shape);

/// What decoupled weight decay takes from weights before a rule's step.
template <class T>
[[gnu::noinline]] void decay_weights(const Hyper& h, T* w, UpdateShape shape) {
  for (int r = 0; r < shape.rows; ++r, w += shape.stride)
    for (int i = 0; i < shape.n; ++i) w[i] = multiply_subtract(w[i], T(h.weight_decay), w[i]);
}

template <Rule rule, class T>
[[gnu::always_inline]] inline void update_row(const rules::Constants<T>& c, const T* __restrict g,
                                              T* __restrict w, T* __restrict a, T* __restrict b, int i,
                                              int n) {
  for (; i < n; ++i) {
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

#if ETCH_FLOAT_ASSEMBLY
/// The weights of columns of four, or the first ones of a single row. \return how many of each row.
inline int adam_in_fours(const rules::Constants<float>& c, const float* g, float* w, float* a, float* b,
                         UpdateShape shape) {
  if (shape.n < 4 || (shape.n > 4 && shape.rows > 1)) return 0;
  const int fours = shape.n > 4 ? shape.n / 4 : shape.rows, bytes = shape.n > 4 ? 16 : shape.stride * 4;
  fused_forms::adam_fours({c.rate, c.rest1, c.rest2, c.epsilon}, fours, g, w, a, b, bytes);
  return shape.n / 4 * 4;
}
#endif

/// The step of one rule: a function of its own, so that a program keeps one copy of the rules it uses.
template <Rule rule, class T>
void update_by(const Hyper& h, const T* g, T* w, T* a, T* b, UpdateShape shape) {
  const rules::Constants<T> c(h);
  if (h.weight_decay != 0) decay_weights(h, w, shape);
  int done = 0;
#if ETCH_FLOAT_ASSEMBLY
  if constexpr (rule == Rule::adam && fused_forms::takes_loops<T>) {
    done = adam_in_fours(c, g, w, a, b, shape);
    if (done == shape.n) return;
  }
#endif
  for (int r = 0; r < shape.rows; ++r) {
    update_row<rule>(c, g, w, a, b, done, shape.n);
    g += shape.n;
    w += shape.stride;
    if (slots_of(rule) > 0) a += shape.stride;
    if (slots_of(rule) > 1) b += shape.stride;
  }
}

/// Keeps a gradient instead: what `Rule::none` and `Rule::sum` do.
template <class T>
void store_gradient(const Hyper&, const T* g, T* to, T*, T*, UpdateShape shape) {
  for (int r = 0; r < shape.rows; ++r, g += shape.n, to += shape.stride)
    for (int i = 0; i < shape.n; ++i) to[i] = g[i];
}

/// A rule's step. Folds where the rule is a constant, so that no other rule is linked.
template <class T>
[[gnu::always_inline]] constexpr UpdateFunction<T> update_function(Rule rule) {
  switch (rule) {
    case Rule::none:
    case Rule::sum:
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
  update_function<T>(rule)(h, g, w, a, b, {n});
}

}  // namespace etch::kernels
