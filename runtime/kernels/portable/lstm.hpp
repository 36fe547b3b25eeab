// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/recurrent.hpp>

namespace etch::kernels {

/// Long short-term memory (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000), with
/// the gates in Keras's order i, f, c, o along the columns of kernel [in, 4 units], recurrent kernel
/// [units, 4 units] and bias [4 units]; s is the recurrent activation, f the activation:
///   i, f, o = s(b + x W + h R),  g = f(b + x W + h R),  c' = f c + i g,  h' = o f(c')
/// What training keeps of a sample: the running states h and c, then for each step i, f, g, o and c'. On the
/// backward pass a step's place takes the gradients before the four activations and h'.
constexpr int lstm_block(const Recurrent& d) { return (5 * d.steps + 2) * d.units; }

/// Elements of the scratch of a prediction (not a sample): h, c and the gates of a step.
constexpr int lstm_scratch(const Recurrent& d) { return 6 * d.units; }

/// One step: from h and c to h' and c', through the gates' sums.
template <class T>
[[gnu::always_inline]] inline void lstm_step(const Recurrent& d, const T* x, const RecurrentWeights<T>& w,
                                             T* gates, T* h, T* c) {
  const int u = d.units;
  copy_or_zero(4 * u, d.bias ? w.bias : nullptr, gates);
  add_product(d.in, 4 * u, 4 * u, x, w.kernel, gates);
  add_product(u, 4 * u, 4 * u, h, w.recurrent, gates);
  activate(d.recurrent_activation, gates, gates, 1, 2 * u);
  activate(d.activation, gates + 2 * u, gates + 2 * u, 1, u);
  activate(d.recurrent_activation, gates + 3 * u, gates + 3 * u, 1, u);
  for (int j = 0; j < u; ++j) c[j] = multiply_add(gates[j], gates[2 * u + j], gates[u + j] * c[j]);
  const T clip = T(d.cell_clip);
  for (int j = 0; d.cell_clip > 0 && j < u; ++j) c[j] = c[j] < -clip ? -clip : c[j] > clip ? clip : c[j];
  activate(d.activation, c, h, 1, u);
  for (int j = 0; j < u; ++j) h[j] = gates[3 * u + j] * h[j];
}

namespace portable {
/// \param block null for prediction, which takes `scratch`; else what training keeps.
template <class T>
[[gnu::always_inline]] inline void lstm_forward(const Recurrent& d, int rows, const RecurrentInput<T>& in,
                                                const RecurrentWeights<T>& w, const RecurrentOutput<T>& out,
                                                T* block, T* scratch) {
  const int u = d.units;
  for (int r = 0; r < rows; ++r) {
    T* const h = block ? block + r * lstm_block(d) : scratch;
    T* const c = h + u;
    copy_or_zero(u, in.h ? in.h + r * u : nullptr, h);
    copy_or_zero(u, in.c ? in.c + r * u : nullptr, c);
    for (int k = 0; k < d.steps; ++k) {
      T* const gates = h + 2 * u + (block ? k * 5 * u : 0);
      if (!masked(d, in.mask, r, k)) lstm_step(d, in.x + (r * d.steps + d.time_of(k)) * d.in, w, gates, h, c);
      if (block) copy_or_zero(u, c, gates + 4 * u);
      if (out.y) put_state(d, r, k, h, out.y);
    }
    if (out.h) copy_or_zero(u, h, out.h + r * u);
    if (out.c) copy_or_zero(u, c, out.c + r * u);
  }
}
}  // namespace portable

/// The gradients before the gates' activations of one step, and the cell's for the step before it. `at` may
/// be `kept`.
template <class T>
[[gnu::always_inline]] inline void lstm_step_backward(const Recurrent& d, const T* kept, const T* c_before,
                                                      const T* dh, T* dc, T* at) {
  const int u = d.units;
  const ActivationKind f = d.activation, s = d.recurrent_activation;
  for (int j = 0; j < u; ++j) {
    const T i = kept[j], forget = kept[u + j], g = kept[2 * u + j], o = kept[3 * u + j];
    T squashed = kept[4 * u + j];
    activate(f, &squashed, &squashed, 1, 1);
    const T cell = multiply_add(dh[j] * o, derivative(f, squashed), dc[j]);
    at[j] = cell * g * derivative(s, i);
    at[u + j] = cell * (c_before ? c_before[j] : T(0)) * derivative(s, forget);
    at[2 * u + j] = cell * i * derivative(f, g);
    at[3 * u + j] = dh[j] * squashed * derivative(s, o);
    at[4 * u + j] = o * squashed;
    dc[j] = cell * forget;
  }
}

namespace portable {
/// \param kept what training kept. \param block as large; it may be `kept`. \param dx, dh_first, dc_first
/// gradients of the input and the initial states, or null.
template <class T, class Sink>
[[gnu::always_inline]] inline void lstm_backward(const Recurrent& d, const Hyper& hyper, int rows,
                                                 const RecurrentOutput<T>& dout, const RecurrentInput<T>& in,
                                                 const T* kept, const RecurrentWeights<T>& w, T* dx,
                                                 T* dh_first, T* dc_first, T* block,
                                                 const RecurrentSinks<Sink>& sinks) {
  const int u = d.units;
  const StepGradients<T> g{block + 2 * u, 4 * u, 5 * u, lstm_block(d)};
  for (int r = 0; r < rows; ++r) {
    T* const dh = block + r * g.row_stride;
    T* const dc = dh + u;
    const T* const c = kept + r * g.row_stride + 6 * u;
    const T* const h_first = in.h ? in.h + r * u : nullptr;
    const T* const c_first = in.c ? in.c + r * u : nullptr;
    copy_or_zero(u, dout.h ? dout.h + r * u : nullptr, dh);
    copy_or_zero(u, dout.c ? dout.c + r * u : nullptr, dc);
    for (int k = d.steps - 1; k >= 0; --k) {
      add_result_gradient(d, r, k, dout.y, dh);
      T* const at = g.at(r, k);
      if (masked(d, in.mask, r, k)) {
        copy_or_zero<T>(4 * u, nullptr, at);
        continue;
      }
      lstm_step_backward(d, c + (5 * k - 4) * u, k > 0 ? c + 5 * (k - 1) * u : c_first, dh, dc, at);
      add_along(4 * u, u, 4 * u, at, w.recurrent, dh);
    }
    if (dh_first) copy_or_zero(u, dh, dh_first + r * u);
    if (dc_first) copy_or_zero(u, dc, dc_first + r * u);
    for (int k = 0; in.mask && k < d.steps; ++k)  // a masked step's state is the one before it
      if (masked(d, in.mask, r, k))
        copy_or_zero(u, k > 0 ? g.at(r, k - 1) + 4 * u : h_first, g.at(r, k) + 4 * u);
  }
  const auto before = [&](int r, int k, int j) {
    return k > 0 ? g.at(r, k - 1)[4 * u + j] : in.h ? in.h[r * u + j] : T(0);
  };
  if (d.trainable) {
    for (int j = 0; j < u; ++j)
      put_gradients(
          d, hyper, rows, g, [&](int r, int k) { return before(r, k, j); }, sinks.recurrent, j * 4 * u);
    if (d.bias)
      put_gradients(
          d, hyper, rows, g, [](int, int) { return T(1); }, sinks.bias, 0);
  }
  recurrent_input_backward(d, hyper, rows, g, 4 * u, in.x, w.kernel, dx, sinks.kernel);
}
}  // namespace portable

}  // namespace etch::kernels
