// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/recurrent.hpp>

namespace etch::kernels {

/// h' = f(b + x W + h R). Kernel W [in, units], recurrent kernel R [units, units], bias [units].
/// Elements of the scratch of one call (not a sample): the state, and the sums of a step.
constexpr int simple_rnn_scratch(const Recurrent& d) { return 2 * d.units; }

namespace portable {
/// \param states null, or the state after every step, [steps, units] a sample, for the backward pass. It may
/// be `out.y`.
template <class T>
[[gnu::always_inline]] inline void simple_rnn_forward(const Recurrent& d, int rows,
                                                      const RecurrentInput<T>& in,
                                                      const RecurrentWeights<T>& w,
                                                      const RecurrentOutput<T>& out, T* states, T* scratch) {
  const int u = d.units;
  T* const h = scratch;
  T* const sum = scratch + u;
  for (int r = 0; r < rows; ++r) {
    copy_or_zero(u, in.h ? in.h + r * u : nullptr, h);
    for (int k = 0; k < d.steps; ++k) {
      if (!masked(d, in.mask, r, k)) {
        copy_or_zero(u, d.bias ? w.bias : nullptr, sum);
        add_product(d.in, u, u, in.x + (r * d.steps + d.time_of(k)) * d.in, w.kernel, sum);
        add_product(u, u, u, h, w.recurrent, sum);
        activate(d.activation, sum, h, 1, u);
      }
      if (states) copy_or_zero(u, h, states + (r * d.steps + k) * u);
      if (out.y && out.y != states) put_state(d, r, k, h, out.y);
    }
    if (out.h) copy_or_zero(u, h, out.h + r * u);
  }
}
}  // namespace portable

/// Elements a sample of the scratch of the backward pass: the state's gradient, then a step's gradients and
/// one number.
constexpr int simple_rnn_backward_scratch(const Recurrent& d) { return d.units + d.steps * (d.units + 1); }

namespace portable {
/// \param dout gradients of the results. \param dx, dh gradients of the input and the initial state, or null.
template <class T, class Sink>
[[gnu::always_inline]] inline void simple_rnn_backward(const Recurrent& d, const Hyper& hyper, int rows,
                                                       const RecurrentOutput<T>& dout,
                                                       const RecurrentInput<T>& in, const T* states,
                                                       const RecurrentWeights<T>& w, T* dx, T* dh_first,
                                                       T* scratch, const RecurrentSinks<Sink>& sinks) {
  const int u = d.units;
  const StepGradients<T> g{scratch + u, u, u + 1, simple_rnn_backward_scratch(d)};
  for (int r = 0; r < rows; ++r) {
    T* const dh = scratch + r * g.row_stride;
    copy_or_zero(u, dout.h ? dout.h + r * u : nullptr, dh);
    for (int k = d.steps - 1; k >= 0; --k) {
      add_result_gradient(d, r, k, dout.y, dh);
      T* const to = g.at(r, k);
      if (masked(d, in.mask, r, k)) {
        copy_or_zero<T>(u, nullptr, to);
        continue;
      }
      activate_backward(d.activation, states + (r * d.steps + k) * u, dh, to, 1, u);
      add_along(u, u, u, to, w.recurrent, dh);
    }
    if (dh_first) copy_or_zero(u, dh, dh_first + r * u);
  }
  const auto before = [&](int r, int k, int j) {
    return k > 0 ? states[(r * d.steps + k - 1) * u + j] : in.h ? in.h[r * u + j] : T(0);
  };
  if (d.trainable) {
    for (int j = 0; j < u; ++j)
      put_gradients(
          d, hyper, rows, g, [&](int r, int k) { return before(r, k, j); }, sinks.recurrent, j * u);
    if (d.bias)
      put_gradients(
          d, hyper, rows, g, [](int, int) { return T(1); }, sinks.bias, 0);
  }
  recurrent_input_backward(d, hyper, rows, g, u, in.x, w.kernel, dx, sinks.kernel);
}
}  // namespace portable

}  // namespace etch::kernels
