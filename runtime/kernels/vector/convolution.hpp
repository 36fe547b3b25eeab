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

/// A tile of one or two strips of `across` places, which share what is loaded of the weights: two parts of a
/// line, or of lines below each other. Strips are `strip` apart.
template <int lanes, int vectors, int strips, int across, class T>
[[gnu::noinline]] inline void strips_tile(const TapWalk& t, int step, int strip, const T* from, const T* w,
                                          const T* start, int to_step, int to_strip, T* to) {
  Vector<lanes> sum[strips][across][vectors];
#pragma GCC unroll 8
  for (int v = 0; v < vectors; ++v) {
    Vector<lanes> first = {};
    if (start) load<lanes>(first, start + v * lanes);
#pragma GCC unroll 2
    for (int s = 0; s < strips; ++s)
#pragma GCC unroll 8
      for (int r = 0; r < across; ++r) sum[s][r][v] = first;
  }
  for (int j = 0; j < t.down; ++j)
    for (int i = 0; i < t.across; ++i) {
      const T* f = from + j * t.from_down + i * t.from_across;
      const T* wn = w + j * t.w_down + i * t.w_across;
      for (int n = 0; n < t.run; ++n, wn += t.w_run)
#pragma GCC unroll 2
        for (int s = 0; s < strips; ++s) add_row_products<lanes>(f + n + s * strip, step, wn, sum[s]);
    }
#pragma GCC unroll 2
  for (int s = 0; s < strips; ++s) store_rows<lanes>(sum[s], to + s * to_strip, to_step);
}

/// Places in a strip, of the smaller kind: two strips nearly fill 32 registers.
template <int vectors>
inline constexpr int strip_places = vectors == 1 ? 7 : 6;

template <class T>
struct TapTiles : TileSet<void(const TapWalk&, int, const T*, const T*, const T*, int, T*)> {
  using Strips = void(const TapWalk&, int, int, const T*, const T*, const T*, int, int, T*);
  Strips* strips[2][2] = {};  ///< of one and of two, of `strip` places and of one more
  int strip = 0;              ///< 0: none
};
template <class T, int lanes, int vectors>
constexpr TapTiles<T> tap_tiles_of() {
  TapTiles<T> all{{{taps_tile<lanes, vectors, 1, T>, taps_tile<lanes, vectors, 2, T>,
                    taps_tile<lanes, vectors, 4, T>, taps_tile<lanes, vectors, place_tile<vectors>, T>},
                   place_tile<vectors> == 8 ? 3 : 2,
                   vectors == 1 ? 3 : 2}};
  if constexpr (lanes == 16) {
    constexpr int n = strip_places<vectors>;
    all.strip = n;
    all.strips[0][0] = strips_tile<lanes, vectors, 1, n, T>;
    all.strips[0][1] = strips_tile<lanes, vectors, 1, n + 1, T>;
    all.strips[1][0] = strips_tile<lanes, vectors, 2, n, T>;
    all.strips[1][1] = strips_tile<lanes, vectors, 2, n + 1, T>;
  }
  return all;
}
template <class T, int lanes, int vectors>
inline constexpr TapTiles<T> tap_tiles = tap_tiles_of<T, lanes, vectors>();

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

/// How many pairs of strips of `strip` places, and then of one more, are `n` places: {0, 0} if none are.
struct StripPairs {
  int small = 0, large = 0;
};
constexpr StripPairs strip_pairs(int n, int strip) {
  for (int large = 0; strip > 0 && 2 * (strip + 1) * large <= n; ++large) {
    const int rest = n - 2 * (strip + 1) * large;
    if (rest % (2 * strip) == 0) return {rest / (2 * strip), large};
  }
  return {};
}

/// A rectangle of places that have the same taps: `n` neighbours in `m` lines, which are across, or down.
struct PlaceBlock {
  int n = 0, step = 0, to_step = 0, m = 0, line = 0, to_line = 0;
};

template <class T>
inline void convolve_block(const TapWalk& walk, const PlaceBlock& b, const T* from, const T* w,
                           const T* start, T* to, const TapTiles<T>& tiles) {
  int done = 0;  // lines
  if (const int larger = b.n - tiles.strip; tiles.strip > 0 && (larger == 0 || larger == 1)) {
    for (; done + 2 <= b.m; done += 2)
      tiles.strips[1][larger](walk, b.step, b.line, from + done * b.line, w, start, b.to_step, b.to_line,
                              to + done * b.to_line);
    if (done < b.m)
      tiles.strips[0][larger](walk, b.step, 0, from + done * b.line, w, start, b.to_step, 0,
                              to + done * b.to_line);
    return;
  }
  const StripPairs pairs = strip_pairs(b.n, tiles.strip);
  for (; done < b.m; ++done, from += b.line, to += b.to_line) {
    if (pairs.small + pairs.large == 0) {
      for_repeatable_tiles(b.n, tiles.largest, tiles.waiting, [&](int k, int p) {
        tiles.tile[k](walk, b.step, from + p * b.step, w, start, b.to_step, to + p * b.to_step);
      });
      continue;
    }
    for (int k = 0, p = 0; k < pairs.small + pairs.large; ++k) {
      const int large = k >= pairs.small, places = tiles.strip + large;
      tiles.strips[1][large](walk, b.step, places * b.step, from + p * b.step, w, start, b.to_step,
                             places * b.to_step, to + p * b.to_step);
      p += 2 * places;
    }
  }
}

/// Sample by sample, places in tiles of neighbours: across, or down where few across have the same taps, as
/// at the left and right border.
template <bool back, class T>
inline void convolve_places(const Convolution& c, int rows, const T* from, const T* w, int w_run,
                            const T* start, T* to, const TapTiles<T>& tiles) {
  constexpr int few = 4;
  const Sides<back> side{c};
  const int to_line = side.width * side.results;
  for (int r = 0; r < rows; ++r, from += side.from_sample, to += side.to_sample)
    for (int px = 0, n = 0; px < side.width; px += n) {
      int apart = 0, down = 0;
      const Taps x = taps_of<back>(c.w, px);
      n = alike<back>(c.w, side.width, px, x, apart);
      if (n < few) n = 1;
      for (int py = 0, m = 0; py < side.height; py += m) {
        const Taps y = taps_of<back>(c.h, py);
        m = alike<back>(c.h, side.height, py, y, down);
        PlaceBlock block{
            n, apart * side.channels, side.results, m, down * side.from_width * side.channels, to_line};
        if (n == 1) block = {m, block.line, to_line, 1, 0, 0};
        convolve_block(side.walk(y, x, w_run), block, from + side.first(y, x),
                       w + side.first_weight(y, x, w_run), start, to + (py * side.width + px) * side.results,
                       tiles);
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
