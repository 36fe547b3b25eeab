// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/dense.hpp>
#include <runtime/kernels/portable/dense_backward.hpp>

namespace etch::kernels {

/// One axis of a convolution: output place p meets input place p * stride + k * dilation - pad with element k
/// of the kernel, where the input has such a place.
struct ConvolutionAxis {
  int in = 1, out = 1, kernel = 1, stride = 1, dilation = 1, pad = 0;
  constexpr bool operator==(const ConvolutionAxis&) const = default;
};

/// A convolution from [h.in, w.in, channels] to [h.out, w.out, filters] with a kernel
/// [h.kernel, w.kernel, channels / groups, filters]. One dimension is a height of 1.
struct Convolution {
  ConvolutionAxis h, w;
  int channels = 1, filters = 1, groups = 1;
  constexpr bool operator==(const Convolution&) const = default;

  constexpr int group_channels() const { return channels / groups; }
  constexpr int group_filters() const { return filters / groups; }
  constexpr int inputs() const { return h.in * w.in * channels; }
  constexpr int positions() const { return h.out * w.out; }
  /// Rows of the kernel as a matrix: (ky, kx, channel of the group), each of `filters` weights.
  constexpr int lines() const { return h.kernel * w.kernel * group_channels(); }
  /// Every channel is alone with one filter: nothing is summed over channels.
  constexpr bool depthwise() const { return groups > 1 && groups == channels && groups == filters; }
};

/// Elements of a kernel axis that meet data at one place: first, first + step, ..., `count` of them, at the
/// places at, at + move, ... of the other side.
struct Taps {
  int first = 0, step = 1, count = 0, at = 0, move = 0;
};

/// The taps of an output place, or with `back`, those of an input place.
template <bool back>
constexpr Taps taps_of(const ConvolutionAxis& a, int place) {
  Taps t;
  for (int k = 0; k < a.kernel; ++k) {
    int at = place * a.stride + k * a.dilation - a.pad;
    if (back) {
      at = place + a.pad - k * a.dilation;
      if (at % a.stride != 0) continue;
      at /= a.stride;
    }
    if (at < 0 || at >= (back ? a.out : a.in)) continue;
    if (t.count == 1) t.step = k - t.first, t.move = at - t.at;
    if (t.count++ == 0) t.first = k, t.at = at;
  }
  return t;
}

/// Output places at which element `k` of the kernel meets data.
struct Places {
  int first = 0, end = 0;
  constexpr bool operator==(const Places&) const = default;
};
constexpr Places places_of(const ConvolutionAxis& a, int k) {
  const int before = a.pad - k * a.dilation, last = a.in - 1 + before;
  Places p;
  p.first = before > 0 ? (before + a.stride - 1) / a.stride : 0;
  p.end = last < 0 ? 0 : last / a.stride + 1;
  if (p.end > a.out) p.end = a.out;
  if (p.first > p.end) p.first = p.end;
  return p;
}

/// `tile` results at one place. `from`, `w` and `start` point at the first channel, weight and bias of them.
/// With `adds` they are added to what stands there.
template <bool back, int tile, bool adds, class T>
inline void convolve_tile(const Convolution& c, const Taps& y, const Taps& x, const T* from, const T* w,
                          const T* start, T* to) {
  const int channels = back ? c.filters : c.channels, width = back ? c.w.out : c.w.in;
  const int line = c.group_channels() * c.filters;
  int run = back ? c.group_filters() : c.group_channels(), across = x.count;
  if (!back && c.groups == 1 && x.move == 1) run *= across, across = 1;  // neighbours in memory too
  T sum[tile];
#pragma GCC unroll 8
  for (int k = 0; k < tile; ++k) sum[k] = start ? start[k] : T(0);
  for (int j = 0; j < y.count; ++j) {
#if ETCH_FLOAT_ASSEMBLY
    if constexpr (fused_forms::takes_loops<T> && back && tile == 4) {
      if (across > 0)
        fused_forms::add_along_rows(
            {run, c.filters * 4, across, (x.move * channels - run) * 4, (x.step * line - run) * 4},
            from + ((y.at + j * y.move) * width + x.at) * channels,
            w + ((y.first + j * y.step) * c.w.kernel + x.first) * line, sum);
      continue;
    }
#endif
    for (int i = 0; i < across; ++i) {
      const T* f = from + ((y.at + j * y.move) * width + x.at + i * x.move) * channels;
      const T* v = w + ((y.first + j * y.step) * c.w.kernel + x.first + i * x.step) * line;
      dot_some<tile>(tile, run, f, 1, v, back ? 1 : c.filters, back ? c.filters : 1, sum);
    }
  }
#pragma GCC unroll 8
  for (int k = 0; k < tile; ++k) to[k] = adds ? to[k] + sum[k] : sum[k];
}

/// The results of one group at one place.
template <bool back, int tile, bool adds, class T>
inline void convolve_group(const Convolution& c, const Taps& y, const Taps& x, const T* from, const T* w,
                           const T* start, T* to, int count) {
  const int step = back ? c.filters : 1;
  int o = 0;
  for (; o + tile <= count; o += tile)
    convolve_tile<back, tile, adds>(c, y, x, from, w + o * step, start ? start + o : start, to + o);
  if constexpr (tile > 1)
    if (o < count)
      convolve_group<back, (tile > 4 ? 4 : 1), adds>(c, y, x, from, w + o * step, start ? start + o : start,
                                                     to + o, count - o);
}

namespace portable {
/// to[p][o] = start[o] + the sum, over ky, kx and the channels of o's group, each ascending, of
/// from[p * stride + (ky, kx) * dilation - pad][channel] * w[ky][kx][channel][o]. Taps beyond the edge are
/// left out, so nothing is padded. With `back`, `from` is of the output's shape and `to` of the input's:
/// to[p][channel] = start[channel] + the sum, over ky, kx and the filters of the group, ascending, of the
/// outputs that read p. That is the input gradient, and a transposed convolution. `start` may be null. With
/// `adds` each whole sum is added to what stands in `to`.
template <bool back, class T, bool adds = false>
inline void convolve_groups(const Convolution& c, int rows, const T* from, const T* w, const T* start,
                            T* to) {
  const int height = back ? c.h.in : c.h.out, width = back ? c.w.in : c.w.out;
  const int in = back ? c.group_filters() : c.group_channels();
  const int out = back ? c.group_channels() : c.group_filters();
  const int from_sample = back ? c.positions() * c.filters : c.inputs();
  for (int r = 0; r < rows; ++r, from += from_sample)
    for (int py = 0; py < height; ++py) {
      const Taps y = taps_of<back>(c.h, py);
      for (int px = 0; px < width; ++px) {
        const Taps x = taps_of<back>(c.w, px);
        for (int g = 0; g < c.groups; ++g, to += out)
          convolve_group<back, (back ? 4 : 8), adds>(c, y, x, from + g * in, w + g * c.group_filters(),
                                                     start ? start + g * out : start, to, out);
      }
    }
}
}  // namespace portable

/// sum[k] = the gradient of weight o + k of kernel row `line`: the sum over samples, output rows and columns,
/// each ascending, of input * dy. All `count` weights are of one group, or the convolution is depthwise. Sums
/// of a `fixed` count stay in registers. They begin with 0, or go on from what they are.
template <int fixed = 0, bool goes_on = false, class T>
inline void convolve_weight_sums(const Convolution& c, int rows, int line, int o, int count, const T* x,
                                 const T* dy, T* sums) {
  const int tap = line / c.group_channels(), channel_step = c.depthwise() ? 1 : 0;
  const int ky = tap / c.w.kernel, kx = tap % c.w.kernel;
  const int channel = o / c.group_filters() * c.group_channels() + line % c.group_channels();
  const Places py = places_of(c.h, ky), px = places_of(c.w, kx);
  T running[fixed > 0 ? fixed : 1];
  T* const sum = fixed > 0 ? running : sums;
#pragma GCC unroll 8
  for (int k = 0; k < (fixed > 0 ? fixed : count); ++k) sum[k] = goes_on ? sums[k] : T(0);
  const int across = px.end - px.first, x_step = c.w.stride * c.channels;
  for (int r = 0; r < rows; ++r)
    for (int y = py.first; y < py.end; ++y) {
      const int iy = y * c.h.stride + ky * c.h.dilation - c.h.pad;
      const int ix = px.first * c.w.stride + kx * c.w.dilation - c.w.pad;
      const T* xi = x + r * c.inputs() + (iy * c.w.in + ix) * c.channels + channel;
      const T* di = dy + ((r * c.h.out + y) * c.w.out + px.first) * c.filters + o;
#if ETCH_FLOAT_ASSEMBLY
      if constexpr (fused_forms::takes_loops<T> && fixed == 8) {
        const int down = py.end - py.first;
        const fused_forms::WindowTaps taps{across,
                                           down,
                                           x_step * 4,
                                           c.filters * 4,
                                           (c.h.stride * c.w.in * c.channels - across * x_step) * 4,
                                           (c.w.out - across) * c.filters * 4};
        if (across > 0 && channel_step != 0) fused_forms::add_each_of_8(taps, xi, di, sum);
        if (across > 0 && channel_step == 0) fused_forms::add_outer_of_8(taps, xi, di, sum);
        break;
      }
#endif
      dot_each<fixed>(count, across, xi, x_step, channel_step, di, c.filters, sum);
    }
#pragma GCC unroll 8
  for (int k = 0; k < fixed; ++k) sums[k] = running[k];
}

namespace portable {
/// The gradient of some rows of the kernel, one after the other, into the sink.
template <class T, class Sink>
[[gnu::always_inline]] inline void convolve_weight_lines(const Convolution& c, const Hyper& h, int rows,
                                                         Range lines, const T* x, const T* dy,
                                                         const Sink& sink) {
  constexpr int tile = vectorizes_loops ? 16 : 8;
  const int width = c.depthwise() ? c.filters : c.group_filters();  // weights that one tile may span
  for (int line = lines.first; line < lines.end; ++line)
    for (int o = 0, count = 0; o < c.filters; o += count) {
      count = width - o % width;
      if (count > tile) count = tile;
      T sum[tile];
      const auto add_up = [&](auto goes_on) {
        if (!vectorizes_loops && count == tile)
          convolve_weight_sums<tile, goes_on()>(c, rows, line, o, count, x, dy, sum);
        else
          convolve_weight_sums<0, goes_on()>(c, rows, line, o, count, x, dy, sum);
      };
      if (sink.goes_on()) {
        sink.resume(line * c.filters + o, sum, count);
        add_up(std::true_type{});
      } else {
        add_up(std::false_type{});
      }
      sink.put(h, line * c.filters + o, sum, count);
    }
}

template <class T, class Sink>
inline void convolve_weights(const Convolution& c, const Hyper& h, int rows, const T* x, const T* dy,
                             const Sink& sink) {
  convolve_weight_lines(c, h, rows, {0, c.lines()}, x, dy, sink);
}

template <class T, class Sink>
inline void convolve_bias(int filters, const Hyper& h, int positions, const T* dy, const Sink& sink) {
  dense_bias_columns<backward_columns>({.out = filters}, UpdateStep<T>(h), positions, dy, sink);
}
}  // namespace portable

}  // namespace etch::kernels
