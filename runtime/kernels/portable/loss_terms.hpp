// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/loss_kind.hpp>
#include <runtime/kernels/portable/math.hpp>

/// Losses that are a mean over elements: the term of one element and its slope by the prediction.
namespace etch::kernels {

inline constexpr float loss_epsilon = 1e-7f;  // Keras's backend epsilon

template <class T>
constexpr T clip_probability(T p) {
  return p < T(loss_epsilon) ? T(loss_epsilon) : p > T(1) - T(loss_epsilon) ? T(1) - T(loss_epsilon) : p;
}

template <class T>
constexpr T at_least(T x, T least) {
  return x < least ? least : x;
}

template <class T>
constexpr T sign_of(T x) {
  return x > T(0) ? T(1) : x < T(0) ? T(-1) : T(0);
}

/// base^exponent for base >= 0, as Keras's power: 1 where both are 0.
template <class T>
inline T power(T base, T exponent) {
  if (exponent == T(0)) return T(1);
  return base > T(0) ? math::exp(exponent * math::log(base)) : base;  // 0, or a NaN that stays one
}

template <class T>
struct LossTerm {
  T value = 0, slope = 0;
};

/// `d` is p - t.
template <class T>
[[gnu::always_inline]] inline LossTerm<T> huber_term(T d, T delta) {
  const T size = d < T(0) ? -d : d;
  if (size > delta) return {multiply_subtract(T(0.5) * delta, delta, delta * size), delta * sign_of(d)};
  return {T(0.5) * d * d, d};
}

/// log(cosh(d)) = |d| + log(1 + exp(-2 |d|)) - log(2).
template <class T>
[[gnu::always_inline]] inline LossTerm<T> log_cosh_term(T d) {
  const T size = d < T(0) ? -d : d;
  return {size + math::log(T(1) + math::exp(T(-2) * size)) - T(0.6931471805599453), math::tanh(d)};
}

template <class T>
[[gnu::always_inline]] inline LossTerm<T> logarithmic_term(T p, T t) {
  const T inside = at_least(p, T(loss_epsilon)) + T(1);
  const T d = math::log(inside) - math::log(at_least(t, T(loss_epsilon)) + T(1));
  return {d * d, p < T(loss_epsilon) ? T(0) : T(2) * d / inside};
}

/// `t` is -1 or 1.
template <class T>
[[gnu::always_inline]] inline LossTerm<T> hinge_term(T p, T t, bool squared) {
  const T margin = multiply_subtract(t, p, T(1));
  if (margin <= T(0)) return {};
  return squared ? LossTerm<T>{margin * margin, T(-2) * margin * t} : LossTerm<T>{margin, -t};
}

template <class T>
[[gnu::always_inline]] inline LossTerm<T> binary_term(const Loss& d, T p, T t) {
  if (d.logits) {  // max(z, 0) - z t + log(1 + exp(-|z|))
    const T size = p < T(0) ? -p : p;
    const T hinge = multiply_subtract(p, t, p > T(0) ? p : T(0));
    return {hinge + math::log(T(1) + math::exp(-size)), math::sigmoid(p) - t};
  }
  const T q = clip_probability(p);
  const T value = -multiply_add(T(1) - t, math::log(T(1) - q), t * math::log(q));
  if (d.through) return {value, p - t};
  return {value, q == p ? (p - t) / (q * (T(1) - q)) : T(0)};
}

/// Lin et al. 2017, arXiv:1708.02002. The focal factor takes p as it is, the logarithms take it clipped.
template <class T>
[[gnu::always_inline]] inline LossTerm<T> binary_focal_term(const Loss& d, const LossParameters& with, T x,
                                                            T t) {
  const T gamma = T(with.a), p = d.logits ? math::sigmoid(x) : x, q = clip_probability(p);
  const T cross = -multiply_add(T(1) - t, math::log(T(1) - q), t * math::log(q));
  const T cross_slope = q == p ? (p - t) / (q * (T(1) - q)) : T(0);
  const T wrong = T(1) - multiply_add(T(1) - t, T(1) - p, t * p);
  const T factor = power(wrong, gamma);
  const T factor_slope =
      wrong > T(0) ? gamma * power(wrong, gamma - T(1)) * multiply_subtract(T(2), t, T(1)) : T(0);
  const T balance = with.b < 0 ? T(1) : multiply_add(T(1) - t, T(1) - T(with.b), t * T(with.b));
  const T inner = d.logits ? p * (T(1) - p) : T(1);
  return {balance * factor * cross,
          balance * multiply_add(factor, cross_slope, factor_slope * cross) * inner};
}

template <class T>
[[gnu::always_inline]] inline LossTerm<T> loss_term(const Loss& d, const LossParameters& with, T p, T t) {
  const T difference = p - t;
  switch (d.kind) {
    case LossKind::mean_squared_error:
      return {difference * difference, T(2) * difference};
    case LossKind::mean_absolute_error:
      return {difference < T(0) ? -difference : difference, sign_of(difference)};
    case LossKind::mean_absolute_percentage_error: {
      const T scale = T(100) / at_least(t < T(0) ? -t : t, T(loss_epsilon));
      return {(difference < T(0) ? -difference : difference) * scale, sign_of(difference) * scale};
    }
    case LossKind::mean_squared_logarithmic_error:
      return logarithmic_term(p, t);
    case LossKind::huber:
      return huber_term(difference, T(with.a));
    case LossKind::log_cosh:
      return log_cosh_term(difference);
    case LossKind::poisson:
      return {multiply_subtract(t, math::log(p + T(loss_epsilon)), p), T(1) - t / (p + T(loss_epsilon))};
    case LossKind::hinge:
      return hinge_term(p, t, false);
    case LossKind::squared_hinge:
      return hinge_term(p, t, true);
    case LossKind::binary_crossentropy:
      return binary_term(d, p, multiply_add(t, T(1) - T(with.a), T(0.5) * T(with.a)));
    case LossKind::binary_focal_crossentropy:
      return binary_focal_term(d, with, p, multiply_add(t, T(1) - T(with.c), T(0.5) * T(with.c)));
    default:
      return {};
  }
}

/// `signs`: the targets are 0 and 1 and stand for -1 and 1.
template <class T>
[[gnu::always_inline]] inline T elementwise_loss(const Loss& d, const LossParameters& with, const T* p,
                                                 const T* t, bool signs, T* dp, T scale) {
  T loss = 0;
  const T share = T(1) / T(d.elements);
  for (int i = 0; i < d.elements; ++i) {
    const LossTerm<T> term = loss_term(d, with, p[i], signs ? multiply_add(T(2), t[i], T(-1)) : t[i]);
    loss += separately(term.value);
    if (d.gradient) dp[i] = term.slope * share * scale;
  }
  return loss * share;
}

}  // namespace etch::kernels
