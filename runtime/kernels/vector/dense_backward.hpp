// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/dense_backward.hpp>
#include <runtime/kernels/vector/dense.hpp>

/// The backward pass of dense layers, by the rules of dense.hpp.
namespace etch::kernels::vector::inline ETCH_TARGET {

inline constexpr int input_tile = 4;

/// Sums go on from those at `stored`, if that is not null.
template <int lanes, int vectors, class T>
inline void bias_tile(int n, int out, const T* dy, const T* stored, T* to) {
  Vector<lanes> sum[vectors] = {};
  if (stored)
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) load<lanes>(sum[v], stored + v * lanes);
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

/// Weight gradients of some inputs and columns, to rows of `to` that are `width` apart. They go on from those
/// at `stored`, if that is not null.
template <int lanes, int vectors, int inputs, class T>
inline void weight_tile(int n, int in, int out, const T* x, const T* dy, const T* stored, T* to, int width) {
  Vector<lanes> sum[inputs][vectors];
#pragma GCC unroll 4
  for (int i = 0; i < inputs; ++i)
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) sum[i][v] = -Vector<lanes>{};
  if (stored) load_rows<lanes>(sum, stored, out);
  for (int r = 0; r < n; ++r, x += in, dy += out) add_row_products<lanes>(x, 1, dy, sum);
  store_rows<lanes>(sum, to, width);
}

inline constexpr int span = 512;  // columns whose gradients are collected before they go to the sink

template <class T, class Sink>
[[gnu::always_inline]] inline void bias_backward(const DenseBackward& d, const Hyper& h, int n, const T* dy,
                                                 const Sink& sink) {
  T sums[span];
  for (int c = 0; c < d.out; c += span) {
    const int width = d.out - c < span ? d.out - c : span;
    for_columns(width, [&](auto lanes, auto vectors, int o) {
      bias_tile<lanes(), vectors()>(n, d.out, dy + c + o, sink.stored(c + o), sums + o);
    });
    sink.put(h, c, sums, width);
  }
}

/// Gradients of the weights of `count` inputs from `first` on, into the sink.
template <class T, class Sink>
[[gnu::always_inline]] inline void weight_backward(const DenseBackward& d, const Hyper& h, int n, int first,
                                                   int count, const T* dy, const T* x, const Sink& sink) {
  T sums[input_tile * span];
  for_rows<input_tile>(
      first + count,
      [&](auto inputs, int i) {
        for (int c = 0; c < d.out; c += span) {
          const int width = d.out - c < span ? d.out - c : span;
          for_layer_columns<T>(d.out, width, [&](auto lanes, auto vectors, int o) {
            weight_tile<lanes(), vectors(), inputs()>(n, d.in, d.out, x + i, dy + c + o,
                                                      sink.stored(i * d.out + c + o), sums + o, width);
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

/// Room for copies of the gradients of a wide layer's results: rows of these lie as far apart as its weights.
inline constexpr int panels_size = 32768, panels_rows = panels_size / wide_layer;

/// Columns of all panels of `out`: the last one is filled up with zeros.
constexpr int panel_columns(int out) { return (out + panel_width - 1) / panel_width * panel_width; }
/// Whether there is use for such copies, and room.
constexpr bool packs_gradients(const DenseBackward& d) { return d.trainable != 0 && d.out >= wide_layer; }
constexpr bool panels_fit(const DenseBackward& d, int n) {
  return n >= 8 && n <= panels_rows && n * panel_columns(d.out) <= panels_size;
}

/// panels[p][r] = the columns of panel p of row r.
template <class T>
[[gnu::noinline]] void pack_panels(int n, int out, const T* rows, T* panels) {
  for (int o = 0; o < out; o += panel_width)
    for (int r = 0; r < n; ++r, panels += panel_width) {
      const T* const from = rows + r * out + o;
      const int width = out - o < panel_width ? out - o : panel_width;
      for (int k = width; k < panel_width; ++k) panels[k] = T(0);
      __builtin_memcpy(panels, from, static_cast<unsigned>(width) * sizeof(T));
    }
}

/// Weight gradients of some inputs and a panel's columns, from copies of both, to rows of `to` that are
/// `width` apart.
template <int inputs, class T>
inline void panel_weight_tile(int n, const T* x, const T* panel, T* to, int width) {
  Vector<widest> sum[inputs][2];
#pragma GCC unroll 8
  for (int i = 0; i < inputs; ++i)
#pragma GCC unroll 2
    for (int v = 0; v < 2; ++v) sum[i][v] = -Vector<widest>{};
  for (int r = 0; r < n; ++r, x += inputs, panel += panel_width) add_row_products<widest>(x, 1, panel, sum);
  store_rows<widest>(sum, to, width);
}

/// The gradients of whole panels that are kept, to where they go, which is asked for a panel ahead: a line
/// that is written comes from afar first. Returns the first column that is left.
template <int inputs, class T>
[[gnu::always_inline]] inline int keep_panels(const DenseBackward& d, int n, const T* x, const T* panels,
                                              T* to) {
  constexpr int line = line_bytes / sizeof(T);
  int o = 0;
  for (; o + panel_width <= d.out; o += panel_width) {
    if (o + 2 * panel_width <= d.out)
      for (int k = 0; k < inputs; ++k)
        for (int c = 0; c < panel_width; c += line)
          __builtin_prefetch(to + k * d.out + o + panel_width + c, 1);
    panel_weight_tile<inputs>(n, x, panels + o * n, to + o, d.out);
  }
  return o;
}

/// `weight_backward` by panels of dy.
template <class T, class Sink>
[[gnu::always_inline]] inline void weight_backward_panels(const DenseBackward& d, const Hyper& h, int n,
                                                          int first, int count, const T* panels, const T* x,
                                                          const Sink& sink) {
  constexpr int columns = 256;  // whose sums are collected before they go to the sink
  alignas(line_bytes) T numbers[row_tile * panels_rows];
  alignas(line_bytes) T sums[row_tile * columns];
  for_rows<row_tile>(
      first + count,
      [&](auto inputs, int i) {
        for (int r = 0; r < n; ++r)
          __builtin_memcpy(numbers + r * inputs(), x + r * d.in + i, inputs() * sizeof(T));
        T* const to = sink.kept(i * d.out);
        const int done = to ? keep_panels<inputs()>(d, n, static_cast<const T*>(numbers), panels, to) : 0;
        for (int c = done; c < d.out; c += columns) {
          const int width = d.out - c < columns ? d.out - c : columns;
          for (int o = 0; o < width; o += panel_width)
            panel_weight_tile<inputs()>(n, static_cast<const T*>(numbers), panels + (c + o) * n, sums + o,
                                        columns);
          for (int k = 0; k < inputs(); ++k) sink.put(h, (i + k) * d.out + c, sums + k * columns, width);
        }
      },
      first);
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

/// dx of `count` inputs of a row, from their sums. Where these are all of them, the compiler knows how many.
/// \param at the first input's place
template <int width, class T>
[[gnu::always_inline]] inline void put_input_row(const DenseBackward& d, int count, int at, const T* sum,
                                                 const T* x, T* dx) {
  const T* const inputs = x ? x + at : x;
  if (count == width)
    put_input_gradients(d, width, sum, inputs, dx + at);
  else
    put_input_gradients(d, count, sum, inputs, dx + at);
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
    for (int r = 0; r < rows(); ++r)
      put_input_row<width>(d, count, (first + r) * d.in, sums + r * width, x, dx);
  });
}

/// Room for the gradients of results as columns, and for how many rows of these there is use.
inline constexpr int turned_size = 4096 * widest, turned_rows = 128;

constexpr int turned_width(int n, int lanes) { return (n + lanes - 1) / lanes * lanes; }
/// Whether lanes of input gradients are rows: weights then stay where they are, and dy is turned, where that
/// is less than they are. Most lanes must have a row of their own: the last tile reaches back.
template <class T>
constexpr bool turns_gradients(const DenseBackward& d, int n) {
  const int width = turned_width(n, tile_lanes<T>);
  return d.input_gradient && n >= tile_lanes<T> && 4 * n >= 3 * width && n <= turned_rows && 2 * n <= d.out &&
         width * d.out <= turned_size;
}

/// Calls f(lanes, vectors, row, place) for the rows of each tile, whose columns begin at `place`. There are
/// as many rows as lanes: the last tile reaches back.
template <class T, class F>
[[gnu::always_inline]] inline void for_turned_rows(int n, int out, const F& f) {
  int place = 0;
  const auto tile = [&](auto lanes, auto vectors, int r) {
    f(lanes, vectors, r, place);
    place += lanes() * vectors() * out;
  };
  const int done = for_wide_columns<2, tile_lanes<T>>(n, tile);
  if (done < n) tile(Int<tile_lanes<T>>{}, Int<1>{}, n - tile_lanes<T>);
}

/// Of each tile of rows, to[o][r] = dy[r][o].
template <class T>
[[gnu::noinline]] void turn_gradients(int n, int out, const T* dy, T* to) {
  for_turned_rows<T>(n, out, [&](auto lanes, auto vectors, int r, int place) {
    pack_rows<lanes() * vectors()>(dy + r * out, out, out, to + place);
  });
}

/// Input gradients of some inputs and a tile's rows, to rows of `to` that are `stride` apart: one an input.
template <int lanes, int vectors, int inputs, class T>
inline void turned_tile(int out, const T* w, const T* turned, T* to, int stride) {
  Vector<lanes> sum[inputs][vectors] = {};
  for (int o = 0; o < out; ++o, ++w, turned += vectors * lanes) add_row_products<lanes>(w, out, turned, sum);
  store_rows<lanes>(sum, to, stride);
}

/// sums[i][r] of `count` inputs, from their weights before the update.
template <class T>
[[gnu::always_inline]] inline void input_sums(const DenseBackward& d, int n, int count, const T* w,
                                              const T* turned, T* sums) {
  for_turned_rows<T>(n, d.out, [&](auto lanes, auto vectors, int r, int place) {
    for_rows<row_tile>(count, [&](auto inputs, int i) {
      turned_tile<lanes(), vectors(), inputs()>(d.out, w + i * d.out, turned + place, sums + i * n + r, n);
    });
  });
}

/// dx of `count` inputs from their sums. `dx` may be `x`.
template <int width, class T>
[[gnu::always_inline]] inline void put_input_sums(const DenseBackward& d, int n, int count, const T* sums,
                                                  const T* x, T* dx) {
  T part[4 * width];
  for (int first = 0; first < n; first += 4) {
    const int rows = n - first < 4 ? n - first : 4;
    if (count == width)
      pack_rows<width>(sums + first, n, rows, part);
    else
      for (int r = 0; r < rows; ++r)
        for (int i = 0; i < count; ++i) part[r * width + i] = sums[i * n + first + r];
    for (int r = 0; r < rows; ++r)
      put_input_row<width>(d, count, (first + r) * d.in, part + r * width, x, dx);
  }
}

/// Floats on the stack for the weights of a block of inputs. More outputs make the block narrower, down to 4
/// inputs.
inline constexpr int saved_size = 8192;

constexpr bool dense_backward_fits(const DenseBackward& d) {
  return !d.input_gradient || d.out <= saved_size / 4;
}

/// Weight gradients of `count` inputs from `first` on. `panels` are of dy, or null.
template <class T, class Sink>
[[gnu::always_inline]] inline void weight_backward_of(const DenseBackward& d, const Hyper& h, int n,
                                                      int first, int count, const T* dy, const T* panels,
                                                      const T* x, const Sink& kernel) {
  if (panels)
    weight_backward_panels(d, h, n, first, count, panels, x, kernel);
  else if (d.trainable && kernel.is_open())
    weight_backward(d, h, n, first, count, dy, x, kernel);
}

/// Some inputs, block after block of `width`, because the update of a block writes the weights and `dx` may
/// be `x`.
template <int width, class T, class Sink>
[[gnu::always_inline]] inline void dense_backward_blocks(const DenseBackward& d, const Hyper& h, int n,
                                                         Range inputs, const T* dy, const T* panels,
                                                         const T* x, const T* w, T* dx, const Sink& kernel) {
  // Two vectors where no block is left in part.
  if constexpr (width > 4)
    if (d.input_gradient &&
        (d.out > saved_size / width || (width > tile_lanes<T> && inputs.size() % width != 0)))
      return dense_backward_blocks<width / 2>(d, h, n, inputs, dy, panels, x, w, dx, kernel);
  T saved[saved_size];
  for (int i = inputs.first; i < inputs.end; i += width) {
    const int count = inputs.end - i < width ? inputs.end - i : width;
    if (d.input_gradient) save_weights<width>(d.out, count, w + i * d.out, d.out, saved);
    weight_backward_of(d, h, n, i, count, dy, panels, x, kernel);
    if (d.input_gradient) input_backward<width>(d, n, count, dy, x ? x + i : x, saved, dx + i);
  }
}

/// The same with lanes that are rows.
template <class T, class Sink>
[[gnu::noinline]] void dense_backward_turned(const DenseBackward& d, const Hyper& h, int n, Range inputs,
                                             const T* dy, const T* panels, const T* x, const T* w, T* dx,
                                             const Sink& kernel) {
  constexpr int width = 32;
  alignas(line_bytes) T turned[turned_size];
  alignas(line_bytes) T sums[width * turned_rows];
  turn_gradients(n, d.out, dy, turned);
  for (int i = inputs.first; i < inputs.end; i += width) {
    const int count = inputs.end - i < width ? inputs.end - i : width;
    input_sums(d, n, count, w + i * d.out, static_cast<const T*>(turned), sums);
    weight_backward_of(d, h, n, i, count, dy, panels, x, kernel);
    put_input_sums<width>(d, n, count, static_cast<const T*>(sums), x ? x + i : x, dx + i);
  }
}

template <class T, class Sink>
[[gnu::always_inline]] inline void dense_backward_chosen(const DenseBackward& d, const Hyper& h, int n,
                                                         Range inputs, const T* dy, const T* panels,
                                                         const T* x, const T* w, T* dx, const Sink& kernel) {
  if (turns_gradients<T>(d, n))
    dense_backward_turned(d, h, n, inputs, dy, panels, x, w, dx, kernel);
  else
    dense_backward_blocks<2 * tile_lanes<T>>(d, h, n, inputs, dy, panels, x, w, dx, kernel);
}

/// The same, with gradients of rows in panels where that is worth it and sums begin here.
template <class T, class Sink>
[[gnu::always_inline]] inline void dense_backward_inputs(const DenseBackward& d, const Hyper& h, int n,
                                                         Range inputs, const T* dy, const T* x, const T* w,
                                                         T* dx, const Sink& kernel) {
  if (packs_gradients(d) && panels_fit(d, n) && kernel.is_open() && !kernel.goes_on()) {
    alignas(line_bytes) T panels[panels_size];
    pack_panels(n, d.out, dy, panels);
    return dense_backward_chosen(d, h, n, inputs, dy, static_cast<const T*>(panels), x, w, dx, kernel);
  }
  dense_backward_chosen(d, h, n, inputs, dy, static_cast<const T*>(nullptr), x, w, dx, kernel);
}

template <Single T, class Sink>
[[gnu::always_inline]] inline void dense_backward(const DenseBackward& d, const Hyper& h, int rows,
                                                  const T* dy, const T* x, const T* w, T* dx, T* held,
                                                  const Sink& kernel, const Sink& bias) {
  if (!has_form<T> || !dense_backward_fits(d))
    return portable::dense_backward(d, h, rows, dy, x, w, dx, held, kernel, bias);
  if constexpr (has_form<T>) {
    const int n = rows * d.positions;
    if (d.bias && d.trainable && bias.is_open()) bias_backward(d, h, n, dy, bias);
    dense_backward_inputs(d, h, n, {0, d.in}, dy, x, w, dx, kernel);
  }
}

/// What a share of the backward pass does: all of some inputs, and the last share the bias.
template <Single T, class Sink>
inline void dense_backward_share(const DenseBackward& d, const Hyper& h, int rows, Share share, const T* dy,
                                 const T* x, const T* w, T* dx, T* held, const Sink& kernel,
                                 const Sink& bias) {
  if (!has_form<T> || !dense_backward_fits(d))
    return portable::dense_backward_share(d, h, rows, share, dy, x, w, dx, held, kernel, bias);
  if constexpr (has_form<T>) {
    const int n = rows * d.positions;
    if (d.bias && d.trainable && bias.is_open() && share.is_last()) bias_backward(d, h, n, dy, bias);
    dense_backward_inputs(d, h, n, share.among(d.in, inputs_of_share), dy, x, w, dx, kernel);
  }
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
