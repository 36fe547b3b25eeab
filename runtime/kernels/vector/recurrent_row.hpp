// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/vector/recurrent.hpp>

/// What predictions of a single sample share, as of a stream: the gates of some units go from their sums to
/// the states in registers. Such layers wait for the chain of a step, which a way through memory makes
/// longer.
namespace etch::kernels::vector::inline ETCH_TARGET {

/// Whether the sample has such a prediction: its units fill one or two vectors, and no step is masked.
template <class T>
constexpr bool goes_in_registers(const Recurrent& d, int rows, const T* mask) {
  return rows == 1 && !mask && d.units % 4 == 0 && d.units <= 2 * widest && has_usual_functions(d);
}

/// f(lanes, vectors, apart) for the vectors of `n` units, the second `apart` behind the first: it reaches
/// back where that fills it.
template <int lanes = widest, class F>
[[gnu::always_inline]] inline void with_vectors(int n, const F& f) {
  if (n > lanes) return f(Int<lanes>{}, Int<2>{}, n - lanes);
  if (n == lanes) return f(Int<lanes>{}, Int<1>{}, 0);
  if constexpr (lanes > 4) with_vectors<lanes / 2>(n, f);
}

/// Where gates of some units lie: `units` numbers from gate to gate, `apart` from vector to vector.
struct GatePlace {
  int units, apart, w_stride;
};

template <int lanes, int gates, int vectors, class T>
[[gnu::always_inline]] inline void start_gates(const GatePlace& p, const T* bias,
                                               Vector<lanes> (&sum)[gates][vectors]) {
#pragma GCC unroll 4
  for (int g = 0; g < gates; ++g)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; ++v) {
      sum[g][v] = Vector<lanes>{};
      if (bias) load<lanes>(sum[g][v], bias + g * p.units + v * p.apart);
    }
}

template <int lanes, int gates, int vectors, class T>
[[gnu::always_inline]] inline void add_gate_products(const GatePlace& p, const Factors<T>& f,
                                                     Vector<lanes> (&sum)[gates][vectors]) {
  const T* w = f.w;
  for (int i = 0; i < f.count; ++i, w += p.w_stride) {
    const auto factor = in_all_lanes<Vector<lanes>>(f.x[i]);
#pragma GCC unroll 4
    for (int g = 0; g < gates; ++g)
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) {
        Vector<lanes> wv;
        load<lanes>(wv, w + g * p.units + v * p.apart);
        add_products<T>(factor, wv, sum[g][v]);
      }
  }
}

/// Where the states of a step go: `y` may be null, `c` is an LSTM's. They may be where those before are.
template <class T>
struct NextStates {
  T *h, *y, *c;
};

/// The steps of a sample: `step(inputs, h, c, next)` takes one. `scratch` has room for two vectors of units.
/// \tparam cell whether there is a state c.
template <bool cell, class T, class Step>
[[gnu::always_inline]] inline void take_row_steps(const Recurrent& d, const RecurrentInput<T>& in,
                                                  const T* kernel, const RecurrentOutput<T>& out, T* scratch,
                                                  const Step& step) {
  const int u = d.units;
  const T *h = in.h, *c = in.c;
  if (!h) copy_lanes<T>(u, nullptr, scratch), h = scratch;
  if (cell && !c) copy_lanes<T>(u, nullptr, scratch + u), c = scratch + u;
  for (int k = 0; k < d.steps; ++k) {
    const bool last = k == d.steps - 1;
    T* const y = !out.y || (!d.sequences && !last) ? nullptr : out.y + (d.sequences ? k * u : 0);
    const NextStates<T> next{last && out.h ? out.h : scratch, y, last && out.c ? out.c : scratch + u};
    step(inputs_at(d, in, kernel, 0, k), h, c, next);
    h = next.h, c = next.c;
  }
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
