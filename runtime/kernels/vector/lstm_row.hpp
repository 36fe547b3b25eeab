// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/vector/recurrent_row.hpp>

namespace etch::kernels::vector::inline ETCH_TARGET {

/// All units of a step.
template <int lanes, int vectors, class T>
[[gnu::always_inline]] inline void lstm_row_step(const GatePlace& p, const Factors<T>& inputs,
                                                 const Factors<T>& states, const T* bias, const T* c,
                                                 float cell_clip, const NextStates<T>& next) {
  Vector<lanes> gate[4][vectors], cell[vectors];
  start_gates<lanes>(p, bias, gate);
  add_gate_products<lanes>(p, inputs, gate);
  add_gate_products<lanes>(p, states, gate);
#pragma GCC unroll 2
  for (int v = 0; v < vectors; ++v) {
    auto &i = gate[0][v], &forget = gate[1][v], &g = gate[2][v], &o = gate[3][v];
    load<lanes>(cell[v], c + v * p.apart);
    sigmoid<lanes, T>(i, i);
    sigmoid<lanes, T>(forget, forget);
    tanh<lanes, T>(g, g);
    sigmoid<lanes, T>(o, o);
    cell[v] = multiply_add<T>(i, g, rounded_product(forget, cell[v]));
    if (cell_clip > 0) clip<lanes>(cell_clip, cell[v]);
  }
#pragma GCC unroll 2
  for (int v = 0; v < vectors; ++v) {
    Vector<lanes> squashed;
    tanh<lanes, T>(cell[v], squashed);
    const Vector<lanes> state = gate[3][v] * squashed;
    store<lanes>(cell[v], next.c + v * p.apart);
    store<lanes>(state, next.h + v * p.apart);
    if (next.y) store<lanes>(state, next.y + v * p.apart);
  }
}

/// A prediction of one sample that `goes_in_registers`.
template <class T>
[[gnu::noinline]] void lstm_row(const Recurrent& d, const RecurrentInput<T>& in, const RecurrentWeights<T>& w,
                                const RecurrentOutput<T>& out, T* scratch) {
  const int u = d.units;
  with_vectors(
      u, [&](auto lanes, auto vectors, int apart) __attribute__((always_inline)) {
        take_row_steps<true>(
            d, in, w.kernel, out, scratch,
            [&](const Factors<T>& inputs, const T* h, const T* c, const NextStates<T>& next)
                __attribute__((always_inline)) {
                  lstm_row_step<lanes(), vectors()>({u, apart, 4 * u}, inputs, {h, u, u, w.recurrent},
                                                    d.bias ? w.bias : nullptr, c, d.cell_clip, next);
                });
      });
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
