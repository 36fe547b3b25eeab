// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/vector/convolution.hpp>

/// Weight gradients of convolutions: sums wait in memory between samples, which rounds nothing, so that the
/// data of a sample stay in the cache while all weights use them.
namespace etch::kernels::vector::inline ETCH_TARGET {

/// A rectangle of output places and how x and dy move over it, in elements.
struct PlaceWalk {
  int down = 0, across = 0, x_down = 0, x_across = 0, dy_down = 0, dy_across = 0;
};

/// Adds one sample's products to the sums of some inputs and columns. The rows of `sums` are `width` apart;
/// with `alone`, every lane has an input of its own.
template <int lanes, int vectors, int inputs, bool alone, class T>
[[gnu::noinline]] inline void places_tile(const PlaceWalk& p, const T* x, const T* dy, T* sums, int width) {
  Vector<lanes> sum[inputs][vectors];
  load_rows<lanes>(sum, static_cast<const T*>(sums), width);
  for (int j = 0; j < p.down; ++j) {
    const T* xj = x + j * p.x_down;
    const T* dyj = dy + j * p.dy_down;
    for (int n = 0; n < p.across; ++n, xj += p.x_across, dyj += p.dy_across) {
      if constexpr (!alone) {
        add_row_products<lanes>(xj, 1, dyj, sum);
      } else {
#pragma GCC unroll 8
        for (int v = 0; v < vectors; ++v) {
          Vector<lanes> xn, dyn;
          load<lanes>(xn, xj + v * lanes);
          load<lanes>(dyn, dyj + v * lanes);
#pragma GCC unroll 8
          for (int i = 0; i < inputs; ++i) add_products<T>(xn, dyn, sum[i][v]);
        }
      }
    }
  }
  store_rows<lanes>(sum, sums, width);
}

template <class T>
using PlaceTiles = TileSet<void(const PlaceWalk&, const T*, const T*, T*, int)>;
template <class T, int lanes, int vectors>
inline constexpr PlaceTiles<T> place_tiles{
    {places_tile<lanes, vectors, 1, false, T>, places_tile<lanes, vectors, 2, false, T>,
     places_tile<lanes, vectors, 4, false, T>, places_tile<lanes, vectors, place_tile<vectors>, false, T>},
    tap_tiles<T, lanes, vectors>.largest,
    tap_tiles<T, lanes, vectors>.waiting};

/// Columns of a kernel row that tiles cover apart, though the last tile of a group reaches back: sums that go
/// on from sample to sample must not be shared.
inline int gradient_slots(const Convolution& c) {
  int slots = 0;
  for_columns(c.depthwise() ? c.filters : c.group_filters(),
              [&](auto lanes, auto vectors, int) { slots += lanes() * vectors(); });
  return c.depthwise() ? slots : slots * c.groups;
}

constexpr bool convolve_weights_fits(const Convolution& c) {
  return c.filters + c.groups * widest <= convolution_room;
}

/// Kernel rows from `line` on that read neighbouring inputs at the same places.
inline int lines_alike(const Convolution& c, int line) {
  const ConvolutionAxis& w = c.w;
  const bool joined = c.groups == 1 && w.dilation == 1 && places_of(w, 0) == places_of(w, w.kernel - 1);
  const int run = joined ? w.kernel * c.channels : c.group_channels();
  return run - line % run;
}

/// Adds one sample's products to the sums of kernel rows that read alike.
template <bool alone, class T>
inline void add_lines(const Convolution& c, int line, int count, const T* x, const T* dy, T* sums,
                      int slots) {
  const int tap = line / c.group_channels(), ky = tap / c.w.kernel, kx = tap % c.w.kernel;
  const Places py = places_of(c.h, ky), px = places_of(c.w, kx);
  const int row = c.w.in * c.channels;
  const PlaceWalk walk{py.end - py.first,       px.end - px.first,   c.h.stride * row,
                       c.w.stride * c.channels, c.w.out * c.filters, c.filters};
  x += (py.first * c.h.stride + ky * c.h.dilation - c.h.pad) * row +
       (px.first * c.w.stride + kx * c.w.dilation - c.w.pad) * c.channels + line % c.group_channels();
  dy += (py.first * c.w.out + px.first) * c.filters;
  const int groups = alone ? 1 : c.groups, width = c.filters / groups;
  for (int g = 0; g < groups; ++g, x += c.group_channels(), dy += width)
    for_columns(width, [&](auto lanes, auto vectors, int o) {
      if constexpr (alone)
        places_tile<lanes(), vectors(), 1, true>(walk, x + o, dy + o, sums, slots);
      else
        for_tiles(count, place_tiles<T, lanes(), vectors()>.largest, [&](int k, int i) {
          place_tiles<T, lanes(), vectors()>.tile[k](walk, x + i, dy + o, sums + i * slots, slots);
        });
      sums += lanes() * vectors();
    });
}

/// Moves the columns of `count` kernel rows together, where tiles reached back.
template <class T>
inline void close_gaps(const Convolution& c, int count, int slots, T* sums) {
  if (slots == c.filters) return;
  const int groups = c.depthwise() ? 1 : c.groups, width = c.filters / groups;
  const T* from = sums;
  for (int n = 0; n < count * groups; ++n) {
    int done = 0;
    for_columns(width, [&](auto lanes, auto vectors, int o) {
      for (int k = done - o; k < lanes() * vectors(); ++k) *sums++ = from[k];
      done = o + lanes() * vectors();
      from += lanes() * vectors();
    });
  }
}

/// The gradients of kernel rows [first, end). They go on from those at `stored`, if that is not null: then
/// no tile reaches back.
template <bool alone, class T>
inline void weight_sums(const Convolution& c, int rows, int first, int end, const T* x, const T* dy,
                        const T* stored, T* sums, int slots) {
  for (int i = 0; i < (end - first) * slots; ++i) sums[i] = stored ? stored[i] : T(0);
  for (int r = 0; r < rows; ++r, x += c.inputs(), dy += c.positions() * c.filters)
    for (int line = first, count = 0; line < end; line += count) {
      count = lines_alike(c, line);
      if (count > end - line) count = end - line;
      add_lines<alone>(c, line, count, x, dy, sums + (line - first) * slots, slots);
    }
}

/// `alone`: the convolution is depthwise.
template <bool alone, class T, class Sink>
inline void convolve_weight_blocks(const Convolution& c, const Hyper& h, int rows, Range lines, const T* x,
                                   const T* dy, const Sink& sink) {
  const int slots = gradient_slots(c), block = convolution_room / slots;
  T sums[convolution_room];
  for (int first = lines.first; first < lines.end; first += block) {
    const int end = lines.end - first < block ? lines.end : first + block;
    weight_sums<alone>(c, rows, first, end, x, dy, sink.stored(first * c.filters), sums, slots);
    close_gaps(c, end - first, slots, sums);
    sink.put(h, first * c.filters, sums, (end - first) * c.filters);
  }
}

template <Single T, class Sink>
inline void convolve_bias(int filters, const Hyper& h, int positions, const T* dy, const Sink& sink) {
  bias_backward({.out = filters}, h, positions, dy, sink);
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
