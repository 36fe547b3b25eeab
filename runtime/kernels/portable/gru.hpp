// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/recurrent.hpp>

namespace etch::kernels {

/// Gated recurrent unit (Cho et al. 2014), with the gates in Keras's order z, r, h along the columns of
/// kernel W [in, 3 units] and recurrent kernel R [units, 3 units]; s is the recurrent activation, f the
/// activation:
///   reset_after (the form of cuDNN; bias [2, 3 units]):
///     q = b[1] + h R,  z, r = s((b[0] + x W) + q),  g = f((b[0] + x W) + r q)
///   else (bias [3 units]):
///     z, r = s(b + x W + h R),  g = f(b + x W + (r h) R)
///   h' = z h + (1 - z) g
/// What training keeps of a sample: the running state h, then for each step z, r, g and a fourth vector: q of
/// the third gate, or r h. In the backward pass a step's place takes the gradients before the three
/// activations, and that of q (or still r h).
constexpr int gru_block(const Recurrent& d) { return (4 * d.steps + 1) * d.units; }

/// Elements of the scratch of a prediction (not a sample): h, and the four vectors of a step.
constexpr int gru_scratch(const Recurrent& d) { return 5 * d.units; }

template <class T>
[[gnu::always_inline]] inline void gru_step_reset_after(const Recurrent& d, const RecurrentWeights<T>& w,
                                                        T* gates, const T* h) {
  const int u = d.units;
  T* const q = gates + 3 * u;
  for (int gate = 0; gate < 3; ++gate) {
    T* const sum = gates + gate * u;
    copy_or_zero(u, d.bias ? w.bias + (3 + gate) * u : nullptr, q);
    add_product(u, u, 3 * u, h, w.recurrent + gate * u, q);
    for (int j = 0; j < u; ++j) sum[j] = gate < 2 ? sum[j] + q[j] : multiply_add(gates[u + j], q[j], sum[j]);
    if (gate < 2) activate(d.recurrent_activation, sum, sum, 1, u);
  }
}

template <class T>
[[gnu::always_inline]] inline void gru_step_reset_before(const Recurrent& d, const RecurrentWeights<T>& w,
                                                         T* gates, const T* h) {
  const int u = d.units;
  T* const reset = gates + 3 * u;
  add_product(u, 2 * u, 3 * u, h, w.recurrent, gates);
  activate(d.recurrent_activation, gates, gates, 1, 2 * u);
  for (int j = 0; j < u; ++j) reset[j] = gates[u + j] * h[j];
  add_product(u, u, 3 * u, reset, w.recurrent + 2 * u, gates + 2 * u);
}

template <class T>
[[gnu::always_inline]] inline void gru_step(const Recurrent& d, const T* x, const RecurrentWeights<T>& w,
                                            T* gates, T* h) {
  const int u = d.units;
  T* const g = gates + 2 * u;
  copy_or_zero(3 * u, d.bias ? w.bias : nullptr, gates);
  add_product(d.in, 3 * u, 3 * u, x, w.kernel, gates);
  if (d.reset_after)
    gru_step_reset_after(d, w, gates, h);
  else
    gru_step_reset_before(d, w, gates, h);
  activate(d.activation, g, g, 1, u);
  for (int j = 0; j < u; ++j) h[j] = multiply_add(T(1) - gates[j], g[j], gates[j] * h[j]);
}

namespace portable {
/// \param block null for prediction, which takes `scratch`; else what training keeps. \param states null, or
/// the state after every step, [steps, units] a sample, for the backward pass. It may be `out.y`.
template <class T>
[[gnu::always_inline]] inline void gru_forward(const Recurrent& d, int rows, const RecurrentInput<T>& in,
                                               const RecurrentWeights<T>& w, const RecurrentOutput<T>& out,
                                               T* block, T* states, T* scratch) {
  const int u = d.units;
  for (int r = 0; r < rows; ++r) {
    T* const h = block ? block + r * gru_block(d) : scratch;
    copy_or_zero(u, in.h ? in.h + r * u : nullptr, h);
    for (int k = 0; k < d.steps; ++k) {
      T* const gates = h + u + (block ? k * 4 * u : 0);
      if (!masked(d, in.mask, r, k)) gru_step(d, in.x + (r * d.steps + d.time_of(k)) * d.in, w, gates, h);
      if (states) copy_or_zero(u, h, states + (r * d.steps + k) * u);
      if (out.y && out.y != states) put_state(d, r, k, h, out.y);
    }
    if (out.h) copy_or_zero(u, h, out.h + r * u);
  }
}
}  // namespace portable

/// The gradients before the gates' activations of one step; `dh` becomes what goes straight to the state
/// before. `at` may be `kept`.
template <class T>
[[gnu::always_inline]] inline void gru_step_backward(const Recurrent& d, const T* kept, const T* h_before,
                                                     const T* recurrent, T* dh, T* at) {
  const int u = d.units;
  const ActivationKind s = d.recurrent_activation;
  for (int j = 0; j < u; ++j) {
    const T z = kept[j], g = kept[2 * u + j], h = h_before ? h_before[j] : T(0);
    at[2 * u + j] = dh[j] * (T(1) - z) * derivative(d.activation, g);
    at[j] = dh[j] * (h - g) * derivative(s, z);
    dh[j] = separately(dh[j] * z);
  }
  constexpr int at_once = 4;
  T sums[at_once], of_third[at_once];
  for (int j = 0; j < u; ++j) {
    const T r = kept[u + j], fourth = kept[3 * u + j], h = h_before ? h_before[j] : T(0);
    if (d.reset_after) {
      at[u + j] = at[2 * u + j] * fourth * derivative(s, r);
      at[3 * u + j] = at[2 * u + j] * r;
    } else {
      if (j % at_once == 0)
        add_along(u, u - j < at_once ? u - j : at_once, 3 * u, at + 2 * u, recurrent + j * 3 * u + 2 * u,
                  sums);
      const T reset = sums[j % at_once];
      at[u + j] = reset * h * derivative(s, r);
      at[3 * u + j] = fourth;
      dh[j] = multiply_add(reset, r, dh[j]);
    }
  }
  for (int j = 0; j < u; j += at_once) {
    const T* const row = recurrent + j * 3 * u;
    const int count = u - j < at_once ? u - j : at_once;
    add_along(2 * u, count, 3 * u, at, row, sums);
    if (d.reset_after) add_along(u, count, 3 * u, at + 3 * u, row + 2 * u, of_third);
    for (int k = 0; k < count; ++k) {
      dh[j + k] += sums[k];
      if (d.reset_after) dh[j + k] += of_third[k];
    }
  }
}

/// The gradients of a step by the part of the recurrent kernel that they belong to: update and reset gate,
/// and the candidate.
template <class T>
struct GruParts {
  StepGradients<T> gates, candidate;
};
template <class T>
constexpr GruParts<T> gru_parts(const Recurrent& d, const StepGradients<T>& g) {
  const int u = d.units;
  return {{g.first, 2 * u, g.stride, g.row_stride},
          {g.first + (d.reset_after ? 3 : 2) * u, u, g.stride, g.row_stride}};
}

/// Gradients of the recurrent kernel and of the biases.
template <class T, class Sink>
[[gnu::always_inline]] inline void gru_recurrent_gradients(const Recurrent& d, const Hyper& hyper, int rows,
                                                           const StepGradients<T>& g,
                                                           const RecurrentInput<T>& in, const T* states,
                                                           const RecurrentSinks<Sink>& sinks) {
  const int u = d.units;
  const auto [gates, third] = gru_parts(d, g);
  const auto one = [](int, int) { return T(1); };
  for (int j = 0; j < u; ++j) {
    const auto before = [&](int r, int k) {
      return k > 0 ? states[(r * d.steps + k - 1) * u + j] : in.h ? in.h[r * u + j] : T(0);
    };
    const auto reset = [&](int r, int k) { return d.reset_after ? before(r, k) : g.at(r, k)[3 * u + j]; };
    put_gradients(d, hyper, rows, gates, before, sinks.recurrent, j * 3 * u);
    put_gradients(d, hyper, rows, third, reset, sinks.recurrent, j * 3 * u + 2 * u);
  }
  if (!d.bias) return;
  put_gradients(d, hyper, rows, g, one, sinks.bias, 0);
  if (!d.reset_after) return;
  put_gradients(d, hyper, rows, gates, one, sinks.bias, 3 * u);
  put_gradients(d, hyper, rows, third, one, sinks.bias, 5 * u);
}

namespace portable {
/// \param kept what training kept. \param block as large; it may be `kept`. \param states the state after
/// every step. \param dx, dh_first gradients of the input and the initial state, or null.
template <class T, class Sink>
[[gnu::always_inline]] inline void gru_backward(const Recurrent& d, const Hyper& hyper, int rows,
                                                const RecurrentOutput<T>& dout, const RecurrentInput<T>& in,
                                                const T* kept, const T* states, const RecurrentWeights<T>& w,
                                                T* dx, T* dh_first, T* block,
                                                const RecurrentSinks<Sink>& sinks) {
  const int u = d.units;
  const StepGradients<T> g{block + u, 3 * u, 4 * u, gru_block(d)};
  for (int r = 0; r < rows; ++r) {
    T* const dh = block + r * g.row_stride;
    copy_or_zero(u, dout.h ? dout.h + r * u : nullptr, dh);
    for (int k = d.steps - 1; k >= 0; --k) {
      add_result_gradient(d, r, k, dout.y, dh);
      T* const at = g.at(r, k);
      if (masked(d, in.mask, r, k)) {
        copy_or_zero<T>(4 * u, nullptr, at);
        continue;
      }
      const T* const before = k > 0 ? states + (r * d.steps + k - 1) * u : in.h ? in.h + r * u : nullptr;
      gru_step_backward(d, kept + r * g.row_stride + (4 * k + 1) * u, before, w.recurrent, dh, at);
    }
    if (dh_first) copy_or_zero(u, dh, dh_first + r * u);
  }
  if (d.trainable) gru_recurrent_gradients(d, hyper, rows, g, in, states, sinks);
  recurrent_input_backward(d, hyper, rows, g, 3 * u, in.x, w.kernel, dx, sinks.kernel);
}
}  // namespace portable

}  // namespace etch::kernels
