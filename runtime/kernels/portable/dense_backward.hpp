// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/activation.hpp>
#include <runtime/kernels/portable/gradient_sink.hpp>
#include <runtime/kernels/portable/share.hpp>

namespace etch::kernels {

/// Backward of dense: weight gradients (or the update itself), then the input gradient, some inputs at a
/// time, so that `dx` may overwrite `x`. With `input_activation`, `dx` is the gradient before the function
/// whose result `x` is.
struct DenseBackward {
  int in = 0, out = 0, positions = 1, bias = 1;
  int input_gradient = 1, trainable = 1;
  ActivationKind input_activation = ActivationKind::linear;
  constexpr bool operator==(const DenseBackward&) const = default;
};

/// Elements of `held`, scratch for the input gradients of one input over all rows, a sample.
constexpr int dense_backward_scratch(const DenseBackward& d) { return d.input_gradient ? d.positions : 0; }

/// The gradient of the input at `at` before the function whose result it is, if it is one's. Where it is
/// none's and the kernel is not trained, nobody reads x, and it may be null.
template <class T>
[[gnu::always_inline]] inline T dense_input_gradient(const DenseBackward& d, T sum, const T* x, int at) {
  return d.input_activation == ActivationKind::linear ? sum : sum * derivative(d.input_activation, x[at]);
}

namespace portable {

/// The tiles: weights whose gradients are summed in registers and updated from there. Sixteen sums and four
/// numbers to multiply are what the 32 registers of a Cortex-M4F take; vectors have room for twice as many.
inline constexpr int backward_inputs = 4, backward_columns = vectorizes_loops ? 8 : 4;
/// Input gradients that wait on the stack for the weights of all inputs of a tile.
inline constexpr int backward_waiting = 32;

/// Gradients of the bias from column `o` on: sums over rows, in order.
template <int columns, class T, class Sink>
[[gnu::always_inline]] inline void dense_bias_columns(const DenseBackward& d, const UpdateStep<T>& step,
                                                      int n, const T* dy, const Sink& sink, int o = 0) {
  for (; o + columns <= d.out; o += columns) {
    T sum[columns] = {};
    sink.resume(o, sum, columns);
    for (int r = 0; r < n; ++r)
#pragma GCC unroll 8
      for (int k = 0; k < columns; ++k) sum[k] += dy[r * d.out + o + k];
    sink.template put_tile<1, columns>(step, o, d.out, sum);
  }
  if constexpr (columns > 1) dense_bias_columns<columns / 2>(d, step, n, dy, sink, o);
}

/// Gradients of the weights of some inputs, from column `o` on.
template <int inputs, int columns, class T, class Sink>
[[gnu::always_inline]] inline void dense_weight_columns(const DenseBackward& d, const UpdateStep<T>& step,
                                                        int n, int i, const T* dy, const T* x,
                                                        const Sink& sink, int o = 0) {
  if (inputs == 4 && columns == 4 && sink.takes_tiles()) {
    const int tiles = (d.out - o) / 4;
    if constexpr (fused_forms::takes_loops<T>)
      if (tiles > 0) sink.put_tiles(step, i * d.out + o, {n, x + i, d.in * 4, dy + o, d.out * 4, tiles});
    o += tiles * 4;
  } else {
    for (; o + columns <= d.out; o += columns) {
      T sum[inputs * columns];
      if (sink.goes_on()) {
        for (int k = 0; k < inputs; ++k) sink.resume((i + k) * d.out + o, sum + k * columns, columns);
        dot_tile<inputs, columns, true>(n, x + i, d.in, dy + o, d.out, sum);
      } else {
        dot_tile<inputs, columns>(n, x + i, d.in, dy + o, d.out, sum);
      }
      sink.template put_tile<inputs, columns>(step, i * d.out + o, d.out, sum);
    }
  }
  if constexpr (columns > 1) dense_weight_columns<inputs, columns / 2>(d, step, n, i, dy, x, sink, o);
}

/// Whether the compiler knows that there is a single row, so that steps by one are all of the code.
[[gnu::always_inline]] inline bool is_single(int n) { return __builtin_constant_p(n) && n == 1; }

/// The step by a single row, for `count` inputs and as many columns as fit. \return how many those are.
template <class T, class Sink>
[[gnu::always_inline]] inline int dense_descend(const DenseBackward& d, const UpdateStep<T>& step, int n,
                                                int i, int count, const T* dy, const T* x, const Sink& sink) {
  if (is_single(n) && sink.takes_outer_products()) {
    sink.put_whole_outer_product(step, i * d.out, d.out, count, x + i, dy);
    return d.out;
  }
  if (n != 1 || !sink.takes_outer_products() || step.decays) return 0;
  return sink.put_outer_product(step, i * d.out, d.out, count, x + i, dy);
}

/// All that is to be done with `count` inputs, a multiple of `inputs`; `held` has room for their gradients of
/// all rows. Without input gradients, weights of the first `descended` columns have had their step.
template <int inputs, class T, class Sink>
[[gnu::always_inline]] inline void dense_inputs_backward(const DenseBackward& d, const UpdateStep<T>& step,
                                                         int n, int i, int count, const T* dy, const T* x,
                                                         const T* w, T* dx, T* held, const Sink& kernel,
                                                         int descended) {
  const bool done = d.input_gradient && d.trainable && is_single(n) &&
                    kernel.put_narrow(step, i * d.out, d.out, count, x + i, dy, w + i * d.out, held);
  if (d.input_gradient && !done)  // before the update writes the weights
    for (int r = 0; r < n; ++r)
      dot_along<inputs>(d.out, dy + r * d.out, w + i * d.out, count, held + r * count);
  if (d.trainable && kernel.is_open() && !done) {
    const int first = d.input_gradient ? dense_descend(d, step, n, i, count, dy, x, kernel) : descended;
    for (int g = 0; g < count; g += inputs)
      dense_weight_columns<inputs, backward_columns>(d, step, n, i + g, dy, x, kernel, first);
  }
  if (d.input_gradient)
    for (int r = 0; r < n; ++r)
      for (int k = 0; k < count; ++k) {
        const int at = r * d.in + i + k;
        dx[at] = dense_input_gradient(d, held[r * count + k], x, at);
      }
}

/// Sums of weights and bias run over rows in order, those of `dx` over outputs. Each begins with 0, those of
/// weights with their first product.
template <class T, class Sink>
[[gnu::always_inline]] inline void dense_backward(const DenseBackward& d, const Hyper& h, int rows,
                                                  const T* dy, const T* x, const T* w, T* dx, T* held,
                                                  const Sink& kernel, const Sink& bias) {
  const int n = rows * d.positions;
  const UpdateStep<T> step(h);
  if (d.bias && d.trainable && bias.is_open()) dense_bias_columns<backward_columns>(d, step, n, dy, bias);
  int descended = 0;
  if (!d.input_gradient && !kernel.is_open()) return;
  if (!d.input_gradient && d.trainable) {
    descended = dense_descend(d, step, n, 0, d.in, dy, x, kernel);
    if (descended == d.out) return;
  }
  // As many inputs at a time as gradients may wait.
  const int fitting = !d.input_gradient ? backward_inputs : backward_waiting / (n > 0 ? n : 1);
  const int most = fitting / backward_inputs * backward_inputs;
  const int tiled = most > 0 ? d.in / backward_inputs * backward_inputs : 0;
  T waiting[backward_waiting];
  for (int i = 0; i < tiled; i += most) {
    const int count = tiled - i < most ? tiled - i : most;
    dense_inputs_backward<backward_inputs>(d, step, n, i, count, dy, x, w, dx, waiting, kernel, descended);
  }
  for (int i = tiled; i < d.in; ++i)
    dense_inputs_backward<1>(d, step, n, i, 1, dy, x, w, dx, held, kernel, descended);
}

/// What a share of the backward pass does: all of some inputs, and the last one the bias. Gradients of inputs
/// wait on its stack, which has room for so many rows; of more, the last share does everything.
template <class T, class Sink>
[[gnu::always_inline]] inline void dense_backward_share(const DenseBackward& d, const Hyper& h, int rows,
                                                        Share share, const T* dy, const T* x, const T* w,
                                                        T* dx, T* held, const Sink& kernel,
                                                        const Sink& bias) {
  constexpr int most_rows = 1024;
  const int n = rows * d.positions;
  if (d.input_gradient && n > most_rows) {
    if (share.is_last()) dense_backward(d, h, rows, dy, x, w, dx, held, kernel, bias);
    return;
  }
  const UpdateStep<T> step(h);
  if (d.bias && d.trainable && bias.is_open() && share.is_last())
    dense_bias_columns<backward_columns>(d, step, n, dy, bias);
  T waiting[backward_inputs * most_rows];
  const Range inputs = share.among(d.in, inputs_of_share);
  int i = inputs.first;
  for (; i + backward_inputs <= inputs.end; i += backward_inputs)
    dense_inputs_backward<backward_inputs>(d, step, n, i, backward_inputs, dy, x, w, dx, waiting, kernel, 0);
  for (; i < inputs.end; ++i) dense_inputs_backward<1>(d, step, n, i, 1, dy, x, w, dx, waiting, kernel, 0);
}
}  // namespace portable

}  // namespace etch::kernels
