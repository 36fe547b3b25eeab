// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/simple_rnn.hpp>
#include <runtime/kernels/vector/recurrent_backward.hpp>

namespace etch::kernels::vector::inline ETCH_TARGET {

template <bool usual, class T>
[[gnu::noinline]] inline void simple_rnn_states(const Recurrent& d, int rows, const T* sums, T* h,
                                                int stride) {
  const Functions<usual> f{d};
  for (int r = 0; r < rows; ++r, sums += stride, h += stride)
    for_lanes(
        d.units, [&](auto lanes, int j, int count) __attribute__((always_inline)) {
          Vector<lanes()> sum;
          load_some<lanes()>(sum, sums + j, count);
          activate_lanes<lanes(), T>(f.of_state(), sum);
          store_some<lanes()>(sum, h + j, count);
        });
}

template <class T>
[[gnu::always_inline]] inline void simple_rnn_rows(const Recurrent& d, int rows, const RecurrentInput<T>& in,
                                                   const RecurrentWeights<T>& w,
                                                   const RecurrentOutput<T>& out, T* states,
                                                   const RowStates<T>& s) {
  const int u = d.units;
  const auto step = [&](int first, int n, int k) __attribute__((always_inline)) {
    const SumPlace<T> sums{u, u, d.bias ? w.bias : nullptr, nullptr, s.gates(first, k), s.stride};
    add_gates(n, sums, inputs_at(d, in, w.kernel, first, k),
              Factors<T>{s.state(first), s.stride, u, w.recurrent});
    if (d.activation == ActivationKind::tanh)
      simple_rnn_states<true>(d, n, s.gates(first, k), s.state(first), s.stride);
    else
      simple_rnn_states<false>(d, n, s.gates(first, k), s.state(first), s.stride);
  };
  take_steps<false>(
      d, rows, in, {out.y == states ? nullptr : out.y, out.h, nullptr}, s,
      step, [&](int r, int k) __attribute__((always_inline)) {
        if (states) copy_lanes<T>(u, s.state(r), states + (r * d.steps + k) * u);
      });
}

template <Single T>
[[gnu::always_inline]] inline void simple_rnn_forward(const Recurrent& d, int rows,
                                                      const RecurrentInput<T>& in,
                                                      const RecurrentWeights<T>& w,
                                                      const RecurrentOutput<T>& out, T* states, T* scratch) {
  if constexpr (has_form<T>) {
    const int u = d.units;
    for_predicted(
        rows, 2 * u, scratch, [&](int r, int n, T* room) __attribute__((always_inline)) {
          simple_rnn_rows(d, n, rows_from(d, in, r), w, rows_from(d, out, r),
                          states ? states + r * d.steps * u : nullptr, {room, 2 * u, u, 0});
        });
  } else {
    portable::simple_rnn_forward(d, rows, in, w, out, states, scratch);
  }
}

template <Single T, class Sink>
[[gnu::always_inline]] inline void simple_rnn_backward(const Recurrent& d, const Hyper& hyper, int rows,
                                                       const RecurrentOutput<T>& dout,
                                                       const RecurrentInput<T>& in, const T* states,
                                                       const RecurrentWeights<T>& w, T* dx, T* dh_first,
                                                       T* scratch, const RecurrentSinks<Sink>& sinks) {
  if constexpr (has_form<T>) {
    const int u = d.units;
    const StepGradients<T> g{scratch + u, u, u + 1, simple_rnn_backward_scratch(d)};
    const auto dh = [&](int r) { return scratch + r * g.row_stride; };
    for (int r = 0; r < rows; ++r) copy_or_zero(u, dout.h ? dout.h + r * u : nullptr, dh(r));
    for (int k = d.steps - 1; k >= 0; --k) {
      for (int r = 0; r < rows; ++r) {
        add_result_gradient(d, r, k, static_cast<const T*>(dout.y), dh(r));
        if (masked(d, in.mask, r, k))
          copy_or_zero<T>(u, nullptr, g.at(r, k));
        else
          activate_backward(d.activation, states + (r * d.steps + k) * u, static_cast<const T*>(dh(r)),
                            g.at(r, k), 1, u);
      }
      for_unmasked(
          d, in.mask, rows, k, [&](int r, int n) __attribute__((always_inline)) {
            multiply_back<false>(n, u, BackRows<T>{g.at(r, k), u, g.row_stride}, w.recurrent, u, dh(r),
                                 g.row_stride);
          });
    }
    for (int r = 0; dh_first && r < rows; ++r) copy_or_zero(u, dh(r), dh_first + r * u);
    if (d.trainable) {
      const auto before = FactorRows<T>::states(in.h, u, states, d.steps * u, u);
      put_step_weights(rows, d.steps, g, before, 0, u, hyper, sinks.recurrent, 0, u);
      if (d.bias) put_step_weights(rows, d.steps, g, ones<T>(), 0, 1, hyper, sinks.bias, 0, 0);
    }
    input_backward_of_steps(d, hyper, rows, g, u, in.x, w.kernel, dx, sinks.kernel);
  } else {
    portable::simple_rnn_backward(d, hyper, rows, dout, in, states, w, dx, dh_first, scratch, sinks);
  }
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
