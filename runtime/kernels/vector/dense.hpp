// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/dense.hpp>
#include <runtime/kernels/portable/dense_backward.hpp>
#include <runtime/kernels/vector/tiles.hpp>

/// Dense kernels for AVX2 and AVX-512. Lanes and registers hold different results, never parts of one sum:
/// each result adds the same products in the same order as the portable kernels, so that the bits agree.
namespace etch::kernels::vector::inline ETCH_TARGET {

inline constexpr int input_tile = 4;

/// Adds `in` products to each sum of a tile of y; it starts from the bias at the first input. The weights of
/// an input are `w_stride` behind those of the one before.
template <int lanes, int vectors, int rows, class T>
inline void forward_tile(int stride, int in, int w_stride, int out, const T* x, const T* w, const T* start,
                         int start_stride, T* y) {
  Vector<lanes> sum[rows][vectors] = {};
  if (start) load_rows<lanes>(sum, start, start_stride);
  for (int i = 0; i < in; ++i, w += w_stride) add_row_products<lanes>(x + i, stride, w, sum);
  store_rows<lanes>(sum, y, out);
}

/// Outputs from which on the weights of inputs lie so far apart that they share few lines of the first-level
/// cache.
inline constexpr int wide_layer = 256;

/// Tiles of `width` columns of a layer of `out`. Those of a wide one are whole vectors: fewer of them ask for
/// each line.
template <class T, class F>
[[gnu::always_inline]] inline void for_layer_columns(int out, int width, const F& f) {
  if (half_tiles<T> && out < wide_layer)
    for_columns<2, tile_lanes<T>>(width, f);
  else
    for_columns(width, f);
}

/// Inputs whose weights all rows use before the next ones, while they are in the first-level cache: tiles of
/// halves have all of theirs in half as many of its sets. The sums wait in y meanwhile, which rounds nothing.
template <class T, int lanes>
inline constexpr int forward_block = half_tiles<T>&& lanes == tile_lanes<T> ? 32 : 64;

/// A single row: as many sums at a time as hide how long an addition takes, in order of the weights'
/// addresses.
template <class T>
[[gnu::always_inline]] inline void dense_forward_row(const DenseForward& d, const T* x, const T* w,
                                                     const T* b, T* y) {
  for_columns<single_row>(
      d.out, [&](auto lanes, auto vectors, int o) __attribute__((always_inline)) {
        forward_tile<lanes(), vectors(), 1>(d.in, d.in, d.out, d.out, x, w + o, d.bias ? b + o : nullptr, 0,
                                            y + o);
      });
}

/// Some inputs' products for `n` rows: sums that stand in y go on, where these are not the first.
template <class T>
[[gnu::always_inline]] inline void dense_forward_columns(const DenseForward& d, int n, Range inputs,
                                                         const T* x, const T* w, const T* b, T* y) {
  for_layer_columns<T>(d.out, d.out, [&](auto lanes, auto vectors, int o) {
    const int block = n > row_tile ? forward_block<T, lanes()> : inputs.size();
    // Inside a tile of columns, because tiles may overlap.
    for (int i = inputs.first; i < inputs.end; i += block) {
      const int count = inputs.end - i < block ? inputs.end - i : block;
      for_rows<row_tile>(n, [&](auto tile, int r) {
        const T* start = i > 0 ? y + r * d.out + o : d.bias ? b + o : nullptr;
        forward_tile<lanes(), vectors(), tile()>(d.in, count, d.out, d.out, x + r * d.in + i,
                                                 w + i * d.out + o, start, i > 0 ? d.out : 0,
                                                 y + r * d.out + o);
      });
    }
  });
}

/// Whether a layer's weights are copied, a block of a tile's columns at a time, for many rows to read: a wide
/// one's, and for very many rows also those that share fewer lines than there are.
constexpr bool packs_weights(const DenseForward& d, int n) {
  return (d.out >= wide_layer && n > (widest == 16 ? 32 : 15)) || (d.out >= 128 && n >= 128);
}
inline constexpr int packed_size = 4096;

/// The same for all inputs, from such a copy.
template <class T>
[[gnu::noinline]] void dense_forward_packed(const DenseForward& d, int n, const T* x, const T* w, const T* b,
                                            T* y) {
  T panel[packed_size];
  for_layer_columns<T>(d.out, d.out, [&](auto lanes, auto vectors, int o) {
    constexpr int width = lanes() * vectors(), block = packed_size / width;
    for (int i = 0; i < d.in; i += block) {
      const int count = d.in - i < block ? d.in - i : block;
      for (int k = 0; k < count; ++k)
        __builtin_memcpy(panel + k * width, w + (i + k) * d.out + o, width * sizeof(T));
      for_rows<row_tile>(n, [&](auto tile, int r) {
        const T* start = i > 0 ? y + r * d.out + o : d.bias ? b + o : nullptr;
        forward_tile<lanes(), vectors(), tile()>(d.in, count, width, d.out, x + r * d.in + i,
                                                 static_cast<const T*>(panel), start, i > 0 ? d.out : 0,
                                                 y + r * d.out + o);
      });
    }
  });
}

template <Single T>
[[gnu::always_inline]] inline void dense_forward(const DenseForward& d, int rows, const T* x, const T* w,
                                                 const T* b, T* y) {
  if constexpr (has_form<T>) {
    const int n = rows * d.positions;
    if (n == 1)
      dense_forward_row(d, x, w, b, y);
    else if (packs_weights(d, n))
      dense_forward_packed(d, n, x, w, b, y);
    else
      dense_forward_columns(d, n, {0, d.in}, x, w, b, y);
    if (d.activation != ActivationKind::linear) activate(d.activation, y, y, n, d.out);
  } else {
    portable::dense_forward(d, rows, x, w, b, y);
  }
}

/// Whether sums can wait in y for another thread that goes on with them: no tile of columns overlaps another.
template <Single T>
constexpr bool dense_forward_links(const DenseForward& d) {
  return has_form<T> && d.out % widest == 0;
}
/// Some inputs' products for some rows, counted with their positions: the first inputs' begin the sums, the
/// last ones' end them.
template <Single T>
inline void dense_forward_link(const DenseForward& d, Range rows, Range inputs, const T* x, const T* w,
                               const T* b, T* y) {
  if (inputs.size() == 0) return;
  if constexpr (has_form<T>) {
    T* const results = y + rows.first * d.out;
    dense_forward_columns(d, rows.size(), inputs, x + rows.first * d.in, w, b, results);
    if (inputs.end == d.in && d.activation != ActivationKind::linear)
      activate(d.activation, results, results, rows.size(), d.out);
  }
}

template <int lanes, int vectors, class T>
inline void bias_tile(int n, int out, const T* dy, T* to) {
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
template <int lanes, int vectors, int inputs, class T>
inline void weight_tile(int n, int in, int out, const T* x, const T* dy, T* to, int width) {
  Vector<lanes> sum[inputs][vectors];
#pragma GCC unroll 4
  for (int i = 0; i < inputs; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) sum[i][v] = -Vector<lanes>{};
  for (int r = 0; r < n; ++r, x += in, dy += out) add_row_products<lanes>(x, 1, dy, sum);
  store_rows<lanes>(sum, to, width);
}

inline constexpr int span = 512;  // columns whose gradients are collected before they go to the sink

template <class T>
[[gnu::always_inline]] inline void bias_backward(const DenseBackward& d, const Hyper& h, int n, const T* dy,
                                                 const GradientSink<T>& sink) {
  T sums[span];
  for (int c = 0; c < d.out; c += span) {
    const int width = d.out - c < span ? d.out - c : span;
    for_columns(width, [&](auto lanes, auto vectors, int o) {
      bias_tile<lanes(), vectors()>(n, d.out, dy + c + o, sums + o);
    });
    sink.put(h, c, sums, width);
  }
}

/// Gradients of the weights of `count` inputs from `first` on, into the sink.
template <class T>
[[gnu::always_inline]] inline void weight_backward(const DenseBackward& d, const Hyper& h, int n, int first,
                                                   int count, const T* dy, const T* x,
                                                   const GradientSink<T>& sink) {
  T sums[input_tile * span];
  for_rows<input_tile>(
      first + count,
      [&](auto inputs, int i) {
        for (int c = 0; c < d.out; c += span) {
          const int width = d.out - c < span ? d.out - c : span;
          for_layer_columns<T>(d.out, width, [&](auto lanes, auto vectors, int o) {
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
template <class T>
inline void transpose4(const T* from, int from_stride, T* to, int to_stride) {
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

/// saved[o][k] = w[k][o] of rows that are `stride` apart, with zeros beyond `count` inputs.
template <int lanes, class T>
inline void save_weights(int out, int count, const T* w, int stride, T* saved) {
  if (count == lanes && out >= 4) {
    for (int o = 0; o < out; o += 4) {
      const int at = o < out - 4 ? o : out - 4;  // the last piece reaches back
      for (int k = 0; k < lanes; k += 4)
        transpose4(w + k * stride + at, stride, saved + at * lanes + k, lanes);
    }
    return;
  }
  for (int k = 0; k < lanes; ++k)
    for (int o = 0; o < out; ++o) saved[o * lanes + k] = k < count ? w[k * stride + o] : T(0);
}

/// Input gradients of a block of inputs and some rows, whose dy are `stride` apart.
template <int lanes, int vectors, int rows, class T>
inline void input_tile_sums(int out, const T* dy, int stride, const T* saved, T* to) {
  Vector<lanes> sum[rows][vectors] = {};
  for (int o = 0; o < out; ++o, saved += vectors * lanes) add_row_products<lanes>(dy + o, stride, saved, sum);
  store_rows<lanes>(sum, to, vectors * lanes);
}

/// The gradients of `count` inputs of a row. Compilers make no vectors of a choice between objects of a
/// class, so that of ReLU is one between floats.
template <class T>
[[gnu::always_inline]] inline void put_input_gradients(const DenseBackward& d, int count, const T* sum,
                                                       const T* x, T* dx) {
  if (d.input_activation == ActivationKind::relu)
    for (int k = 0; k < count; ++k) plain(dx)[k] = plain(sum)[k] * (plain(x)[k] > 0 ? 1.0f : 0.0f);
  else
    for (int k = 0; k < count; ++k) dx[k] = dense_input_gradient(d, sum[k], x, k);
}

/// dx of `count` inputs, from their weights before the update. `dx` may be `x`.
template <int width, class T>
[[gnu::always_inline]] inline void input_backward(const DenseBackward& d, int n, int count, const T* dy,
                                                  const T* x, const T* saved, T* dx) {
  constexpr int lanes = width < tile_lanes<T> ? width : tile_lanes<T>, vectors = width / lanes;
  constexpr int tile = vectors > 1 ? row_tile : 8;
  T sums[tile * width];
  for_rows<tile>(n, [&](auto rows, int first) {
    input_tile_sums<lanes, vectors, rows()>(d.out, dy + first * d.out, d.out, saved, sums);
    for (int r = 0; r < rows(); ++r) {
      const int at = (first + r) * d.in;
      const T *const sum = sums + r * width, *const xr = x ? x + at : x;
      if (count == width)
        put_input_gradients(d, width, sum, xr, dx + at);
      else
        put_input_gradients(d, count, sum, xr, dx + at);
    }
  });
}

/// Floats on the stack for the weights of a block of inputs. More outputs make the block narrower, down to 4
/// inputs.
inline constexpr int saved_size = 8192;

constexpr bool dense_backward_fits(const DenseBackward& d) {
  return !d.input_gradient || d.out <= saved_size / 4;
}

/// Some inputs, block after block of `width`, because the update of a block writes the weights and `dx` may
/// be `x`.
template <int width, class T>
[[gnu::always_inline]] inline void dense_backward_blocks(const DenseBackward& d, const Hyper& h, int n,
                                                         Range inputs, const T* dy, const T* x, const T* w,
                                                         T* dx, const GradientSink<T>& kernel) {
  // Two vectors where no block is left in part.
  if constexpr (width > 4)
    if (d.input_gradient &&
        (d.out > saved_size / width || (width > tile_lanes<T> && inputs.size() % width != 0)))
      return dense_backward_blocks<width / 2>(d, h, n, inputs, dy, x, w, dx, kernel);
  T saved[saved_size];
  for (int i = inputs.first; i < inputs.end; i += width) {
    const int count = inputs.end - i < width ? inputs.end - i : width;
    if (d.input_gradient) save_weights<width>(d.out, count, w + i * d.out, d.out, saved);
    if (d.trainable && kernel.is_open()) weight_backward(d, h, n, i, count, dy, x, kernel);
    if (d.input_gradient) input_backward<width>(d, n, count, dy, x ? x + i : x, saved, dx + i);
  }
}

template <Single T>
[[gnu::always_inline]] inline void dense_backward(const DenseBackward& d, const Hyper& h, int rows,
                                                  const T* dy, const T* x, const T* w, T* dx, T* held,
                                                  const GradientSink<T>& kernel,
                                                  const GradientSink<T>& bias) {
  if (!has_form<T> || !dense_backward_fits(d))
    return portable::dense_backward(d, h, rows, dy, x, w, dx, held, kernel, bias);
  if constexpr (has_form<T>) {
    const int n = rows * d.positions;
    if (d.bias && d.trainable && bias.is_open()) bias_backward(d, h, n, dy, bias);
    dense_backward_blocks<2 * tile_lanes<T>>(d, h, n, {0, d.in}, dy, x, w, dx, kernel);
  }
}

/// What a share of the backward pass does: all of some inputs, and the last share the bias.
template <Single T>
inline void dense_backward_share(const DenseBackward& d, const Hyper& h, int rows, Share share, const T* dy,
                                 const T* x, const T* w, T* dx, T* held, const GradientSink<T>& kernel,
                                 const GradientSink<T>& bias) {
  if (!has_form<T> || !dense_backward_fits(d))
    return portable::dense_backward_share(d, h, rows, share, dy, x, w, dx, held, kernel, bias);
  if constexpr (has_form<T>) {
    const int n = rows * d.positions;
    if (d.bias && d.trainable && bias.is_open() && share.is_last()) bias_backward(d, h, n, dy, bias);
    dense_backward_blocks<2 * tile_lanes<T>>(d, h, n, share.among(d.in, inputs_of_share), dy, x, w, dx,
                                             kernel);
  }
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
