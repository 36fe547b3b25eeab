// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/pooling.hpp>
#include <runtime/kernels/vector/math.hpp>
#include <runtime/kernels/vector/tiles.hpp>

/// Pooling in vectors of neighbouring channels: nothing branches on which tap is the largest.
namespace etch::kernels::vector::inline ETCH_TARGET {

inline constexpr int pool_lanes = widest < 8 ? widest : 8;  // g++ takes wider comparisons apart

/// Calls f(elements before the tap, its number) for each tap of a window, in scan order.
template <class F>
[[gnu::always_inline]] inline void for_taps(const Pool& d, const detail::Window& w, const F& f) {
  int number = 0;
  for (int iy = w.first_row; iy < w.last_row; ++iy)
    for (int ix = w.first_column; ix < w.last_column; ++ix, ++number)
      f((iy * d.width + ix) * d.channels, number);
}

/// Calls f(window, its elements of y before it, lanes, first channel, channels) for all of a sample.
template <class F>
[[gnu::always_inline]] inline void for_windows(const Pool& d, const F& f) {
  int out = 0;
  for (int oy = 0; oy < d.out_height; ++oy)
    for (int ox = 0; ox < d.out_width; ++ox, out += d.channels) {
      const detail::Window window = detail::window_at(d, oy, ox);
      for_lanes<pool_lanes>(d.channels,
                            [&](auto lanes, int c, int count) { f(window, out + c, lanes, c, count); });
    }
}

/// The first largest tap of some channels, and its number.
template <int lanes, class T>
[[gnu::always_inline]] inline void largest(const Pool& d, const detail::Window& w, const T* x, int count,
                                           Vector<lanes>& best, SignedBits<lanes>& tap) {
  for_taps(d, w, [&](int at, int number) {
    Vector<lanes> value;
    load_some<lanes>(value, x + at, count);
    if (number == 0) best = value;
    tap = value > best ? SignedBits<lanes>{} + number : tap;
    best = value > best ? value : best;
  });
}

/// The sum of the taps over their number, or the largest.
template <int lanes, class T>
[[gnu::always_inline]] inline void pool_window(const Pool& d, const detail::Window& w, const T* x, int count,
                                               Vector<lanes>& y) {
  if (d.kind == PoolKind::average) {
    y = Vector<lanes>{};
    for_taps(d, w, [&](int at, int) {
      Vector<lanes> value;
      load_some<lanes>(value, x + at, count);
      y += value;
    });
    y /= Vector<lanes>{} + static_cast<float>(w.taps());
    return;
  }
  for_taps(d, w, [&](int at, int number) {
    Vector<lanes> value;
    load_some<lanes>(value, x + at, count);
    if (number == 0) y = value;
    y = value > y ? value : y;
  });
}

template <Single T, class Tap>
[[gnu::always_inline]] inline void pool_forward(const Pool& d, int rows, const T* x, T* y, Tap* taps) {
  const int in = d.height * d.width * d.channels, out = d.out_height * d.out_width * d.channels;
  for (int r = 0; r < rows; ++r, x += in, y += out)
    for_windows(d, [&](const detail::Window& w, int to, auto lanes, int c, int count) {
      Vector<lanes()> value{};
      if (!taps || d.kind != PoolKind::max) {
        pool_window<lanes()>(d, w, x + c, count, value);
      } else {
        SignedBits<lanes()> tap{};
        largest<lanes()>(d, w, x + c, count, value, tap);
        for (int k = 0; k < count; ++k) taps[r * out + to + k] = static_cast<Tap>(tap[k]);
      }
      store_some<lanes()>(value, y + to, count);
    });
}

/// Adds to each tap what is dy where `tap` is its number, or with `average` everywhere, and else zeros: these
/// change no sum that began with a zero.
template <int lanes, bool average, class T>
[[gnu::always_inline]] inline void add_to_taps(const Pool& d, const detail::Window& w,
                                               const Vector<lanes>& dy, const SignedBits<lanes>& tap,
                                               int count, T* dx) {
  for_taps(d, w, [&](int at, int number) {
    Vector<lanes> sum;
    load_some<lanes>(sum, static_cast<const T*>(dx + at), count);
    if constexpr (average)
      sum += dy;
    else
      sum += (Vector<lanes>)((SignedBits<lanes>)dy & (tap == number));
    store_some<lanes>(sum, dx + at, count);
  });
}

template <Single T, class Tap>
[[gnu::always_inline]] inline void pool_backward(const Pool& d, int rows, const T* dy, const T* x,
                                                 const Tap* taps, T* dx) {
  const int in = d.height * d.width * d.channels, out = d.out_height * d.out_width * d.channels;
  for (int r = 0; r < rows; ++r, dy += out, dx += in) {
    for (int i = 0; i < in; ++i) dx[i] = T(0);
    for_windows(d, [&](const detail::Window& w, int from, auto lanes, int c, int count) {
      Vector<lanes()> error, value{};
      SignedBits<lanes()> tap{};
      load_some<lanes()>(error, dy + from, count);
      if (d.kind == PoolKind::average) {
        error /= Vector<lanes()>{} + static_cast<float>(w.taps());
        return add_to_taps<lanes(), true>(d, w, error, tap, count, dx + c);
      }
      if (taps)
        for (int k = 0; k < count; ++k) tap[k] = taps[r * out + from + k];
      else
        largest<lanes()>(d, w, x + r * in + c, count, value, tap);
      add_to_taps<lanes(), false>(d, w, error, tap, count, dx + c);
    });
  }
}

}  // namespace etch::kernels::vector::inline ETCH_TARGET
