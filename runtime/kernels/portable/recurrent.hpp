// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/axpy.hpp>
#include <runtime/kernels/fused/dot.hpp>
#include <runtime/kernels/portable/activation.hpp>
#include <runtime/kernels/portable/gradient_sink.hpp>

namespace etch::kernels {

/// What the recurrent kernels share. A sample is [steps, in]; samples are taken one after another, and of
/// each the steps in the order they are processed (`backwards`: from the last), which is also the order of a
/// sequence that is returned. Step k with its mask at 0 leaves the state as it was, and its output is the
/// state.
///
/// Sums before an activation start at the bias (0 without one), then take the inputs in order, then the
/// states. Sums over a whole batch take samples, then steps as processed.
struct Recurrent {
  int in = 0, units = 0, steps = 1, bias = 1;
  int sequences = 0;  ///< the result is the state after every step, not only after the last
  int backwards = 0;
  int reset_after = 0;  ///< GRU only
  ActivationKind activation = ActivationKind::tanh;
  ActivationKind recurrent_activation = ActivationKind::sigmoid;
  int input_gradient = 0, trainable = 0;
  float cell_clip =
      0;  ///< LSTM only: the cell's state stays within it on both sides, for prediction; 0: none
  constexpr bool operator==(const Recurrent&) const = default;

  constexpr int time_of(int step) const { return backwards ? steps - 1 - step : step; }
};

/// What a recurrent kernel reads: `h` and `c` are initial states (null: zeros), `mask` is [steps] a sample
/// (null: no step is masked).
template <class T>
struct RecurrentInput {
  const T *x = nullptr, *h = nullptr, *c = nullptr, *mask = nullptr;
};
template <class T>
struct RecurrentWeights {
  const T *kernel = nullptr, *recurrent = nullptr, *bias = nullptr;
};
/// Results, or in the backward pass their gradients: `y` and the last states; null where nobody wants them.
template <class T>
struct RecurrentOutput {
  T *y = nullptr, *h = nullptr, *c = nullptr;
};
template <class Sink>
struct RecurrentSinks {
  Sink kernel, recurrent, bias;
};

template <class T>
[[gnu::always_inline]] inline bool masked(const Recurrent& d, const T* mask, int row, int step) {
  return mask && mask[row * d.steps + d.time_of(step)] == T(0);
}

/// Sets `n` numbers to those of `from`, or to 0 where there is none.
template <class T>
inline void copy_or_zero(int n, const T* from, T* to) {
  for (int i = 0; i < n; ++i) to[i] = from ? from[i] : T(0);
}

/// y[o] += the sum over i, in order, of x[i] * w[i][o], for `out` columns of a matrix of `stride` columns.
template <class T>
inline void add_product(int in, int out, int stride, const T* x, const T* w, T* y) {
  constexpr int tile = 8;  // accumulators that fit the registers of a Cortex-M4F
  int o = 0;
#if ETCH_FLOAT_ASSEMBLY
  if constexpr (fused_forms::takes_loops<T>) {
    for (; o + 16 <= out; o += 16) fused_forms::sum_row_of_16(in, x, w + o, stride * 4, y + o, y + o);
    for (; o + 8 <= out; o += 8) fused_forms::sum_row_of_8(in, x, w + o, stride * 4, y + o, y + o);
  }
#endif
  for (; o + tile <= out; o += tile) {
    T sum[tile];
#pragma GCC unroll 8
    for (int k = 0; k < tile; ++k) sum[k] = y[o + k];
    dot_columns<tile>(in, x, 1, w + o, stride, sum);
#pragma GCC unroll 8
    for (int k = 0; k < tile; ++k) y[o + k] = sum[k];
  }
  for (; o < out; ++o) y[o] = dot(in, x, 1, w + o, stride, y[o]);
}

/// to[j] = 0 + the sum over i, in order, of x[i] * w[j * stride + i], for `rows` rows of weights.
template <class T>
inline void add_along(int n, int rows, int stride, const T* x, const T* w, T* to) {
  int j = 0;
#if ETCH_FLOAT_ASSEMBLY
  if constexpr (fused_forms::takes_loops<T>)
    for (; j + 4 <= rows; j += 4) {
      to[j] = to[j + 1] = to[j + 2] = to[j + 3] = T(0);
      fused_forms::add_along_rows({n, stride * 4, 1, 0, 0}, x, w + j * stride, to + j);
    }
#endif
  for (; j < rows; ++j) to[j] = dot(n, w + j * stride, 1, x, 1, T(0));
}

/// Writes the state after a step to the results that want it.
template <class T>
[[gnu::always_inline]] inline void put_state(const Recurrent& d, int row, int step, const T* h, T* y) {
  if (d.sequences)
    copy_or_zero(d.units, h, y + (row * d.steps + step) * d.units);
  else if (step == d.steps - 1)
    copy_or_zero(d.units, h, y + row * d.units);
}

/// Adds the gradient of the result of a step to that of the state.
template <class T>
[[gnu::always_inline]] inline void add_result_gradient(const Recurrent& d, int row, int step, const T* dy,
                                                       T* dh) {
  if (!dy || (!d.sequences && step != d.steps - 1)) return;
  const T* const from = dy + (d.sequences ? row * d.steps + step : row) * d.units;
  for (int j = 0; j < d.units; ++j) dh[j] += from[j];
}

/// The gradients before the activations of every sample and step: `width` numbers, `stride` apart from step
/// to step and `row_stride` from sample to sample.
template <class T>
struct StepGradients {
  T* first = nullptr;
  int width = 0, stride = 0, row_stride = 0;
  T* at(int row, int step) const { return first + row * row_stride + step * stride; }
};

/// Adds to `width` sums, 8 or 16, the gradients of a sample's steps times `factor(row, step)`.
template <class T, class Factor>
[[gnu::always_inline]] inline void add_steps([[maybe_unused]] int width, [[maybe_unused]] int steps,
                                             [[maybe_unused]] int row, [[maybe_unused]] const T* from,
                                             [[maybe_unused]] int stride,
                                             [[maybe_unused]] const Factor& factor, [[maybe_unused]] T* sum) {
#if ETCH_FLOAT_ASSEMBLY
  constexpr int at_once = 16;
  for (int k = 0; k < steps; k += at_once, from += at_once * stride) {
    const int count = steps - k < at_once ? steps - k : at_once;
    T factors[at_once];
    for (int i = 0; i < count; ++i) factors[i] = factor(row, k + i);
    if (width == 16)
      fused_forms::sum_row_of_16(count, factors, from, stride * 4, sum, sum);
    else
      fused_forms::sum_row_of_8(count, factors, from, stride * 4, sum, sum);
  }
#endif
}

/// Puts `g.width` gradients of weights that all multiply the same number, `factor(row, step)`.
template <class T, class Factor, class Sink>
[[gnu::always_inline]] inline void put_gradients(const Recurrent& d, const Hyper& hyper, int rows,
                                                 const StepGradients<T>& g, Factor factor, const Sink& sink,
                                                 int at) {
  constexpr int tile = 16;
  for (int o = 0, width = tile; sink.is_open() && o < g.width; o += width) {
    width = g.width - o < tile ? g.width - o : tile;
    T sum[tile] = {};
    sink.resume(at + o, sum, width);
    if constexpr (fused_forms::takes_loops<T>)
      if (width >= 8) {
        width = width < tile ? 8 : tile;
        for (int r = 0; r < rows; ++r) add_steps(width, d.steps, r, g.at(r, 0) + o, g.stride, factor, sum);
        sink.put(hyper, at + o, sum, width);
        continue;
      }
    for (int r = 0; r < rows; ++r)
      for (int k = 0; k < d.steps; ++k) {
        const T* const from = g.at(r, k) + o;
        axpy(width, factor(r, k), from, sum);
      }
    sink.put(hyper, at + o, sum, width);
  }
}

/// The kernel's gradient and the input's, one input after another, so that `dx` may be `x`. The element at
/// `held` after a step's gradients is free to scribble on.
template <class T, class Sink>
[[gnu::always_inline]] inline void recurrent_input_backward(const Recurrent& d, const Hyper& hyper, int rows,
                                                            const StepGradients<T>& g, int held, const T* x,
                                                            const T* kernel, T* dx, const Sink& sink) {
  for (int i = 0; i < d.in; ++i) {
    if (d.input_gradient && dx)  // before the update writes the weights
      for (int r = 0; r < rows; ++r)
        for (int k = 0; k < d.steps; k += 4) {
          const int count = d.steps - k < 4 ? d.steps - k : 4;
          T sum[4];
          add_along(g.width, count, g.stride, kernel + i * g.width, g.at(r, k), sum);
          for (int c = 0; c < count; ++c) g.at(r, k + c)[held] = sum[c];
        }
    const auto place = [&](int r, int k) { return (r * d.steps + d.time_of(k)) * d.in + i; };
    if (d.trainable)
      put_gradients(
          d, hyper, rows, g, [&](int r, int k) { return x[place(r, k)]; }, sink, i * g.width);
    if (d.input_gradient && dx)
      for (int r = 0; r < rows; ++r)
        for (int k = 0; k < d.steps; ++k) dx[place(r, k)] = g.at(r, k)[held];
  }
}

}  // namespace etch::kernels
