// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/convolution.hpp>
#include <runtime/kernels/vector/dense_backward.hpp>

/// Convolutions in vectors, as the dense kernels do it: lanes hold results of neighbouring
/// channels, registers those of several samples or places, and each sum has the portable kernel's order.
namespace etch::kernels::vector::inline ETCH_TARGET {

/// How a tile walks over its taps, in elements.
struct TapWalk {
  int down = 0, across = 0, run = 0;        // counts: ky, kx, channels
  int from_down = 0, from_across = 0;       // steps of the data
  int w_down = 0, w_across = 0, w_run = 0;  // steps of the weights
};

/// `tile` places whose data are `from_step` apart, and `vectors` vectors of channels at each. One copy for
/// all drivers, which call it by table: it is most of the code to compile.
template <int lanes, int vectors, int tile, class T>
[[gnu::noinline]] inline void taps_tile(const TapWalk& t, int from_step, const T* from, const T* w,
                                        const T* start, int to_step, T* to) {
  Vector<lanes> sum[tile][vectors];
#pragma GCC unroll 8
  for (int v = 0; v < vectors; ++v) {
    Vector<lanes> first = {};
    if (start) load<lanes>(first, start + v * lanes);
    keep_in_register(first);  // else GCC 12 keeps all sums in memory on Arm64
#pragma GCC unroll 8
    for (int r = 0; r < tile; ++r) sum[r][v] = first;
  }
  for (int j = 0; j < t.down; ++j)
    for (int i = 0; i < t.across; ++i) {
      const T* f = from + j * t.from_down + i * t.from_across;
      const T* wn = w + j * t.w_down + i * t.w_across;
      for (int n = 0; n < t.run; ++n, wn += t.w_run) add_row_products<lanes>(f + n, from_step, wn, sum);
    }
  store_rows<lanes>(sum, to, to_step);
}

/// Samples or places in the largest tile: as many sums as the registers hold.
template <int vectors>
inline constexpr int place_tile = vectors == 1 ? 8 : row_tile;

/// The tiles of some columns by the logarithm of their places.
template <class Function>
struct TileSet {
  Function* tile[4];
  int largest;
  int waiting;  ///< the largest that has no more sums than an addition takes cycles: smaller ones wait as
                ///< long
};

template <class T>
using TapTiles = TileSet<void(const TapWalk&, int, const T*, const T*, const T*, int, T*)>;
template <class T, int lanes, int vectors>
inline constexpr TapTiles<T> tap_tiles{
    {taps_tile<lanes, vectors, 1, T>, taps_tile<lanes, vectors, 2, T>, taps_tile<lanes, vectors, 4, T>,
     taps_tile<lanes, vectors, place_tile<vectors>, T>},
    place_tile<vectors> == 8 ? 3 : 2,
    vectors == 1 ? 3 : 2};

/// Calls f(logarithm of the tile, first place) for tiles that cover n places, the largest first.
template <class F>
[[gnu::always_inline]] inline void for_tiles(int n, int largest, const F& f) {
  for (int k = largest, first = 0; k >= 0; --k)
    for (; first + (1 << k) <= n; first += 1 << k) f(k, first);
}

/// The same for what may be done twice. Tiles that wait for their sums all take the same time: what they
/// leave is one more of them, which may reach back over places of the one before it.
template <class F>
[[gnu::always_inline]] inline void for_repeatable_tiles(int n, int largest, int waiting, const F& f) {
  int first = 0;
  for (int k = largest; k > waiting; --k)
    for (; first + (1 << k) <= n; first += 1 << k) f(k, first);
  while (waiting > 0 && (1 << waiting) > n) --waiting;
  for (; first + (1 << waiting) <= n; first += 1 << waiting) f(waiting, first);
  int last = 0;
  while ((1 << last) < n - first) ++last;
  if (first < n) f(last, n - (1 << last));
}

/// Pieces of one direction that do not depend on the columns.
template <bool back>
struct Sides {
  const Convolution& c;
  int channels = back ? c.filters : c.channels, results = back ? c.channels : c.filters;
  int from_width = back ? c.w.out : c.w.in, height = back ? c.h.in : c.h.out, width = back ? c.w.in : c.w.out;
  int from_sample = channels * from_width * (back ? c.h.out : c.h.in), to_sample = results * height * width;

  /// `w_run` is how far the weights of neighbouring data channels are apart.
  TapWalk walk(const Taps& y, const Taps& x, int w_run) const {
    const int run = back ? c.group_filters() : c.group_channels(), tap = c.group_channels() * c.filters;
    const int tap_size = back ? run * w_run : tap;
    TapWalk t{y.count,
              x.count,
              run,
              y.move * from_width * channels,
              x.move * channels,
              y.step * c.w.kernel * tap_size,
              x.step * tap_size,
              w_run};
    if (!back && c.groups == 1 && x.move == 1) t.run *= t.across, t.across = 1;
    return t;
  }
  int first(const Taps& y, const Taps& x) const { return (y.at * from_width + x.at) * channels; }
  int first_weight(const Taps& y, const Taps& x, int w_run) const {
    const int tap_size = back ? c.group_filters() * w_run : c.group_channels() * c.filters;
    return (y.first * c.w.kernel + x.first) * tap_size;
  }
};

/// Neighbouring places from `px` on whose taps are the same elements of the kernel, and how far their data
/// are apart.
template <bool back>
inline int alike(const ConvolutionAxis& a, int places, int px, const Taps& x, int& apart) {
  int n = 1;
  for (; px + n < places; ++n) {
    const Taps next = taps_of<back>(a, px + n);
    if (next.first != x.first || next.step != x.step || next.count != x.count) break;
    const int moved = next.at - x.at;
    if (n == 1) apart = moved;
    if (moved != n * apart) break;
  }
  return n;
}

/// Samples in tiles: at one place, their taps are the same.
template <bool back, class T>
inline void convolve_samples(const Convolution& c, int rows, const T* from, const T* w, int w_run,
                             const T* start, T* to, const TapTiles<T>& tiles) {
  const Sides<back> side{c};
  for_repeatable_tiles(rows, tiles.largest, tiles.waiting, [&](int k, int r) {
    const T* const data = from + r * side.from_sample;
    T* result = to + r * side.to_sample;
    for (int py = 0; py < side.height; ++py) {
      const Taps y = taps_of<back>(c.h, py);
      for (int px = 0; px < side.width; ++px, result += side.results) {
        const Taps x = taps_of<back>(c.w, px);
        tiles.tile[k](side.walk(y, x, w_run), side.from_sample, data + side.first(y, x),
                      w + side.first_weight(y, x, w_run), start, side.to_sample, result);
      }
    }
  });
}

/// Sample by sample, places in tiles of neighbours: across, or down where few across have the same taps, as
/// at the left and right border.
template <bool back, class T>
inline void convolve_places(const Convolution& c, int rows, const T* from, const T* w, int w_run,
                            const T* start, T* to, const TapTiles<T>& tiles) {
  constexpr int few = 4;
  const Sides<back> side{c};
  const auto run = [&](int py, int px, int n, int step, int to_step) {
    const Taps y = taps_of<back>(c.h, py), x = taps_of<back>(c.w, px);
    const TapWalk walk = side.walk(y, x, w_run);
    const T *const data = from + side.first(y, x), *const weights = w + side.first_weight(y, x, w_run);
    T* const result = to + (py * side.width + px) * side.results;
    for_repeatable_tiles(n, tiles.largest, tiles.waiting, [&](int k, int p) {
      tiles.tile[k](walk, step, data + p * step, weights, start, to_step, result + p * to_step);
    });
  };
  for (int r = 0; r < rows; ++r, from += side.from_sample, to += side.to_sample)
    for (int px = 0, n = 0; px < side.width; px += n) {
      int apart = 0;
      n = alike<back>(c.w, side.width, px, taps_of<back>(c.w, px), apart);
      if (n >= few) {
        for (int py = 0; py < side.height; ++py) run(py, px, n, apart * side.channels, side.results);
      } else {
        n = 1;
        for (int py = 0, m = 0; py < side.height; py += m) {
          m = alike<back>(c.h, side.height, py, taps_of<back>(c.h, py), apart);
          run(py, px, m, apart * side.from_width * side.channels, side.width * side.results);
        }
      }
    }
}

/// All places of some columns.
template <bool back, class T>
inline void convolve_columns(const Convolution& c, int rows, const T* from, const T* w, int w_run,
                             const T* start, T* to, const TapTiles<T>& tiles) {
  if (rows >= row_tile)
    convolve_samples<back>(c, rows, from, w, w_run, start, to, tiles);
  else
    convolve_places<back>(c, rows, from, w, w_run, start, to, tiles);
}

/// Floats on the stack: transposed weights of a few channels, or sums of weight gradients.
inline constexpr int convolution_room = 16384;

/// saved[tap][o][k] = w[tap][k][o] of `width` channels of a group.
template <class T>
inline void save_taps(const Convolution& c, int width, const T* w, T* saved) {
  const int taps = c.h.kernel * c.w.kernel, filters = c.group_filters();
  for (int t = 0; t < taps; ++t, w += c.group_channels() * c.filters, saved += filters * width)
    for (int k = 0; k < width; ++k)
      for (int o = 0; o < filters; ++o) saved[o * width + k] = w[k * c.filters + o];
}

template <bool back>
constexpr bool convolve_fits(const Convolution& c) {
  return !back || c.h.kernel * c.w.kernel * c.group_filters() * 4 <= convolution_room;
}

/// Columns of one group, back: the weights are transposed first, so that their channels are neighbours.
template <class T>
inline void convolve_back_columns(const Convolution& c, int rows, int width, const T* from, const T* w,
                                  const T* start, T* to, const TapTiles<T>& tiles) {
  T saved[convolution_room];
  save_taps(c, width, w, saved);
  convolve_columns<true>(c, rows, from, saved, width, start, to, tiles);
}

/// The columns of a tile of `for_columns`, in halves where all their weights have no room.
template <int lanes, int vectors, class T>
inline void convolve_back_tile(const Convolution& c, int rows, const T* from, const T* w, const T* start,
                               T* to) {
  constexpr int width = lanes * vectors;
  if constexpr (width > 4)
    if (c.h.kernel * c.w.kernel * c.group_filters() * width > convolution_room) {
      constexpr int half = width / 2;
      convolve_back_tile<half, 1>(c, rows, from, w, start, to);
      convolve_back_tile<half, 1>(c, rows, from, w + half * c.filters, start ? start + half : start,
                                  to + half);
      return;
    }
  convolve_back_columns(c, rows, width, from, w, start, to, tap_tiles<T, lanes, vectors>);
}

/// All groups, by lanes of neighbouring results.
template <bool back, class T>
inline void convolve_results(const Convolution& c, int rows, const T* from, const T* w, const T* start,
                             T* to) {
  const int in = back ? c.group_filters() : c.group_channels();
  const int out = back ? c.group_channels() : c.group_filters();
  for (int g = 0; g < c.groups; ++g)
    for_columns(out, [&](auto lanes, auto vectors, int o) {
      const T* const first = start ? start + g * out + o : start;
      if constexpr (back)
        convolve_back_tile<lanes(), vectors()>(c, rows, from + g * in, w + o * c.filters + g * in, first,
                                               to + g * out + o);
      else
        convolve_columns<false>(c, rows, from + g * in, w + g * out + o, c.filters, first, to + g * out + o,
                                tap_tiles<T, lanes(), vectors()>);
    });
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
