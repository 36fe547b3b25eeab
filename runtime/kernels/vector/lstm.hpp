// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/lstm.hpp>
#include <runtime/kernels/vector/lstm_row.hpp>
#include <runtime/kernels/vector/recurrent_backward.hpp>

namespace etch::kernels::vector::inline ETCH_TARGET {

/// `count` units of one sample, from the sums before their gates to the states.
template <int lanes, bool usual, class T>
[[gnu::always_inline]] inline void lstm_units(const Functions<usual>& f, int count, T* gates, T* h, T* c) {
  const int u = f.d.units;
  Vector<lanes> i, forget, g, o, cell, before;
  load_some<lanes>(i, gates, count);
  load_some<lanes>(forget, gates + u, count);
  load_some<lanes>(g, gates + 2 * u, count);
  load_some<lanes>(o, gates + 3 * u, count);
  load_some<lanes>(before, c, count);
  activate_lanes<lanes, T>(f.of_gate(), i);
  activate_lanes<lanes, T>(f.of_gate(), forget);
  activate_lanes<lanes, T>(f.of_state(), g);
  activate_lanes<lanes, T>(f.of_gate(), o);
  cell = multiply_add<T>(i, g, rounded_product(forget, before));
  if (f.d.cell_clip > 0) clip<lanes>(f.d.cell_clip, cell);
  store_some<lanes>(i, gates, count);
  store_some<lanes>(forget, gates + u, count);
  store_some<lanes>(g, gates + 2 * u, count);
  store_some<lanes>(o, gates + 3 * u, count);
  store_some<lanes>(cell, c, count);
  activate_lanes<lanes, T>(f.of_state(), cell);
  const Vector<lanes> state = o * cell;
  store_some<lanes>(state, h, count);
}

template <bool usual, class T>
[[gnu::noinline]] inline void lstm_states(const Recurrent& d, int rows, T* gates, T* h, int stride) {
  const int u = d.units;
  const Functions<usual> f{d};
  for (int r = 0; r < rows; ++r, gates += stride, h += stride)
    for_lanes(
        u, [&](auto lanes, int j, int count) __attribute__((always_inline)) {
          lstm_units<lanes()>(f, count, gates + j, h + j, h + u + j);
        });
}

template <class T>
[[gnu::always_inline]] inline void lstm_rows(const Recurrent& d, int rows, const RecurrentInput<T>& in,
                                             const RecurrentWeights<T>& w, const RecurrentOutput<T>& out,
                                             const RowStates<T>& s) {
  const int u = d.units;
  const auto step = [&](int first, int n, int k) __attribute__((always_inline)) {
    const SumPlace<T> sums{4 * u, 4 * u, d.bias ? w.bias : nullptr, nullptr, s.gates(first, k), s.stride};
    add_gates(n, sums, inputs_at(d, in, w.kernel, first, k),
              Factors<T>{s.state(first), s.stride, u, w.recurrent});
    if (has_usual_functions(d))
      lstm_states<true>(d, n, s.gates(first, k), s.state(first), s.stride);
    else
      lstm_states<false>(d, n, s.gates(first, k), s.state(first), s.stride);
  };
  take_steps<true>(
      d, rows, in, out, s, step, [&](int r, int k) __attribute__((always_inline)) {
        if (s.step_stride) copy_lanes<T>(u, s.state(r) + u, s.gates(r, k) + 4 * u);
      });
}

template <Single T>
[[gnu::always_inline]] inline void lstm_forward(const Recurrent& d, int rows, const RecurrentInput<T>& in,
                                                const RecurrentWeights<T>& w, const RecurrentOutput<T>& out,
                                                T* block, T* scratch) {
  if constexpr (has_form<T>) {
    const int u = d.units;
    if (block) return lstm_rows(d, rows, in, w, out, {block, lstm_block(d), 2 * u, 5 * u});
    // Of two vectors of which one reaches back, 8 gates are more work than the way through memory.
    if (goes_in_registers(d, rows, in.mask) && (u <= widest || u == 2 * widest))
      return lstm_row(d, in, w, out, scratch);
    for_predicted(
        rows, 6 * u, scratch, [&](int r, int n, T* room) __attribute__((always_inline)) {
          lstm_rows(d, n, rows_from(d, in, r), w, rows_from(d, out, r), {room, 6 * u, 2 * u, 0});
        });
  } else {
    portable::lstm_forward(d, rows, in, w, out, block, scratch);
  }
}

/// The gradients before the gates of `count` units, as `lstm_step_backward` has them, of the usual functions.
template <int lanes, class T>
[[gnu::always_inline]] inline void lstm_units_backward(int u, int count, const T* kept, const T* c_before,
                                                       const T* dh, T* dc, T* at) {
  Vector<lanes> i, forget, g, o, squashed, before{}, dstate, cell;
  load_some<lanes>(i, kept, count);
  load_some<lanes>(forget, kept + u, count);
  load_some<lanes>(g, kept + 2 * u, count);
  load_some<lanes>(o, kept + 3 * u, count);
  load_some<lanes>(squashed, kept + 4 * u, count);
  if (c_before) load_some<lanes>(before, c_before, count);
  load_some<lanes>(dstate, dh, count);
  load_some<lanes>(cell, dc, count);
  tanh<lanes, T>(squashed, squashed);
  cell = multiply_add<T>(Vector<lanes>(dstate * o), tanh_slope<T>(squashed), cell);
  store_some<lanes>(Vector<lanes>(cell * g * sigmoid_slope(i)), at, count);
  store_some<lanes>(Vector<lanes>(cell * before * sigmoid_slope(forget)), at + u, count);
  store_some<lanes>(Vector<lanes>(cell * i * tanh_slope<T>(g)), at + 2 * u, count);
  store_some<lanes>(Vector<lanes>(dstate * squashed * sigmoid_slope(o)), at + 3 * u, count);
  store_some<lanes>(Vector<lanes>(o * squashed), at + 4 * u, count);
  store_some<lanes>(Vector<lanes>(cell * forget), dc, count);
}

template <class T>
[[gnu::noinline]] inline void lstm_usual_backward(int u, const T* kept, const T* c_before, const T* dh, T* dc,
                                                  T* at) {
  for_lanes(
      u, [&](auto lanes, int j, int count) __attribute__((always_inline)) {
        lstm_units_backward<lanes()>(u, count, kept + j, c_before ? c_before + j : nullptr, dh + j, dc + j,
                                     at + j);
      });
}

/// Step k of rows that are not masked.
template <class T>
[[gnu::always_inline]] inline void lstm_rows_backward(const Recurrent& d, int first, int n, int k,
                                                      const T* kept, const RecurrentInput<T>& in,
                                                      const RecurrentWeights<T>& w, const StepGradients<T>& g,
                                                      T* block) {
  const int u = d.units;
  for (int r = first; r < first + n; ++r) {
    T* const dh = block + r * g.row_stride;
    const T* const gates = kept + r * g.row_stride + (5 * k + 2) * u;
    const T* const c_before = k > 0 ? gates - u : in.c ? in.c + r * u : nullptr;
    if (has_usual_functions(d))
      lstm_usual_backward(u, gates, c_before, static_cast<const T*>(dh), dh + u, g.at(r, k));
    else
      lstm_step_backward(d, gates, c_before, static_cast<const T*>(dh), dh + u, g.at(r, k));
  }
  multiply_back<false>(n, u, BackRows<T>{g.at(first, k), 4 * u, g.row_stride}, w.recurrent, 4 * u,
                       block + first * g.row_stride, g.row_stride);
}

/// The gradients before the gates of all steps, into `block`.
template <class T>
[[gnu::always_inline]] inline void lstm_gates_backward(const Recurrent& d, int rows,
                                                       const RecurrentOutput<T>& dout,
                                                       const RecurrentInput<T>& in, const T* kept,
                                                       const RecurrentWeights<T>& w, T* dh_first, T* dc_first,
                                                       const StepGradients<T>& g, T* block) {
  const int u = d.units;
  for (int r = 0; r < rows; ++r) {
    copy_or_zero(u, dout.h ? dout.h + r * u : nullptr, block + r * g.row_stride);
    copy_or_zero(u, dout.c ? dout.c + r * u : nullptr, block + r * g.row_stride + u);
  }
  for (int k = d.steps - 1; k >= 0; --k) {
    for (int r = 0; r < rows; ++r) {
      add_result_gradient(d, r, k, static_cast<const T*>(dout.y), block + r * g.row_stride);
      if (masked(d, in.mask, r, k)) copy_or_zero<T>(4 * u, nullptr, g.at(r, k));
    }
    for_unmasked(
        d, in.mask, rows, k, [&](int r, int n) __attribute__((always_inline)) {
          lstm_rows_backward(d, r, n, k, kept, in, w, g, block);
        });
  }
  for (int r = 0; r < rows; ++r) {
    if (dh_first) copy_or_zero(u, block + r * g.row_stride, dh_first + r * u);
    if (dc_first) copy_or_zero(u, block + r * g.row_stride + u, dc_first + r * u);
    for (int k = 0; in.mask && k < d.steps; ++k)  // a masked step's state is the one before it
      if (masked(d, in.mask, r, k))
        copy_or_zero(u, k > 0 ? g.at(r, k - 1) + 4 * u : in.h ? in.h + r * u : nullptr, g.at(r, k) + 4 * u);
  }
}

template <Single T, class Sink>
[[gnu::always_inline]] inline void lstm_backward(const Recurrent& d, const Hyper& hyper, int rows,
                                                 const RecurrentOutput<T>& dout, const RecurrentInput<T>& in,
                                                 const T* kept, const RecurrentWeights<T>& w, T* dx,
                                                 T* dh_first, T* dc_first, T* block,
                                                 const RecurrentSinks<Sink>& sinks) {
  if constexpr (has_form<T>) {
    const int u = d.units;
    const StepGradients<T> g{block + 2 * u, 4 * u, 5 * u, lstm_block(d)};
    lstm_gates_backward(d, rows, dout, in, kept, w, dh_first, dc_first, g, block);
    if (d.trainable) {
      const auto before = FactorRows<T>::states(in.h, u, g.first + 4 * u, g.row_stride, g.stride);
      put_step_weights(rows, d.steps, g, before, 0, u, hyper, sinks.recurrent, 0, 4 * u);
      if (d.bias) put_step_weights(rows, d.steps, g, ones<T>(), 0, 1, hyper, sinks.bias, 0, 0);
    }
    input_backward_of_steps(d, hyper, rows, g, 4 * u, in.x, w.kernel, dx, sinks.kernel);
  } else {
    portable::lstm_backward(d, hyper, rows, dout, in, kept, w, dx, dh_first, dc_first, block, sinks);
  }
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
