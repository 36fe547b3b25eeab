// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/gru.hpp>
#include <runtime/kernels/vector/gru_row.hpp>
#include <runtime/kernels/vector/recurrent_backward.hpp>

namespace etch::kernels::vector::inline ETCH_TARGET {

/// The sums before the gates of one step of some rows, but for the last gate of a reset before.
template <class T>
[[gnu::always_inline]] inline void gru_sums(const Recurrent& d, int rows, const Factors<T>& inputs,
                                            const Factors<T>& states, const T* bias, T* gates, int stride) {
  const int u = d.units;
  if (!d.reset_after) return add_gates(rows, {2 * u, 3 * u, bias, nullptr, gates, stride}, inputs, states);
  const T* const second = bias ? bias + 3 * u : nullptr;
  add_gates<true>(rows, {2 * u, 3 * u, bias, second, gates, stride}, inputs, states);
  // Of the last gate the two sums stay apart.
  const Factors<T> none{};
  add_gates(rows, {u, 3 * u, bias ? bias + 2 * u : nullptr, nullptr, gates + 2 * u, stride},
            inputs.from(0, 2 * u), none);
  add_gates(rows, {u, 3 * u, second ? second + 2 * u : nullptr, nullptr, gates + 3 * u, stride},
            states.from(0, 2 * u), none);
}

/// The gates z and r of some units, and the fourth vector of a reset before.
template <int lanes, bool usual, class T>
[[gnu::always_inline]] inline void gru_first_gates(const Functions<usual>& f, int count, T* gates,
                                                   const T* h) {
  const int u = f.d.units;
  Vector<lanes> z, r;
  load_some<lanes>(z, gates, count);
  load_some<lanes>(r, gates + u, count);
  activate_lanes<lanes, T>(f.of_gate(), z);
  activate_lanes<lanes, T>(f.of_gate(), r);
  store_some<lanes>(z, gates, count);
  store_some<lanes>(r, gates + u, count);
  if (f.d.reset_after) return;
  Vector<lanes> state;
  load_some<lanes>(state, h, count);
  const Vector<lanes> reset = r * state;
  store_some<lanes>(reset, gates + 3 * u, count);
}

/// The last gate of some units, and their new state.
template <int lanes, bool usual, class T>
[[gnu::always_inline]] inline void gru_units(const Functions<usual>& f, int count, T* gates, T* h) {
  const int u = f.d.units;
  Vector<lanes> z, g, state;
  load_some<lanes>(z, gates, count);
  load_some<lanes>(g, gates + 2 * u, count);
  load_some<lanes>(state, h, count);
  if (f.d.reset_after) {
    Vector<lanes> r, q;
    load_some<lanes>(r, gates + u, count);
    load_some<lanes>(q, gates + 3 * u, count);
    g = multiply_add<T>(r, q, g);
  }
  activate_lanes<lanes, T>(f.of_state(), g);
  store_some<lanes>(g, gates + 2 * u, count);
  const Vector<lanes> kept = rounded_product(z, state);
  state = multiply_add<T>(Vector<lanes>(1.0f - z), g, kept);
  store_some<lanes>(state, h, count);
}

/// Both for some rows: `first` before the sums of the last gate of a reset before, `last` behind them.
template <bool usual, class T>
[[gnu::noinline]] inline void gru_states(const Recurrent& d, int rows, T* gates, T* h, int stride, bool first,
                                         bool last) {
  const Functions<usual> f{d};
  for (int r = 0; r < rows; ++r, gates += stride, h += stride)
    for_lanes(
        d.units, [&](auto lanes, int j, int count) __attribute__((always_inline)) {
          if (first) gru_first_gates<lanes()>(f, count, gates + j, h + j);
          if (last) gru_units<lanes()>(f, count, gates + j, h + j);
        });
}

template <class T>
[[gnu::always_inline]] inline void gru_rows(const Recurrent& d, int rows, const RecurrentInput<T>& in,
                                            const RecurrentWeights<T>& w, const RecurrentOutput<T>& out,
                                            T* states, const RowStates<T>& s) {
  const int u = d.units;
  const T* const bias = d.bias ? w.bias : nullptr;
  const auto units = [&](int r, int n, int k, bool first, bool last) __attribute__((always_inline)) {
    if (has_usual_functions(d))
      gru_states<true>(d, n, s.gates(r, k), s.state(r), s.stride, first, last);
    else
      gru_states<false>(d, n, s.gates(r, k), s.state(r), s.stride, first, last);
  };
  const auto step = [&](int r, int n, int k) __attribute__((always_inline)) {
    const Factors<T> inputs = inputs_at(d, in, w.kernel, r, k);
    T* const gates = s.gates(r, k);
    gru_sums(d, n, inputs, Factors<T>{s.state(r), s.stride, u, w.recurrent}, bias, gates, s.stride);
    if (d.reset_after) return units(r, n, k, true, true);
    units(r, n, k, true, false);
    add_gates(n, {u, 3 * u, bias ? bias + 2 * u : nullptr, nullptr, gates + 2 * u, s.stride},
              inputs.from(0, 2 * u), Factors<T>{gates + 3 * u, s.stride, u, w.recurrent + 2 * u});
    units(r, n, k, false, true);
  };
  take_steps<false>(
      d, rows, in, {out.y == states ? nullptr : out.y, out.h, nullptr}, s,
      step, [&](int r, int k) __attribute__((always_inline)) {
        if (states) copy_lanes<T>(u, s.state(r), states + (r * d.steps + k) * u);
      });
}

template <Single T>
[[gnu::always_inline]] inline void gru_forward(const Recurrent& d, int rows, const RecurrentInput<T>& in,
                                               const RecurrentWeights<T>& w, const RecurrentOutput<T>& out,
                                               T* block, T* states, T* scratch) {
  if constexpr (has_form<T>) {
    const int u = d.units;
    if (block) return gru_rows(d, rows, in, w, out, states, {block, gru_block(d), u, 4 * u});
    if (d.reset_after && !states && goes_in_registers(d, rows, in.mask))
      return gru_row(d, in, w, out, scratch);
    for_predicted(
        rows, 5 * u, scratch, [&](int r, int n, T* room) __attribute__((always_inline)) {
          gru_rows(d, n, rows_from(d, in, r), w, rows_from(d, out, r),
                   states ? states + r * d.steps * u : nullptr, {room, 5 * u, u, 0});
        });
  } else {
    portable::gru_forward(d, rows, in, w, out, block, states, scratch);
  }
}

/// The gradients before the gates of `count` units, as `gru_step_backward` has them, of the usual functions
/// and a reset after; `dh` becomes what goes straight to the state before.
template <int lanes, class T>
[[gnu::always_inline]] inline void gru_units_backward(int u, int count, const T* kept, const T* h_before,
                                                      T* dh, T* at) {
  Vector<lanes> z, r, g, q, h{}, dstate;
  load_some<lanes>(z, kept, count);
  load_some<lanes>(r, kept + u, count);
  load_some<lanes>(g, kept + 2 * u, count);
  load_some<lanes>(q, kept + 3 * u, count);
  if (h_before) load_some<lanes>(h, h_before, count);
  load_some<lanes>(dstate, dh, count);
  const Vector<lanes> third = dstate * (1.0f - z) * tanh_slope<T>(g);
  store_some<lanes>(Vector<lanes>(dstate * (h - g) * sigmoid_slope(z)), at, count);
  store_some<lanes>(Vector<lanes>(third * q * sigmoid_slope(r)), at + u, count);
  store_some<lanes>(third, at + 2 * u, count);
  store_some<lanes>(Vector<lanes>(third * r), at + 3 * u, count);
  store_some<lanes>(Vector<lanes>(dstate * z), dh, count);
}

template <class T>
[[gnu::noinline]] inline void gru_usual_backward(int u, const T* kept, const T* h_before, T* dh, T* at) {
  for_lanes(
      u, [&](auto lanes, int j, int count) __attribute__((always_inline)) {
        gru_units_backward<lanes()>(u, count, kept + j, h_before ? h_before + j : nullptr, dh + j, at + j);
      });
}

/// Step k of rows that are not masked. Other functions, and a reset before, take the portable step.
template <class T>
[[gnu::always_inline]] inline void gru_rows_backward(const Recurrent& d, int first, int n, int k,
                                                     const T* kept, const T* states,
                                                     const RecurrentInput<T>& in, const T* recurrent,
                                                     const StepGradients<T>& g, T* block) {
  const int u = d.units;
  const bool usual = d.reset_after && has_usual_functions(d);
  for (int r = first; r < first + n; ++r) {
    const T* const before = k > 0 ? states + (r * d.steps + k - 1) * u : in.h ? in.h + r * u : nullptr;
    const T* const gates = kept + r * g.row_stride + (4 * k + 1) * u;
    T* const dh = block + r * g.row_stride;
    if (usual)
      gru_usual_backward(u, gates, before, dh, g.at(r, k));
    else
      gru_step_backward(d, gates, before, recurrent, dh, g.at(r, k));
  }
  if (!usual) return;
  T* const dh = block + first * g.row_stride;
  const T* const at = g.at(first, k);
  multiply_back<true>(n, u, BackRows<T>{at, 2 * u, g.row_stride}, recurrent, 3 * u, dh, g.row_stride);
  multiply_back<true>(n, u, BackRows<T>{at + 3 * u, u, g.row_stride}, recurrent + 2 * u, 3 * u, dh,
                      g.row_stride);
}

/// Gradients of the recurrent kernel and of the biases.
template <class T, class Sink>
[[gnu::always_inline]] inline void gru_weights_backward(const Recurrent& d, const Hyper& hyper, int rows,
                                                        const StepGradients<T>& g,
                                                        const RecurrentInput<T>& in, const T* states,
                                                        const RecurrentSinks<Sink>& sinks) {
  const int u = d.units;
  const auto [gates, third] = gru_parts(d, g);
  const auto before = FactorRows<T>::states(in.h, u, states, d.steps * u, u);
  const T* const fourth = g.first + 3 * u;
  const FactorRows<T> reset{fourth, fourth, g.row_stride, g.row_stride, g.stride};
  put_step_weights(rows, d.steps, gates, before, 0, u, hyper, sinks.recurrent, 0, 3 * u);
  put_step_weights(rows, d.steps, third, d.reset_after ? before : reset, 0, u, hyper, sinks.recurrent, 2 * u,
                   3 * u);
  if (!d.bias) return;
  put_step_weights(rows, d.steps, g, ones<T>(), 0, 1, hyper, sinks.bias, 0, 0);
  if (!d.reset_after) return;
  put_step_weights(rows, d.steps, gates, ones<T>(), 0, 1, hyper, sinks.bias, 3 * u, 0);
  put_step_weights(rows, d.steps, third, ones<T>(), 0, 1, hyper, sinks.bias, 5 * u, 0);
}

template <Single T, class Sink>
[[gnu::always_inline]] inline void gru_backward(const Recurrent& d, const Hyper& hyper, int rows,
                                                const RecurrentOutput<T>& dout, const RecurrentInput<T>& in,
                                                const T* kept, const T* states, const RecurrentWeights<T>& w,
                                                T* dx, T* dh_first, T* block,
                                                const RecurrentSinks<Sink>& sinks) {
  if constexpr (has_form<T>) {
    const int u = d.units;
    const StepGradients<T> g{block + u, 3 * u, 4 * u, gru_block(d)};
    const auto dh = [&](int r) { return block + r * g.row_stride; };
    for (int r = 0; r < rows; ++r) copy_or_zero(u, dout.h ? dout.h + r * u : nullptr, dh(r));
    for (int k = d.steps - 1; k >= 0; --k) {
      for (int r = 0; r < rows; ++r) {
        add_result_gradient(d, r, k, static_cast<const T*>(dout.y), dh(r));
        if (masked(d, in.mask, r, k)) copy_or_zero<T>(4 * u, nullptr, g.at(r, k));
      }
      for_unmasked(
          d, in.mask, rows, k, [&](int r, int n) __attribute__((always_inline)) {
            gru_rows_backward(d, r, n, k, kept, states, in, w.recurrent, g, block);
          });
    }
    for (int r = 0; dh_first && r < rows; ++r) copy_or_zero(u, dh(r), dh_first + r * u);
    if (d.trainable) gru_weights_backward(d, hyper, rows, g, in, states, sinks);
    input_backward_of_steps(d, hyper, rows, g, 3 * u, in.x, w.kernel, dx, sinks.kernel);
  } else {
    portable::gru_backward(d, hyper, rows, dout, in, kept, states, w, dx, dh_first, block, sinks);
  }
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
