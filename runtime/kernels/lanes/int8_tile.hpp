// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/lanes/int8_panel.hpp>
#include <type_traits>

namespace etch::kernels::lanes::inline ETCH_TARGET {

/// How windows walk through the image, in elements.
struct ImageWalk {
  WindowRuns runs;
  int down, across;   ///< from run to run of a window
  int pixel, row;     ///< from window to window
  int width, pixels;  ///< results of a row and of all
};
[[gnu::always_inline]] inline ImageWalk image_walk(const Int8Convolution& d) {
  const int line = d.x.covered() * d.channels;
  return {window_runs(d),          d.y.dilation * line, d.x.dilation * d.channels,
          d.x.stride * d.channels, d.y.stride * line,   d.x.out,
          d.y.out * d.x.out};
}

/// Adds the products of `pairs` pairs of taps to the sums of a panel for some pixels.
template <int n, int pixels>
[[gnu::always_inline]] inline void multiply_run(const std::int16_t* const (&x)[pixels], int at, int pairs,
                                                const std::int16_t* w,
                                                Words<n> (&sum)[pixels][panel_filters / n]) {
#pragma GCC unroll 1
  for (int j = 0; j < pairs; ++j, at += 2, w += 2 * panel_filters) {
    Halves<2 * n> weights[panel_filters / n];
#pragma GCC unroll 4
    for (int v = 0; v < panel_filters / n; ++v) load(weights[v], w + v * 2 * n);
#pragma GCC unroll 8
    for (int p = 0; p < pixels; ++p) {
      std::int32_t pair;
      __builtin_memcpy(&pair, x[p] + at, sizeof pair);
      const Words<n> both = Words<n>{} + pair;
#pragma GCC unroll 4
      for (int v = 0; v < panel_filters / n; ++v) add_pairs<n>(sum[p][v], (Halves<2 * n>)both, weights[v]);
    }
  }
}

/// The windows of pixels that follow each other, from the `first` on.
template <int pixels, class T>
[[gnu::always_inline]] inline void window_starts(const ImageWalk& walk, const T* image, int first,
                                                 const T* (&x)[pixels]) {
  int row = first / walk.width, column = first % walk.width;
#pragma GCC unroll 8
  for (int p = 0; p < pixels; ++p) {
    x[p] = image + row * walk.row + column * walk.pixel;
    if (++column == walk.width) {
      column = 0;
      ++row;
    }
  }
}

/// Results of some pixels by one panel of int8.
template <int n, int pixels>
[[gnu::noinline]] inline void int8_tile(const ImageWalk& walk, const std::int16_t* image, int first,
                                        const std::int16_t* panel, const PanelScales& scales,
                                        const Int8Io& io, std::int8_t* y, int filters) {
  const std::int16_t* x[pixels];
  window_starts(walk, image, first, x);
  Words<n> sum[pixels][panel_filters / n];
#pragma GCC unroll 8
  for (int p = 0; p < pixels; ++p)
#pragma GCC unroll 4
    for (int v = 0; v < panel_filters / n; ++v) load(sum[p][v], scales.bias + v * n);
  const int pairs = walk.runs.pairs();
  for (int ky = 0; ky < walk.runs.down; ++ky)
    for (int kx = 0; kx < walk.runs.across; ++kx, panel += pairs * 2 * panel_filters)
      multiply_run<n, pixels>(x, ky * walk.down + kx * walk.across, pairs, panel, sum);
  const Bounds bounds = bounds_of(io);
#pragma GCC unroll 8
  for (int p = 0; p < pixels; ++p) finish_pixel<n>(scales, bounds, io, sum[p], y + p * filters);
}

/// Pairs of products of int16 and int8 whose sum fits 32 bits.
inline constexpr int most_wide_pairs = 255;

/// Sums of 64 bits, without bias, of one pixel by one panel of int16, up to 255 pairs at a time.
template <int n, int pixels>
[[gnu::noinline]] inline void int16_tile(const ImageWalk& walk, const std::int16_t* image, int first,
                                         const std::int16_t* panel,
                                         std::int64_t (&sums)[pixels][panel_filters]) {
  const std::int16_t* x[pixels];
  window_starts(walk, image, first, x);
  Words<n> sum[pixels][panel_filters / n] = {};
  int room = most_wide_pairs;
  const auto put = [&]() __attribute__((always_inline)) {
    std::int32_t part[panel_filters];
#pragma GCC unroll 8
    for (int p = 0; p < pixels; ++p) {
#pragma GCC unroll 4
      for (int v = 0; v < panel_filters / n; ++v) {
        store(sum[p][v], part + v * n);
        sum[p][v] = Words<n>{};
      }
      for (int f = 0; f < panel_filters; ++f) sums[p][f] += part[f];
    }
    room = most_wide_pairs;
  };
  for (int ky = 0; ky < walk.runs.down; ++ky)
    for (int kx = 0; kx < walk.runs.across; ++kx) {
      int at = ky * walk.down + kx * walk.across;
      for (int remaining = walk.runs.pairs(); remaining > 0;) {
        const int pairs = remaining < room ? remaining : room;
        multiply_run<n, pixels>(x, at, pairs, panel, sum);
        panel += pairs * 2 * panel_filters;
        at += 2 * pairs;
        remaining -= pairs;
        room -= pairs;
        if (room == 0) put();
      }
    }
  put();
}

/// Pixels of a tile: their sums and a pair in all lanes fit the registers.
template <int n>
inline constexpr int tile_pixels = n == 16           ? 8
                                   : n == 8          ? 6
                                   : ETCH_NEON_LANES ? 4
                                                     : 2;

/// Calls f(pixels, first) for tiles of the largest size, then of smaller ones.
template <int pixels, class F>
[[gnu::always_inline]] inline void for_tiles(int all, const F& f, int first = 0) {
  for (; first + pixels <= all; first += pixels) f(std::integral_constant<int, pixels>{}, first);
  if constexpr (pixels > 1) for_tiles<(pixels == 6 ? 4 : pixels / 2)>(all, f, first);
}

}  // namespace etch::kernels::lanes::inline ETCH_TARGET
