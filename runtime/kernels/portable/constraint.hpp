// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/norm.hpp>
#include <runtime/kernels/portable/weight_rules.hpp>

namespace etch::kernels {

/// What a vector of this norm is multiplied by. Keras's formulas; its epsilon keeps a zero vector zero.
template <class T>
[[gnu::always_inline]] inline T constraint_scale(const Constraint& c, T norm) {
  constexpr T epsilon = T(1e-7f);
  T wanted = 1;
  if (c.kind != ConstraintKind::unit_norm) wanted = norm < T(c.a) ? norm : T(c.a);
  if (c.kind == ConstraintKind::min_max_norm) {
    if (wanted < T(c.b)) wanted = T(c.b);
    wanted = multiply_add(T(1) - T(c.rate), norm, T(c.rate) * wanted);
  }
  return wanted / (epsilon + norm);
}

/// Moves a weight of [outer, n, inner] elements to where its constraint allows it; norms run over the `n`,
/// each sum of squares from the first to the last.
template <class T>
[[gnu::always_inline]] inline void constrain(const Constraint& c, T* w, int outer, int n, int inner) {
  if (c.kind == ConstraintKind::none) return;
  if (c.kind == ConstraintKind::non_negative) {
    for (int i = 0; i < outer * n * inner; ++i) w[i] = w[i] < 0 ? T(0) : w[i];
    return;
  }
  for (int o = 0; o < outer; ++o, w += n * inner)
    for (int i = 0; i < inner; ++i) {
      const T scale = constraint_scale(c, norm_of(w + i, n, inner).value());
      for (int k = 0; k < n; ++k) w[k * inner + i] *= scale;
    }
}

}  // namespace etch::kernels
