// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/depthwise_convolution.hpp>
#include <runtime/kernels/vector/convolution.hpp>

namespace etch::kernels::vector::inline ETCH_TARGET {

/// Some channels of one place: a tap is a product of vectors.
template <int lanes, int vectors, class T>
inline void channels_tile(const TapWalk& t, const T* from, const T* w, const T* start, T* to) {
  Vector<lanes> sum[vectors] = {};
  if (start)
#pragma GCC unroll 8
    for (int v = 0; v < vectors; ++v) load<lanes>(sum[v], start + v * lanes);
  for (int j = 0; j < t.down; ++j)
    for (int i = 0; i < t.across; ++i)
#pragma GCC unroll 8
      for (int v = 0; v < vectors; ++v) {
        Vector<lanes> f, wi;
        load<lanes>(f, from + j * t.from_down + i * t.from_across + v * lanes);
        load<lanes>(wi, w + j * t.w_down + i * t.w_across + v * lanes);
        add_products<T>(f, wi, sum[v]);
      }
#pragma GCC unroll 8
  for (int v = 0; v < vectors; ++v) store<lanes>(sum[v], to + v * lanes);
}

/// Channel by channel, where every channel is a group of its own with one filter.
template <bool back, class T>
inline void convolve_channels(const Convolution& c, int rows, const T* from, const T* w, const T* start,
                              T* to) {
  const Sides<back> side{c};
  for (int r = 0; r < rows; ++r, from += side.from_sample)
    for (int py = 0; py < side.height; ++py) {
      const Taps y = taps_of<back>(c.h, py);
      for (int px = 0; px < side.width; ++px, to += c.filters) {
        const Taps x = taps_of<back>(c.w, px);
        TapWalk walk = side.walk(y, x, c.filters);
        walk.across = x.count;
        for_columns(c.filters, [&](auto lanes, auto vectors, int o) {
          channels_tile<lanes(), vectors()>(walk, from + side.first(y, x) + o,
                                            w + side.first_weight(y, x, c.filters) + o,
                                            start ? start + o : start, to + o);
        });
      }
    }
}

/// The parameters are those of the portable kernel, so that a call finds the one that wants more of T.
template <bool back, Single T, bool adds = false>
requires(!adds) inline void convolve_depthwise(const Convolution& c, int rows, const T* from, const T* w,
                                               const T* start, T* to) {
  if constexpr (has_form<T>)
    convolve_channels<back>(c, rows, from, w, start, to);
  else
    portable::convolve_depthwise<back>(c, rows, from, w, start, to);
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
