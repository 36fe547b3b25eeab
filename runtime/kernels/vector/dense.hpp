// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/dense.hpp>
#include <runtime/kernels/target.hpp>
#include <type_traits>

/// Dense kernels for AVX2 and AVX-512. Lanes and registers hold different results, never parts of one sum:
/// each result adds the same products in the same order as the portable kernels, so that the bits agree.
namespace etch::kernels::vector::inline ETCH_TARGET {

// Plain vector types: the same code for g++ and clang++, and no <immintrin.h> to compile in every program.
template <int lanes>
struct Floats;
template <>
struct Floats<1> {
  using Type = float;
};
template <>
struct Floats<4> {
  typedef float Type __attribute__((vector_size(16)));
};
template <>
struct Floats<8> {
  typedef float Type __attribute__((vector_size(32)));
};
template <>
struct Floats<16> {
  typedef float Type __attribute__((vector_size(64)));
};
inline constexpr int widest = vector_floats;           // lanes
inline constexpr int row_tile = widest == 16 ? 8 : 4;  // rows times two vectors of sums: half the registers
inline constexpr int input_tile = 4;

template <int lanes>
using Vector = typename Floats<lanes>::Type;

template <int n>
using Int = std::integral_constant<int, n>;

template <int lanes>
[[gnu::always_inline]] inline void load(Vector<lanes>& v, const float* from) {
  __builtin_memcpy(&v, from, sizeof v);
}

template <int lanes>
[[gnu::always_inline]] inline void store(const Vector<lanes>& v, float* to) {
  __builtin_memcpy(to, &v, sizeof v);
}

/// Calls f(lanes, vectors, column) for tiles that cover `width` columns. The last tile reaches back over
/// columns of the one before it where they do not divide evenly, so f must be repeatable.
template <int lanes = widest, class F>
[[gnu::always_inline]] inline void for_columns(int width, const F& f) {
  if constexpr (lanes > 1)
    if (width < lanes) return for_columns<(lanes > 4 ? lanes / 2 : 1)>(width, f);
  int o = 0;
  if constexpr (lanes == widest)
    for (; o + 2 * lanes <= width; o += 2 * lanes) f(Int<lanes>{}, Int<2>{}, o);
  for (; o + lanes <= width; o += lanes) f(Int<lanes>{}, Int<1>{}, o);
  if (o < width) f(Int<lanes>{}, Int<1>{}, width - lanes);
}

/// Calls f(count, first) for tiles of `tile` rows, then of half of it and so on.
template <int tile, class F>
[[gnu::always_inline]] inline void for_rows(int n, const F& f, int r = 0) {
  for (; r + tile <= n; r += tile) f(Int<tile>{}, r);
  if constexpr (tile > 1) for_rows<tile / 2>(n, f, r);
}

/// Adds `in` products to each sum of a tile of y; it starts from the bias at the first input.
template <int lanes, int vectors, int rows>
inline void forward_tile(int stride, int in, int out, const float* x, const float* w, const float* start,
                         int start_stride, float* y) {
  Vector<lanes> sum[rows][vectors] = {};
  if (start)
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) load<lanes>(sum[r][v], start + r * start_stride + v * lanes);
  for (int i = 0; i < in; ++i, w += out) {
    Vector<lanes> wi[vectors];
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) load<lanes>(wi[v], w + v * lanes);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) sum[r][v] += x[r * stride + i] * wi[v];
  }
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r)
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) store<lanes>(sum[r][v], y + r * out + v * lanes);
}

/// Inputs whose weights all rows use before the next ones, while they are in the first-level cache. The sums
/// wait in y meanwhile, which rounds nothing.
inline constexpr int forward_block = 64;

[[gnu::always_inline]] inline void dense_forward(const DenseForward& d, int rows, const float* x,
                                                 const float* w, const float* b, float* y) {
  const int n = rows * d.positions;
  const int block = n > row_tile ? forward_block : d.in;
  for_columns(d.out, [&](auto lanes, auto vectors, int o) {
    for (int i = 0; i < d.in; i += block) {  // inside a tile of columns, because tiles may overlap
      const int count = d.in - i < block ? d.in - i : block;
      for_rows<row_tile>(n, [&](auto tile, int r) {
        const float* start = i > 0 ? y + r * d.out + o : d.bias ? b + o : nullptr;
        forward_tile<lanes(), vectors(), tile()>(d.in, count, d.out, x + r * d.in + i, w + i * d.out + o,
                                                 start, i > 0 ? d.out : 0, y + r * d.out + o);
      });
    }
  });
  if (d.activation != ActivationKind::linear) activate(d.activation, y, y, n, d.out);
}

template <int lanes, int vectors>
inline void bias_tile(int n, int out, const float* dy, float* to) {
  Vector<lanes> sum[vectors] = {};
  for (int r = 0; r < n; ++r, dy += out)
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) {
      Vector<lanes> dyr;
      load<lanes>(dyr, dy + v * lanes);
      sum[v] += dyr;
    }
#pragma GCC unroll 8
  for (int v = 0; v < vectors; ++v) store<lanes>(sum[v], to + v * lanes);
}

/// Weight gradients of some inputs and columns, to rows of `to` that are `width` apart.
template <int lanes, int vectors, int inputs>
inline void weight_tile(int n, int in, int out, const float* x, const float* dy, float* to, int width) {
  Vector<lanes> sum[inputs][vectors] = {};
  for (int r = 0; r < n; ++r, x += in, dy += out) {
    Vector<lanes> dyr[vectors];
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) load<lanes>(dyr[v], dy + v * lanes);
#pragma GCC unroll 8
    for (int i = 0; i < inputs; ++i)
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) sum[i][v] += x[i] * dyr[v];
  }
#pragma GCC unroll 8
  for (int i = 0; i < inputs; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) store<lanes>(sum[i][v], to + i * width + v * lanes);
}

inline constexpr int span = 512;  // columns whose gradients are collected before they go to the sink

[[gnu::always_inline]] inline void bias_backward(const DenseBackward& d, const Hyper& h, int n,
                                                 const float* dy, const GradientSink<float>& sink) {
  float sums[span];
  for (int c = 0; c < d.out; c += span) {
    const int width = d.out - c < span ? d.out - c : span;
    for_columns(width, [&](auto lanes, auto vectors, int o) {
      bias_tile<lanes(), vectors()>(n, d.out, dy + c + o, sums + o);
    });
    sink.put(h, c, sums, width);
  }
}

/// Gradients of the weights of `count` inputs from `first` on, into the sink.
[[gnu::always_inline]] inline void weight_backward(const DenseBackward& d, const Hyper& h, int n, int first,
                                                   int count, const float* dy, const float* x,
                                                   const GradientSink<float>& sink) {
  float sums[input_tile * span];
  for_rows<input_tile>(
      first + count,
      [&](auto inputs, int i) {
        for (int c = 0; c < d.out; c += span) {
          const int width = d.out - c < span ? d.out - c : span;
          for_columns(width, [&](auto lanes, auto vectors, int o) {
            weight_tile<lanes(), vectors(), inputs()>(n, d.in, d.out, x + i, dy + c + o, sums + o, width);
          });
          if (width == d.out) {  // the rows follow each other in the weights too
            sink.put(h, i * d.out, sums, inputs() * width);
            continue;
          }
          for (int k = 0; k < inputs(); ++k) sink.put(h, (i + k) * d.out + c, sums + k * width, width);
        }
      },
      first);
}

/// to[c][r] = from[r][c] of 4 x 4 floats.
inline void transpose4(const float* from, int from_stride, float* to, int to_stride) {
  Vector<4> r[4];
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) load<4>(r[k], from + k * from_stride);
  const Vector<4> low01 = __builtin_shufflevector(r[0], r[1], 0, 4, 1, 5);
  const Vector<4> high01 = __builtin_shufflevector(r[0], r[1], 2, 6, 3, 7);
  const Vector<4> low23 = __builtin_shufflevector(r[2], r[3], 0, 4, 1, 5);
  const Vector<4> high23 = __builtin_shufflevector(r[2], r[3], 2, 6, 3, 7);
  store<4>(__builtin_shufflevector(low01, low23, 0, 1, 4, 5), to);
  store<4>(__builtin_shufflevector(low01, low23, 2, 3, 6, 7), to + to_stride);
  store<4>(__builtin_shufflevector(high01, high23, 0, 1, 4, 5), to + 2 * to_stride);
  store<4>(__builtin_shufflevector(high01, high23, 2, 3, 6, 7), to + 3 * to_stride);
}

/// saved[o][k] = w[k][o], with zeros beyond `count` inputs.
template <int lanes>
inline void save_weights(int out, int count, const float* w, float* saved) {
  if (count == lanes && out >= 4) {
    for (int o = 0; o < out; o += 4) {
      const int at = o < out - 4 ? o : out - 4;  // the last piece reaches back
      for (int k = 0; k < lanes; k += 4) transpose4(w + k * out + at, out, saved + at * lanes + k, lanes);
    }
    return;
  }
  for (int k = 0; k < lanes; ++k)
    for (int o = 0; o < out; ++o) saved[o * lanes + k] = k < count ? w[k * out + o] : 0.0f;
}

template <int lanes, int rows>
inline void input_tile_sums(int out, const float* dy, const float* saved, float* to) {
  Vector<lanes> sum[rows] = {};
  for (int o = 0; o < out; ++o, saved += lanes) {
    Vector<lanes> wo;
    load<lanes>(wo, saved);
#pragma GCC unroll 8
    for (int r = 0; r < rows; ++r) sum[r] += wo * dy[r * out + o];
  }
#pragma GCC unroll 8
  for (int r = 0; r < rows; ++r) store<lanes>(sum[r], to + r * lanes);
}

/// dx of `count` inputs, from their weights before the update. `dx` may be `x`.
template <int lanes>
[[gnu::always_inline]] inline void input_backward(const DenseBackward& d, int n, int count, const float* dy,
                                                  const float* x, const float* saved, float* dx) {
  constexpr int tile = 8;
  float sums[tile * lanes];
  for_rows<tile>(n, [&](auto rows, int first) {
    input_tile_sums<lanes, rows()>(d.out, dy + first * d.out, saved, sums);
    for (int r = 0; r < rows(); ++r) {
      const int at = (first + r) * d.in;
      const float* sum = sums + r * lanes;
      if (count == lanes)
        for (int k = 0; k < lanes; ++k) dx[at + k] = sum[k] * derivative(d.input_activation, x[at + k]);
      else
        for (int k = 0; k < count; ++k) dx[at + k] = sum[k] * derivative(d.input_activation, x[at + k]);
    }
  });
}

/// Floats on the stack for the weights of a block of inputs. More outputs make the block narrower, down to 4
/// inputs.
inline constexpr int saved_size = 8192;

constexpr bool dense_backward_fits(const DenseBackward& d) {
  return !d.input_gradient || d.out <= saved_size / 4;
}

/// Block after block of `lanes` inputs, because the update of a block writes the weights and `dx` may be `x`.
template <int lanes = widest>
[[gnu::always_inline]] inline void dense_backward_blocks(const DenseBackward& d, const Hyper& h, int n,
                                                         const float* dy, const float* x, const float* w,
                                                         float* dx, const GradientSink<float>& kernel) {
  if constexpr (lanes > 4)
    if (d.input_gradient && d.out > saved_size / lanes)
      return dense_backward_blocks<lanes / 2>(d, h, n, dy, x, w, dx, kernel);
  float saved[saved_size];
  for (int i = 0; i < d.in; i += lanes) {
    const int count = d.in - i < lanes ? d.in - i : lanes;
    if (d.input_gradient) save_weights<lanes>(d.out, count, w + i * d.out, saved);
    if (d.trainable) weight_backward(d, h, n, i, count, dy, x, kernel);
    if (d.input_gradient) input_backward<lanes>(d, n, count, dy, x + i, saved, dx + i);
  }
}

[[gnu::always_inline]] inline void dense_backward(const DenseBackward& d, const Hyper& h, int rows,
                                                  const float* dy, const float* x, const float* w, float* dx,
                                                  float* held, const GradientSink<float>& kernel,
                                                  const GradientSink<float>& bias) {
  if (!dense_backward_fits(d)) return portable::dense_backward(d, h, rows, dy, x, w, dx, held, kernel, bias);
  const int n = rows * d.positions;
  if (d.bias && d.trainable) bias_backward(d, h, n, dy, bias);
  dense_backward_blocks(d, h, n, dy, x, w, dx, kernel);
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
