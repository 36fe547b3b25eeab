// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/dense.hpp>
#include <runtime/kernels/vector/tiles.hpp>

/// Dense kernels for AVX2 and AVX-512. Lanes and registers hold different results, never parts of one sum:
/// each result adds the same products in the same order as the portable kernels, so that the bits agree.
namespace etch::kernels::vector::inline ETCH_TARGET {

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

inline constexpr int line_bytes = 64;  ///< of a cache: a vector that lies in two takes two loads

/// Whether weights come from the second-level cache as fast as whole vectors multiply them, row after row of
/// a tile's columns, where each of these rows has lines of its own. Blocks of inputs then only make tiles
/// shorter.
constexpr bool streams_weights(int out) {
  return widest == 16 && ETCH_HALF_TILES == 0 && out < wide_layer && out % (line_bytes / 4) == 0;
}

/// Inputs whose weights all rows use before the next ones, while they are in the first-level cache: tiles of
/// halves have all of theirs in half as many of its sets. The sums wait in y meanwhile, which rounds nothing.
template <class T, int lanes>
constexpr int forward_block(int out) {
  if (half_tiles<T> && lanes == tile_lanes<T>) return 32;
  return streams_weights(out) ? 1024 : 64;
}

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
    const int block = n > row_tile ? forward_block<T, lanes()>(d.out) : inputs.size();
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
  return n >= 16 && d.out >= (n >= 128 && !streams_weights(d.out) ? 128 : wide_layer);
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

/// Inputs of a narrow layer, whose outputs fill more than half a vector but no whole one: for many rows, its
/// weights are copied with zeros behind them.
inline constexpr int narrow_inputs = 512;
constexpr bool fills_up_weights(const DenseForward& d, int n) {
  return widest >= 8 && n >= 8 && d.in <= narrow_inputs && 2 * d.out > widest && d.out < widest;
}

/// `count` numbers by two halves of a vector, of which the second reaches back.
template <class T>
[[gnu::always_inline]] inline void copy_halves(int count, const T* from, T* to) {
  constexpr int half = widest >= 8 ? widest / 2 : widest;
  Vector<half> first, second;
  load<half>(first, from);
  load<half>(second, from + count - half);
  store<half>(first, to);
  store<half>(second, to + count - half);
}

template <class T>
[[gnu::noinline]] void dense_forward_narrow(const DenseForward& d, int n, const T* x, const T* w, const T* b,
                                            T* y) {
  constexpr int tile = 8;
  alignas(line_bytes) T filled[(narrow_inputs + 1) * widest];
  alignas(line_bytes) T sums[tile * widest];
  for (int i = 0; i <= d.in; ++i) {  // the bias behind the weights
    store<widest>(Vector<widest>{}, filled + i * widest);
    if (i < d.in || d.bias) copy_halves(d.out, i < d.in ? w + i * d.out : b, filled + i * widest);
  }
  const T *const weights = filled, *const start = d.bias ? filled + d.in * widest : nullptr;
  for_rows<tile>(n, [&](auto rows, int r) {
    forward_tile<widest, 1, rows()>(d.in, d.in, widest, widest, x + r * d.in, weights, start, 0, sums);
    for (int k = 0; k < rows(); ++k) copy_halves<T>(d.out, sums + k * widest, y + (r + k) * d.out);
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
    else if (fills_up_weights(d, n))
      dense_forward_narrow(d, n, x, w, b, y);
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

}  // namespace etch::kernels::vector::inline ETCH_TARGET
