// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/vector/dense_backward.hpp>
#include <runtime/kernels/vector/recurrent.hpp>

/// What the backward passes of recurrent kernels share. Samples take a time step together, and the sums of
/// all samples and steps that make a weight's gradient run in registers.
namespace etch::kernels::vector::inline ETCH_TARGET {

/// Rows of numbers that weights are multiplied with, from right to left: `width` of each, `stride` apart.
template <class T>
struct BackRows {
  const T* first;
  int width, stride;
};

/// to[r][j] = the sum over o, in order, of w[j][o] * from[r][o], from 0; or that is added to it.
template <bool adds, int lanes = widest, class T>
[[gnu::noinline]] inline void multiply_back(int rows, int units, const BackRows<T>& from, const T* w,
                                            int w_stride, T* to, int to_stride) {
  if constexpr (lanes > 4)
    if (from.width > saved_size / lanes)
      return multiply_back<adds, lanes / 2>(rows, units, from, w, w_stride, to, to_stride);
  if (from.width > saved_size / lanes) {
    for (int r = 0; r < rows; ++r)
      for (int j = 0; j < units; ++j) {
        T& result = to[r * to_stride + j];
        const T sum = dot(from.width, w + j * w_stride, 1, from.first + r * from.stride, 1, T(0));
        result = adds ? result + sum : sum;
      }
    return;
  }
  constexpr int tile = 8;
  T saved[saved_size], sums[tile * lanes];
  for (int j = 0; j < units; j += lanes) {
    const int count = units - j < lanes ? units - j : lanes;
    save_weights<lanes>(from.width, count, w + j * w_stride, w_stride, static_cast<T*>(saved));
    for_rows<tile>(
        rows, [&](auto n, int first) __attribute__((always_inline)) {
          input_tile_sums<lanes, 1, n()>(from.width, from.first + first * from.stride, from.stride,
                                         static_cast<const T*>(saved), static_cast<T*>(sums));
          for (int r = 0; r < n(); ++r)
            for (int k = 0; k < count; ++k) {
              T& result = to[(first + r) * to_stride + j + k];
              result = adds ? result + sums[r * lanes + k] : sums[r * lanes + k];
            }
        });
  }
}

/// What multiplies the gradients of a row and step to make those of weights: `first` at step 0 (null: zeros),
/// `rest` plus `step_stride` for each later one.
template <class T>
struct FactorRows {
  const T *first, *rest;
  int first_stride, row_stride, step_stride;

  /// The states before each step, which `after` holds from step 0 on.
  static FactorRows states(const T* before, int units, const T* after, int row_stride, int step_stride) {
    return {before, after - step_stride, units, row_stride, step_stride};
  }
};

template <class T>
inline constexpr T no_factors[8]{};
template <class T>
inline constexpr T one_factor[1]{T(1)};

/// A bias, which is multiplied by 1.
template <class T>
[[gnu::always_inline]] inline FactorRows<T> ones() {
  return {one_factor<T>, one_factor<T>, 0, 0, 0};
}

/// Gradients of the weights of some inputs and columns over all rows and steps, to rows of `to`. They go on
/// from those at `stored`, whose rows are `stride` apart, if that is not null.
template <int lanes, int vectors, int inputs, class T>
inline void step_weights_tile(int rows, int steps, const StepGradients<T>& g, const FactorRows<T>& f, int i,
                              int o, const T* stored, int stride, T* to) {
  Vector<lanes> sum[inputs][vectors] = {};
  if (stored) load_rows<lanes>(sum, stored, stride);
  for (int r = 0; r < rows; ++r)
    for (int k = 0; k < steps; ++k) {
      const T* const before = f.first ? f.first + r * f.first_stride + i : no_factors<T>;
      const T* const x = k > 0 ? f.rest + r * f.row_stride + k * f.step_stride + i : before;
      add_row_products<lanes>(x, 1, static_cast<const T*>(g.at(r, k) + o), sum);
    }
  store_rows<lanes>(sum, to, vectors * lanes);
}

/// Gradients of the weights of inputs from `first` on, which lie `w_stride` apart from `at` on. Columns are
/// outermost: those of all rows and steps then stay in the cache.
template <class T, class Sink>
[[gnu::noinline]] inline void put_step_weights(int rows, int steps, const StepGradients<T>& g,
                                               const FactorRows<T>& f, int first, int count,
                                               const Hyper& hyper, const Sink& sink, int at, int w_stride) {
  constexpr int tile = row_tile;
  if (!sink.is_open()) return;
  int done = 0;  // the last tile reaches back, and no gradient is put twice
  T sums[tile * 2 * widest];
  for_columns(
      g.width, [&](auto lanes, auto vectors, int o) __attribute__((always_inline)) {
        constexpr int width = lanes() * vectors();
        for_rows<tile>(
            first + count,
            [&](auto inputs, int i) __attribute__((always_inline)) {
              step_weights_tile<lanes(), vectors(), inputs()>(rows, steps, g, f, i, o,
                                                              sink.stored(at + i * w_stride + o), w_stride,
                                                              static_cast<T*>(sums));
              for (int n = 0; n < inputs(); ++n)
                sink.put(hyper, at + (i + n) * w_stride + done, sums + n * width + done - o,
                         width - (done - o));
            },
            first);
        done = o + width;
      });
}

/// Gradients of `count` inputs from i on, from their saved weights: `dx` may be `x`.
template <int lanes, class T>
[[gnu::always_inline]] inline void put_step_inputs(const Recurrent& d, int rows, const StepGradients<T>& g,
                                                   int i, int count, const T* saved, T* dx) {
  constexpr int tile = 8;
  T sums[tile * lanes];
  const bool by_rows = rows > d.steps;  // which tiles take together
  for (int a = 0; a < (by_rows ? d.steps : rows); ++a)
    for_rows<tile>(
        by_rows ? rows : d.steps, [&](auto n, int b) __attribute__((always_inline)) {
          const int r = by_rows ? b : a, k = by_rows ? a : b;
          input_tile_sums<lanes, 1, n()>(g.width, g.at(r, k), by_rows ? g.row_stride : g.stride, saved,
                                         static_cast<T*>(sums));
          for (int c = 0; c < n(); ++c) {
            const int row = by_rows ? r + c : r, step = by_rows ? k : k + c;
            T* const to = dx + (row * d.steps + d.time_of(step)) * d.in + i;
            for (int m = 0; m < count; ++m) to[m] = sums[c * lanes + m];
          }
        });
}

template <int lanes, class T, class Sink>
[[gnu::noinline]] inline void input_backward_blocks(const Recurrent& d, const Hyper& hyper, int rows,
                                                    const StepGradients<T>& g, const FactorRows<T>& x,
                                                    const T* kernel, T* dx, const Sink& sink) {
  T saved[saved_size];
  for (int i = 0; i < d.in; i += lanes) {
    const int count = d.in - i < lanes ? d.in - i : lanes;
    save_weights<lanes>(g.width, count, kernel + i * g.width, g.width, static_cast<T*>(saved));
    if (d.trainable) put_step_weights(rows, d.steps, g, x, i, count, hyper, sink, 0, g.width);
    put_step_inputs<lanes>(d, rows, g, i, count, static_cast<const T*>(saved), dx);
  }
}

/// The kernel's gradient and the input's: `recurrent_input_backward` of the portable kernels.
template <class T, class Sink>
[[gnu::always_inline]] inline void input_backward_of_steps(const Recurrent& d, const Hyper& hyper, int rows,
                                                           const StepGradients<T>& g, int held, const T* x,
                                                           const T* kernel, T* dx, const Sink& sink) {
  const int turn = d.backwards ? -d.in : d.in;
  const T* const first = x + d.time_of(0) * d.in;
  const FactorRows<T> f{first, first, d.steps * d.in, d.steps * d.in, turn};
  if (!d.input_gradient || !dx) {
    if (d.trainable) put_step_weights(rows, d.steps, g, f, 0, d.in, hyper, sink, 0, g.width);
  } else if (g.width <= saved_size / widest) {
    input_backward_blocks<widest>(d, hyper, rows, g, f, kernel, dx, sink);
  } else if (g.width <= saved_size / 4) {
    input_backward_blocks<4>(d, hyper, rows, g, f, kernel, dx, sink);
  } else {
    recurrent_input_backward(d, hyper, rows, g, held, x, kernel, dx, sink);
  }
}

/// y (1 - y) and 1 - y^2.
template <class V>
[[gnu::always_inline]] inline V sigmoid_slope(const V& y) {
  return y * (1.0f - y);
}
template <Single T, class V>
[[gnu::always_inline]] inline V tanh_slope(const V& y) {
  return multiply_subtract<T>(y, y, V(V{} + 1.0f));
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
