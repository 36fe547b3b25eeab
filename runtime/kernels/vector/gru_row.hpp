// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/vector/recurrent_row.hpp>

namespace etch::kernels::vector::inline ETCH_TARGET {

/// All units of a step with a reset after.
template <int lanes, int vectors, class T>
[[gnu::always_inline]] inline void gru_row_step(const GatePlace& p, const Factors<T>& inputs,
                                                const Factors<T>& states, const T* bias, const T* second,
                                                const T* h, const NextStates<T>& next) {
  Vector<lanes> sum[3][vectors], other[3][vectors], state[vectors];
  start_gates<lanes>(p, bias, sum);
  start_gates<lanes>(p, second, other);
  add_gate_products<lanes>(p, inputs, sum);
  add_gate_products<lanes>(p, states, other);
#pragma GCC unroll 2
  for (int v = 0; v < vectors; ++v) {
    Vector<lanes> z = sum[0][v] + other[0][v], r = sum[1][v] + other[1][v];
    load<lanes>(state[v], h + v * p.apart);
    sigmoid<lanes, T>(r, r);
    sigmoid<lanes, T>(z, z);
    Vector<lanes> g = multiply_add<T>(r, other[2][v], sum[2][v]);
    tanh<lanes, T>(g, g);
    state[v] = multiply_add<T>(Vector<lanes>(1.0f - z), g, rounded_product(z, state[v]));
  }
#pragma GCC unroll 2
  for (int v = 0; v < vectors; ++v) {
    store<lanes>(state[v], next.h + v * p.apart);
    if (next.y) store<lanes>(state[v], next.y + v * p.apart);
  }
}

/// A prediction of one sample that `goes_in_registers`, with a reset after.
template <class T>
[[gnu::noinline]] void gru_row(const Recurrent& d, const RecurrentInput<T>& in, const RecurrentWeights<T>& w,
                               const RecurrentOutput<T>& out, T* scratch) {
  const int u = d.units;
  const T *const bias = d.bias ? w.bias : nullptr, *const second = bias ? bias + 3 * u : nullptr;
  with_vectors(
      u, [&](auto lanes, auto vectors, int apart) __attribute__((always_inline)) {
        take_row_steps<false>(
            d, in, w.kernel, out, scratch,
            [&](const Factors<T>& inputs, const T* h, const T*, const NextStates<T>& next)
                __attribute__((always_inline)) {
                  gru_row_step<lanes(), vectors()>({u, apart, 3 * u}, inputs, {h, u, u, w.recurrent}, bias,
                                                   second, h, next);
                });
      });
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
