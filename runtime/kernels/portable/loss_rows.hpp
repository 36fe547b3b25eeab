// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/loss_terms.hpp>

/// Losses of a whole position. Each returns the loss and, where `d.gradient`, writes its slope times `scale`.
namespace etch::kernels {

/// Cross-entropy against targets given by `target(i)`, whose sum is `total`. The slope before softmax is
/// p total - t: targets need not be a distribution (a row of zeros pulls at nothing).
template <class T, class Target>
[[gnu::always_inline]] inline T crossentropy_loss(const Loss& d, const T* p, T* dp, T scale,
                                                  const Target& target, T total) {
  T loss = 0;
  if (!d.logits) {
    for (int i = 0; i < d.elements; ++i) {
      const T t = target(i), clipped = clip_probability(p[i]);
      if (t != T(0)) loss = multiply_subtract(t, math::log(clipped), loss);
      if (d.gradient) {
        const bool inside = clipped == p[i];
        dp[i] = d.through ? multiply_add(p[i], total, -t) * scale : inside ? -t / p[i] * scale : T(0);
      }
    }
    return loss;
  }
  T top = p[0], sum = 0;
  for (int i = 1; i < d.elements; ++i) top = p[i] > top ? p[i] : top;
  for (int i = 0; i < d.elements; ++i) sum += math::exp_of_difference(p[i] - top);
  const T log_sum = math::log(sum) + top;
  for (int i = 0; i < d.elements; ++i) {
    const T t = target(i), z = p[i];
    if (t != T(0)) loss = multiply_add(t, log_sum - z, loss);
    if (d.gradient) dp[i] = multiply_add(math::exp(z - log_sum), total, -t) * scale;
  }
  return loss;
}

/// With q = p / sum(p), or softmax(p) of logits, whose slopes are s_i (g_i - sum(g q)): g is the loss's slope
/// by q, s_i is 1 / sum(p), or q_i.
template <class T>
[[gnu::always_inline]] inline T categorical_focal_loss(const Loss& d, const LossParameters& with, const T* p,
                                                       const T* t, T* dp, T scale) {
  const T gamma = T(with.a), alpha = T(with.b), smooth = T(with.c);
  T top = p[0], sum = 0;
  for (int i = 1; i < d.elements; ++i) top = p[i] > top ? p[i] : top;
  const auto size = [&](int i) { return d.logits ? math::exp(p[i] - top) : p[i]; };
  for (int i = 0; i < d.elements; ++i) sum += size(i);
  T loss = 0, dot = 0;
  for (int i = 0; i < d.elements; ++i) {
    const T q = size(i) / sum, clipped = clip_probability(q), wrong = T(1) - clipped;
    const T share = alpha * multiply_add(t[i], T(1) - smooth, smooth / T(d.elements));
    const T factor = power(wrong, gamma), log_q = math::log(clipped);
    loss = multiply_subtract(share * factor, log_q, loss);
    if (!d.gradient) continue;
    const T steep = gamma * power(wrong, gamma - T(1));
    const T slope = clipped == q ? share * multiply_add(steep, log_q, -(factor / clipped)) : T(0);
    dp[i] = separately(slope);
    dot = multiply_add(slope, q, dot);
  }
  for (int i = 0; d.gradient && i < d.elements; ++i)
    dp[i] = (dp[i] - dot) * (d.logits ? size(i) / sum : T(1) / sum) * scale;
  return loss;
}

template <class T>
[[gnu::always_inline]] inline T divergence_loss(const Loss& d, const T* p, const T* t, T* dp, T scale) {
  const auto clip = [](T x) { return x > T(1) ? T(1) : at_least(x, T(loss_epsilon)); };
  T loss = 0;
  for (int i = 0; i < d.elements; ++i) {
    const T target = clip(t[i]), clipped = clip(p[i]);
    loss = multiply_add(target, math::log(target / clipped), loss);
    if (d.gradient) dp[i] = clipped == p[i] ? -target / clipped * scale : T(0);
  }
  return loss;
}

/// The first of the largest wrong classes has the slope.
template <class T>
[[gnu::always_inline]] inline T categorical_hinge_loss(const Loss& d, const T* p, const T* t, T* dp,
                                                       T scale) {
  T right = 0, wrong = separately((T(1) - t[0]) * p[0]);
  int at = 0;
  for (int i = 0; i < d.elements; ++i) {
    right = multiply_add(t[i], p[i], right);
    const T other = separately((T(1) - t[i]) * p[i]);
    if (other > wrong) wrong = other, at = i;
  }
  const T loss = wrong - right + T(1);
  for (int i = 0; d.gradient && i < d.elements; ++i)
    dp[i] = loss > T(0) ? ((i == at ? T(1) - t[i] : T(0)) - t[i]) * scale : T(0);
  return loss < T(0) ? T(0) : loss;
}

template <class T>
[[gnu::always_inline]] inline T cosine_loss(const Loss& d, const T* p, const T* t, T* dp, T scale) {
  T dot = 0, pp = 0, tt = 0;
  for (int i = 0; i < d.elements; ++i) {
    dot = multiply_add(t[i], p[i], dot);
    pp = multiply_add(p[i], p[i], pp);
    tt = multiply_add(t[i], t[i], tt);
  }
  const T size = math::sqrt(pp), norm = at_least(size, T(loss_epsilon));
  const T both = norm * at_least(math::sqrt(tt), T(loss_epsilon)), loss = -dot / both;
  const T inward = size < norm ? T(0) : loss / (norm * norm);  // a norm that is clipped does not move
  for (int i = 0; d.gradient && i < d.elements; ++i)
    dp[i] = multiply_subtract(p[i], inward, -t[i] / both) * scale;
  return loss;
}

/// Of a whole sample. Dice is 1 - 2 I / (sum(t) + sum(p) + epsilon); Tversky 1 - I / (I + a sum((1 - t) p) +
/// b sum(t (1 - p)) + epsilon); I = sum(t p).
template <class T>
[[gnu::always_inline]] inline T overlap_loss(const Loss& d, const LossParameters& with, const T* p,
                                             const T* t, T* dp, T scale) {
  const int n = d.positions * d.elements;
  const bool dice = d.kind == LossKind::dice;
  const T extra = T(with.a), missed = T(with.b);
  T common = 0, all = T(loss_epsilon);
  for (int i = 0; i < n; ++i) {
    common = multiply_add(t[i], p[i], common);
    all += dice ? t[i] + p[i]
                : multiply_add(extra, (T(1) - t[i]) * p[i],
                               multiply_add(missed, t[i] * (T(1) - p[i]), t[i] * p[i]));
  }
  const T factor = dice ? T(2) : T(1), score = factor * common / all;
  for (int i = 0; d.gradient && i < n; ++i) {
    const T tversky = multiply_add(extra, T(1) - t[i], multiply_subtract(missed, t[i], t[i]));
    dp[i] = multiply_subtract(factor, t[i], score * (dice ? T(1) : tversky)) / all * scale;
  }
  return T(1) - score;
}

template <class T>
[[gnu::always_inline]] inline T user_loss(const Loss& d, const T* p, const T* t, T* dp, T scale) {
  T* const slope = d.gradient ? dp : nullptr;
  T loss = 0;
  if constexpr (sizeof(T) == sizeof(float))
    loss = d.user->row(plain(p), plain(t), plain(slope), d.elements);
  else
    loss = d.user->row_double(p, t, slope, d.elements);
  for (int i = 0; d.gradient && i < d.elements; ++i) dp[i] *= scale;
  return loss;
}

}  // namespace etch::kernels
