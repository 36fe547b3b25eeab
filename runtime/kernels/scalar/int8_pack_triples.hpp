// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/scalar/int8_multiply_triples.hpp>
#include <runtime/kernels/scalar/int8_window.hpp>

/// From bytes of an image to the triples that filters are multiplied with.
namespace etch::kernels::scalar::inline ETCH_TARGET {

/// `taps` taps of pixels that lie `step` bytes apart; from the last of them on, all are that one. \return
/// where the next would go
template <class Triple, int Blocks>
[[gnu::always_inline]] inline TripleTap<Triple, Blocks>* pack_pixels(const std::int8_t* x, int step,
                                                                     int pixels, int taps,
                                                                     TripleTap<Triple, Blocks>* to) {
  TripleTap<Triple, Blocks>* last = to;
#pragma GCC unroll 1
  for (int b = 0; b < Blocks; ++b) {
    const int second = pixels > 1 ? step : 0, third = second + (pixels > 2 ? step : 0);
    last = to;
    const std::int8_t *x0 = x, *x1 = x + second, *x2 = x + third;
#pragma GCC unroll 2
    for (const auto* const end = to + taps; last != end; ++last) last->of[b] = Triple(*x0++, *x1++, *x2++);
    x += third + (pixels > 3 ? step : 0);
    pixels -= 3;
  }
  return last;
}

/// The windows of one call, in the order of results.
struct WindowWalk {
  const Int8Convolution& d;
  const std::int8_t* x;
  std::int32_t zero_point;
  int top, left;
  int column = 0;  ///< of the next window's result

  [[gnu::always_inline]] WindowWalk(const Int8Convolution& layer, const std::int8_t* input,
                                    std::int32_t outside)
      : d(layer), x(input), zero_point(outside), top(-layer.y.before), left(-layer.x.before) {}
  [[gnu::always_inline]] WindowPlace take() {
    const WindowPlace place{top, left};
    left += d.x.stride;
    if (++column < d.x.out) return place;
    column = 0;
    left = -d.x.before;
    top += d.y.stride;
    return place;
  }
  /// The next ones lie within the data, side by side, and their rows are single pieces of it.
  [[gnu::always_inline]] bool are_within(int windows) const {
    return d.x.dilation == 1 && column + windows <= d.x.out && top >= 0 && top + d.y.span() <= d.y.in &&
           left >= 0 && left + (windows - 1) * d.x.stride + d.x.kernel <= d.x.in;
  }
};

/// A window over zero points, but for its taps outside. \param unit a triple of one pixel's 1
template <class Triple, int Blocks>
[[gnu::noinline]] inline void pack_over_zero_points(const WindowWalk& w, const WindowPlace& place,
                                                    Triple unit, int block, TripleTap<Triple, Blocks>* to) {
  const Int8Convolution& d = w.d;
  walk_window(d, w.x, place.top, place.left, int8_inside(d.y, place.top), int8_inside(d.x, place.left),
              [&](const std::int8_t* from, int tap, int taps) {
                auto* at = to + tap * d.channels;
                for (const auto* const end = at + taps * d.channels; at != end; ++at)
                  at->of[block].add(unit, *from++ - w.zero_point);
              });
}

/// The next windows.
template <class Triple, int Blocks>
[[gnu::noinline]] inline void pack_windows(WindowWalk& w, int windows, TripleTap<Triple, Blocks>* to) {
  const Int8Convolution& d = w.d;
  if (w.are_within(windows)) {
    const std::int8_t* x = w.x + (w.top * d.x.in + w.left) * d.channels;
    const int row = d.y.dilation * d.x.in * d.channels;
    for (int rows = d.y.kernel; rows > 0; --rows, x += row)
      to = pack_pixels(x, d.x.stride * d.channels, windows, d.x.kernel * d.channels, to);
    for (; windows > 0; --windows) w.take();
    return;
  }
  const Triple outside(w.zero_point, w.zero_point, w.zero_point);
  for (int tap = 0; tap < d.row; ++tap)
    for (Triple& of_block : to[tap].of) of_block = outside;
  for (int i = 0; i < windows; ++i)
    pack_over_zero_points(w, w.take(), Triple(i % 3 == 0, i % 3 == 1, i % 3 == 2), i / 3, to);
}

}  // namespace etch::kernels::scalar::inline ETCH_TARGET
