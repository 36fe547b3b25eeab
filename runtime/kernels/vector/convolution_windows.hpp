// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/vector/convolution_weights.hpp>

/// Weight gradients of convolutions without padding whose filters fill no vectors: lanes hold neighbouring
/// rows of the kernel instead. The windows of some places at a time are copied, each as it lies in the rows.
namespace etch::kernels::vector::inline ETCH_TARGET {

/// Numbers on the stack: windows of some places, sums, and gradients that go to the sink together.
inline constexpr int window_room = 8192, window_sums = 8192, window_span = 2048;

/// Whether all elements of the kernel meet data at every place.
constexpr bool meets_everywhere(const ConvolutionAxis& a) {
  return places_of(a, 0) == Places{0, a.out} && places_of(a, a.kernel - 1) == Places{0, a.out};
}

constexpr int whole_vectors(int n) { return (n + widest - 1) / widest * widest; }

/// Whether this is worth it, and has room.
constexpr bool windows_fit(const Convolution& c) {
  const int lines = whole_vectors(c.lines());
  return c.groups == 1 && meets_everywhere(c.h) && meets_everywhere(c.w) &&
         c.filters * 5 < whole_vectors(c.filters) * 4 && c.lines() >= 16 && lines <= window_room &&
         lines * c.filters <= window_sums;
}

/// Copies n numbers each of a line of places, by vectors of which the last one reaches back.
template <int lanes, class T>
[[gnu::noinline]] inline void pack_line(int places, const T* from, int apart, int n, T* to, int stride) {
  for (int p = 0; p < places; ++p, from += apart, to += stride) {
    if constexpr (lanes == 1) {
      for (int k = 0; k < n; ++k) to[k] = from[k];
    } else {
      Vector<lanes> v, last;
      load<lanes>(last, from + n - lanes);
      for (int k = 0; k + lanes < n; k += lanes) load<lanes>(v, from + k), store<lanes>(v, to + k);
      store<lanes>(last, to + n - lanes);
    }
  }
}

/// packed[place][line] = what some rows of the kernel meet at some places; places are `stride` apart.
template <class T>
inline void pack_windows(const Convolution& c, Range lines, Range places, const T* x, T* packed, int stride) {
  const int row = c.w.dilation == 1 ? c.w.kernel * c.channels : c.channels;  // what lies side by side
  const int apart = c.w.stride * c.channels;
  for (int line = lines.first, n = 0; line < lines.end; line += n, packed += n) {
    n = row - line % row;
    if (n > lines.end - line) n = lines.end - line;
    const auto pack = n >= widest ? pack_line<widest, T>
                      : n >= 8    ? pack_line<(widest < 8 ? 1 : 8), T>
                      : n >= 4    ? pack_line<4, T>
                                  : pack_line<1, T>;
    const int tap = line / c.channels, ky = tap / c.w.kernel, kx = tap % c.w.kernel;
    const T* from = x + (ky * c.h.dilation - c.h.pad) * c.w.in * c.channels +
                    (kx * c.w.dilation - c.w.pad) * c.channels + line % c.channels;
    int ox = places.first % c.w.out;
    for (int p = places.first, some = 0; p < places.end; p += some, ox = 0) {
      some = c.w.out - ox < places.end - p ? c.w.out - ox : places.end - p;
      const int at = (p / c.w.out * c.h.stride * c.w.in + ox * c.w.stride) * c.channels;
      pack(some, from + at, apart, n, packed + (p - places.first) * stride, stride);
    }
  }
}

/// Adds the products of some places to sums[filter][line], whose filters are `stride` apart as the packed
/// places are.
template <class T>
inline void add_windows(const Convolution& c, int places, const T* packed, int stride, const T* dy, T* sums) {
  const PlaceWalk walk{1, places, 0, c.filters, 0, stride};
  for_wide_columns<2, widest>(stride, [&](auto lanes, auto vectors, int line) {
    constexpr auto& tiles = place_tiles<T, lanes(), vectors()>;
    for_tiles(c.filters, tiles.largest, [&](int k, int filter) {
      tiles.tile[k](walk, dy + filter, packed + line, sums + filter * stride + line, stride);
    });
  });
}

/// The gradients of some rows of the kernel, from 0 on.
template <class T, class Sink>
inline void convolve_weight_windows(const Convolution& c, const Hyper& h, int rows, Range lines, const T* x,
                                    const T* dy, const Sink& sink) {
  alignas(line_bytes) T packed[window_room] = {};
  alignas(line_bytes) T sums[window_sums];
  const int count = lines.size(), stride = whole_vectors(count);
  if (count == 0) return;
  for (int i = 0; i < c.filters * stride; ++i) sums[i] = 0;
  const int block = window_room / stride;
  for (int r = 0; r < rows; ++r, x += c.inputs(), dy += c.positions() * c.filters)
    for (int p = 0; p < c.positions(); p += block) {
      const int end = c.positions() - p < block ? c.positions() : p + block;
      pack_windows(c, lines, {p, end}, x, packed, stride);
      add_windows(c, end - p, static_cast<const T*>(packed), stride, dy + p * c.filters, sums);
    }
  T gradients[window_span];
  const int span_lines = window_span / c.filters;
  for (int first = 0; first < count; first += span_lines) {
    const int some = count - first < span_lines ? count - first : span_lines;
    for (int k = 0; k < some; ++k)
      for (int f = 0; f < c.filters; ++f) gradients[k * c.filters + f] = sums[f * stride + first + k];
    sink.put(h, (lines.first + first) * c.filters, gradients, some * c.filters);
  }
}

template <Single T, class Sink>
inline void convolve_weight_lines(const Convolution& c, const Hyper& h, int rows, Range lines, const T* x,
                                  const T* dy, const Sink& sink) {
  if (!has_form<T> || !convolve_weights_fits(c) || (sink.goes_on() && gradient_slots(c) != c.filters))
    return portable::convolve_weight_lines(c, h, rows, lines, x, dy, sink);
  if constexpr (has_form<T>) {
    if (c.depthwise()) return convolve_weight_blocks<true>(c, h, rows, lines, x, dy, sink);
    windows_fit(c) && !sink.goes_on() ? convolve_weight_windows(c, h, rows, lines, x, dy, sink)
                                      : convolve_weight_blocks<false>(c, h, rows, lines, x, dy, sink);
  }
}

template <Single T, class Sink>
inline void convolve_weights(const Convolution& c, const Hyper& h, int rows, const T* x, const T* dy,
                             const Sink& sink) {
  convolve_weight_lines(c, h, rows, {0, c.lines()}, x, dy, sink);
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
