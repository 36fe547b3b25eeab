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

/// Some inputs' products for `n` rows and `columns` columns: sums that stand in y go on, where these inputs
/// are not the first.
template <class T>
[[gnu::always_inline]] inline void dense_forward_columns(const DenseForward& d, int columns, int n,
                                                         Range inputs, const T* x, const T* w, const T* b,
                                                         T* y) {
  for_layer_columns<T>(d.out, columns, [&](auto lanes, auto vectors, int o) {
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
  return n >= 16 && d.out >= (n >= 128 ? 128 : wide_layer);
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

/// to[k][r] = from[r][k] of `count` numbers of each row.
template <int rows, class T>
[[gnu::always_inline]] inline void pack_rows(const T* from, int stride, int count, T* to) {
  int k = 0;
  if constexpr (rows >= 4)
    for (; k + 4 <= count; k += 4)
      for (int r = 0; r < rows; r += 4) transpose4(from + r * stride + k, stride, to + k * rows + r, rows);
  for (; k < count; ++k)
    for (int r = 0; r < rows; ++r) to[k * rows + r] = from[r * stride + k];
}

/// Inputs whose weights in two panels are in the first-level cache; fewer beside the numbers of some rows.
inline constexpr int panel_inputs = 96, packed_inputs = 64, packed_rows = 32;
inline constexpr int line_bytes = 64;  ///< of a cache: a vector that lies in two takes two loads
/// Columns of a panel: weights of some inputs that follow each other, so that no two lie in one place of a
/// cache.
inline constexpr int panel_width = 2 * widest;

/// What a tile does for the panels that come: it copies the next one, as it multiplies this one, and asks for
/// weights further on. Both lie `stride` apart.
template <class T>
struct ComingPanels {
  const T *next, *ahead;
  T* copy;
  int stride;
};

/// Some inputs of rows: number k of row r is from[k * step + r * stride].
template <class T>
struct Numbers {
  const T* from;
  int step, stride;
};

/// Adds the products of a panel to each sum of a tile of y.
template <bool copies, int rows, class T>
inline void panel_tile(int in, int out, Numbers<T> x, const T* panel, const T* start, int start_stride, T* y,
                       ComingPanels<T> coming) {
  Vector<widest> sum[rows][2] = {};
  if (start) load_rows<widest>(sum, start, start_stride);
  for (int k = 0; k < in; ++k, x.from += x.step, panel += panel_width) {
    __builtin_prefetch(coming.ahead, 0, 2);
    coming.ahead += coming.stride;
    if constexpr (copies) {
      __builtin_memcpy(coming.copy, coming.next, panel_width * sizeof(T));
      coming.next += coming.stride;
      coming.copy += panel_width;
    }
    add_row_products<widest>(x.from, x.stride, panel, sum);
  }
  store_rows<widest>(sum, y, out);
}

/// The same for some inputs of rows and the columns of whole panels. `of_tile(tile, row)` gives their
/// numbers; `w`, `start` and `y` are of the first column.
template <class T, class OfTile>
[[gnu::always_inline]] inline void forward_panels(const DenseForward& d, int rows, int inputs,
                                                  const OfTile& of_tile, const T* w, const T* start,
                                                  int start_stride, T* y) {
  alignas(line_bytes) T panels[2][panel_inputs * panel_width];
  for (int k = 0; k < inputs; ++k)
    __builtin_memcpy(panels[0] + k * panel_width, w + k * d.out, panel_width * sizeof(T));
  for (int o = 0, which = 0; o + panel_width <= d.out; o += panel_width, which ^= 1) {
    const T* const panel = panels[which];
    const T* const next = w + (o + 2 * panel_width <= d.out ? o + panel_width : o);
    const T* const ahead = o + 3 * panel_width <= d.out ? next + panel_width : next;
    for_rows<row_tile>(rows, [&](auto tile, int r) {
      const ComingPanels<T> coming{next, ahead + r / row_tile % 2 * widest, panels[which ^ 1], d.out};
      const T* const from = start ? start + r * start_stride + o : nullptr;
      T* const to = y + r * d.out + o;
      if (r == 0)
        panel_tile<true, tile()>(inputs, d.out, of_tile(tile, r), panel, from, start_stride, to, coming);
      else
        panel_tile<false, tile()>(inputs, d.out, of_tile(tile, r), panel, from, start_stride, to, coming);
    });
  }
}

/// The same for all inputs, block after block. Rows of a wide layer, which share few lines of a cache as its
/// weights do, are copied too.
template <class T>
[[gnu::noinline]] void dense_forward_packed(const DenseForward& d, int n, const T* x, const T* w, const T* b,
                                            T* y) {
  alignas(line_bytes) T packed[packed_inputs * packed_rows];
  const bool packs = d.out >= wide_layer;
  const int block = packs ? packed_inputs : panel_inputs, pass = packs ? packed_rows : n;
  for (int i = 0; i < d.in; i += block) {
    const int inputs = d.in - i < block ? d.in - i : block;
    for (int first = 0; first < n; first += pass) {
      const int rows = n - first < pass ? n - first : pass;
      const T* const from = x + first * d.in + i;
      if (packs)
        for_rows<row_tile>(rows, [&](auto tile, int r) {
          pack_rows<tile()>(from + r * d.in, d.in, inputs, packed + r * inputs);
        });
      const auto of_tile = [&](int tile, int r) -> Numbers<T> {
        if (packs) return {packed + r * inputs, tile, 1};
        return {from + r * d.in, 1, d.in};
      };
      T* const to = y + first * d.out;
      forward_panels(d, rows, inputs, of_tile, w + i * d.out,
                     i > 0    ? to
                     : d.bias ? b
                              : nullptr,
                     i > 0 ? d.out : 0, to);
    }
  }
  const int done = d.out / panel_width * panel_width;
  if (done < d.out)
    dense_forward_columns(d, d.out - done, n, {0, d.in}, x, w + done, d.bias ? b + done : b, y + done);
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
      dense_forward_columns(d, d.out, n, {0, d.in}, x, w, b, y);
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
    dense_forward_columns(d, d.out, rows.size(), inputs, x + rows.first * d.in, w, b, results);
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

/// `weight_backward` by panels of dy.
template <class T>
[[gnu::always_inline]] inline void weight_backward_panels(const DenseBackward& d, const Hyper& h, int n,
                                                          int first, int count, const T* panels, const T* x,
                                                          const GradientSink<T>& sink) {
  constexpr int columns = 256;  // whose sums are collected before they go to the sink
  alignas(line_bytes) T numbers[row_tile * panels_rows];
  alignas(line_bytes) T sums[row_tile * columns];
  for_rows<row_tile>(
      first + count,
      [&](auto inputs, int i) {
        for (int r = 0; r < n; ++r)
          __builtin_memcpy(numbers + r * inputs(), x + r * d.in + i, inputs() * sizeof(T));
        for (int c = 0; c < d.out; c += columns) {
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
/// be `x`. `panels` are of dy, or null.
template <int width, class T>
[[gnu::always_inline]] inline void dense_backward_blocks(const DenseBackward& d, const Hyper& h, int n,
                                                         Range inputs, const T* dy, const T* panels,
                                                         const T* x, const T* w, T* dx,
                                                         const GradientSink<T>& kernel) {
  // Two vectors where no block is left in part.
  if constexpr (width > 4)
    if (d.input_gradient &&
        (d.out > saved_size / width || (width > tile_lanes<T> && inputs.size() % width != 0)))
      return dense_backward_blocks<width / 2>(d, h, n, inputs, dy, panels, x, w, dx, kernel);
  T saved[saved_size];
  for (int i = inputs.first; i < inputs.end; i += width) {
    const int count = inputs.end - i < width ? inputs.end - i : width;
    if (d.input_gradient) save_weights<width>(d.out, count, w + i * d.out, d.out, saved);
    if (panels)
      weight_backward_panels(d, h, n, i, count, panels, x, kernel);
    else if (d.trainable && kernel.is_open())
      weight_backward(d, h, n, i, count, dy, x, kernel);
    if (d.input_gradient) input_backward<width>(d, n, count, dy, x ? x + i : x, saved, dx + i);
  }
}

/// The same, with gradients of rows in panels where that is worth it.
template <class T>
[[gnu::always_inline]] inline void dense_backward_inputs(const DenseBackward& d, const Hyper& h, int n,
                                                         Range inputs, const T* dy, const T* x, const T* w,
                                                         T* dx, const GradientSink<T>& kernel) {
  constexpr int width = 2 * tile_lanes<T>;
  if (packs_gradients(d) && panels_fit(d, n) && kernel.is_open()) {
    alignas(line_bytes) T panels[panels_size];
    pack_panels(n, d.out, dy, panels);
    return dense_backward_blocks<width>(d, h, n, inputs, dy, static_cast<const T*>(panels), x, w, dx, kernel);
  }
  dense_backward_blocks<width>(d, h, n, inputs, dy, static_cast<const T*>(nullptr), x, w, dx, kernel);
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
    dense_backward_inputs(d, h, n, {0, d.in}, dy, x, w, dx, kernel);
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
    dense_backward_inputs(d, h, n, share.among(d.in, inputs_of_share), dy, x, w, dx, kernel);
  }
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
