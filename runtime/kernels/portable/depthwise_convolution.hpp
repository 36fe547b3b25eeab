// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/convolution.hpp>

namespace etch::kernels {

/// Channels of a depthwise convolution that are summed together.
template <class T>
inline constexpr int channels_at_once = fused_forms::takes_loops<T> ? 8 : 4;

/// `count` results at one place.
template <int tile, bool adds, class T>
inline void convolve_channels(const Convolution& c, const Taps& y, const Taps& x, int width, const T* from,
                              const T* w, const T* start, T* to, int count) {
  int o = 0;
  for (; o + tile <= count; o += tile) {
    T sum[tile];
#pragma GCC unroll 8
    for (int k = 0; k < tile; ++k) sum[k] = start ? start[o + k] : T(0);
#if ETCH_FLOAT_ASSEMBLY
    if constexpr (fused_forms::takes_loops<T> && tile == 8) {
      const int from_row = y.move * width, w_row = y.step * c.w.kernel;
      if (y.count > 0 && x.count > 0)
        fused_forms::add_each_of_8(
            {x.count, y.count, x.move * c.filters * 4, x.step * c.filters * 4,
             (from_row - x.count * x.move) * c.filters * 4, (w_row - x.count * x.step) * c.filters * 4},
            from + (y.at * width + x.at) * c.filters + o,
            w + (y.first * c.w.kernel + x.first) * c.filters + o, sum);
    } else
#endif
      for (int j = 0; j < y.count; ++j) {
        const T* f = from + ((y.at + j * y.move) * width + x.at) * c.filters + o;
        const T* v = w + ((y.first + j * y.step) * c.w.kernel + x.first) * c.filters + o;
        dot_each<tile>(tile, x.count, f, x.move * c.filters, 1, v, x.step * c.filters, sum);
      }
#pragma GCC unroll 8
    for (int k = 0; k < tile; ++k) to[o + k] = adds ? to[o + k] + sum[k] : sum[k];
  }
  if constexpr (tile > 1)
    if (o < count)
      convolve_channels<(tile > 4 ? 4 : 1), adds>(c, y, x, width, from + o, w + o, start ? start + o : start,
                                                  to + o, count - o);
}

namespace portable {
/// `convolve_groups` where every channel is a group of its own with one filter: the same sums.
template <bool back, class T, bool adds = false>
inline void convolve_depthwise(const Convolution& c, int rows, const T* from, const T* w, const T* start,
                               T* to) {
  const int height = back ? c.h.in : c.h.out, width = back ? c.w.in : c.w.out;
  const int from_height = back ? c.h.out : c.h.in, from_width = back ? c.w.out : c.w.in;
  for (int r = 0; r < rows; ++r, from += from_height * from_width * c.channels)
    for (int py = 0; py < height; ++py) {
      const Taps y = taps_of<back>(c.h, py);
      for (int px = 0; px < width; ++px, to += c.filters)
        convolve_channels<channels_at_once<T>, adds>(c, y, taps_of<back>(c.w, px), from_width, from, w, start,
                                                     to, c.filters);
    }
}
}  // namespace portable

}  // namespace etch::kernels
