// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/float_places.hpp>
#include <runtime/kernels/fused/fused_float.hpp>

#include <cstdint>
#include <type_traits>

namespace etch::kernels {

enum class PoolKind : std::int32_t { max, average };

/// Windows of `pool_height` x `pool_width` over [height, width, channels]. Taps that fall outside count for
/// nothing. `saves_taps`: training keeps which tap of each window was the largest.
struct Pool {
  PoolKind kind = PoolKind::max;
  int height = 1, width = 1, channels = 1;
  int out_height = 1, out_width = 1;
  int pool_height = 1, pool_width = 1;
  int stride_height = 1, stride_width = 1;
  int top = 0, left = 0;  ///< rows and columns of padding before the input
  int saves_taps = 0;
  constexpr int taps() const { return pool_height * pool_width; }
  /// Whether no two windows share an input.
  [[gnu::always_inline]] constexpr bool apart() const {
    return (out_height == 1 || stride_height >= pool_height) &&
           (out_width == 1 || stride_width >= pool_width);
  }
  /// Whether all windows lie inside the input.
  [[gnu::always_inline]] constexpr bool inside() const {
    return top == 0 && left == 0 && rows_reached() <= height && columns_reached() <= width;
  }
  /// Whether each input lies in one window, and in no other.
  [[gnu::always_inline]] constexpr bool tiles() const {
    return apart() && (out_height == 1 || stride_height == pool_height) &&
           (out_width == 1 || stride_width == pool_width) && rows_reached() >= height + top &&
           columns_reached() >= width + left;
  }
  constexpr bool operator==(const Pool&) const = default;

 private:
  [[gnu::always_inline]] constexpr int rows_reached() const {
    return (out_height - 1) * stride_height + pool_height;
  }
  [[gnu::always_inline]] constexpr int columns_reached() const {
    return (out_width - 1) * stride_width + pool_width;
  }
};

namespace detail {

/// The part of one window that lies inside the input.
struct Window {
  int first_row = 0, last_row = 0, first_column = 0, last_column = 0;  // last: one past
  constexpr int taps() const { return (last_row - first_row) * (last_column - first_column); }
};

constexpr Window window_at(const Pool& d, int oy, int ox) {
  const int row = oy * d.stride_height - d.top, column = ox * d.stride_width - d.left;
  return {row < 0 ? 0 : row, row + d.pool_height < d.height ? row + d.pool_height : d.height,
          column < 0 ? 0 : column, column + d.pool_width < d.width ? column + d.pool_width : d.width};
}

inline constexpr int pool_tile = 8;  // channels that go through a window together

/// Calls `f(window, input of the sample, its output position, first channel, channels)` for every window in
/// scan order.
template <class F>
[[gnu::always_inline]] inline void for_each_window(const Pool& d, int rows, F&& f) {
  int out = 0;
  for (int r = 0; r < rows; ++r)
    for (int oy = 0; oy < d.out_height; ++oy)
      for (int ox = 0; ox < d.out_width; ++ox, out += d.channels) {
        const Window window = window_at(d, oy, ox);
        for (int c = 0; c < d.channels; c += pool_tile)
          f(window, r * d.height * d.width * d.channels + c, out + c,
            d.channels - c < pool_tile ? d.channels - c : pool_tile);
      }
}

/// The first largest tap of each of `n` channels, in scan order of the window: its value and its number.
template <class T>
[[gnu::always_inline]] inline void largest(const Pool& d, const Window& w, const T* x, int n, T* best,
                                           int* tap) {
  int number = 0;
  for (int iy = w.first_row; iy < w.last_row; ++iy)
    for (int ix = w.first_column; ix < w.last_column; ++ix, ++number) {
      const T* const at = x + (iy * d.width + ix) * d.channels;
      for (int k = 0; k < n; ++k)
        if (number == 0 || at[k] > best[k]) {
          best[k] = at[k];
          tap[k] = number;
        }
    }
}

/// `a` where it is larger, else `b`. Whole numbers, of up to 16 bits, by a mask: no compiler makes a branch
/// of it.
template <class T>
[[gnu::always_inline]] constexpr T larger(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    static_assert(sizeof(T) <= 2, "a difference has to fit int");
    const int rise = a - b;
    return static_cast<T>(b + (rise & ~(rise >> 31)));
  } else {
    return a > b ? a : b;
  }
}

/// The value alone: no branch depends on what the taps are.
template <class T>
[[gnu::always_inline]] inline void largest(const Pool& d, const Window& w, const T* x, int n, T* best) {
  const T* const first = x + (w.first_row * d.width + w.first_column) * d.channels;
  for (int k = 0; k < n; ++k) best[k] = first[k];
  for (int iy = w.first_row; iy < w.last_row; ++iy)
    for (int ix = w.first_column; ix < w.last_column; ++ix) {
      const T* const at = x + (iy * d.width + ix) * d.channels;
      for (int k = 0; k < n; ++k) best[k] = larger(at[k], best[k]);
    }
}

/// All of dy goes to a tap of its window, whose number is known. Where windows share no input, it is the
/// only one there is. \param first the first input of the window
template <class T, class Tap>
[[gnu::always_inline]] inline void give_to_taps(const Pool& d, const Window& w, int n, const T* dy,
                                                const Tap* tap, T* first) {
  const int columns = d.inside() ? d.pool_width : w.last_column - w.first_column;
  for (int k = 0; k < n; ++k) {
    const int row = tap[k] / columns, column = tap[k] - row * columns;
    T& to = first[(row * d.width + column) * d.channels + k];
    to = (d.apart() ? T(0) : to) + dy[k];
  }
}

/// `share` of `n` channels becomes, or with `adds` is added to, what stands at `places` that follow each
/// other.
template <bool adds, class T>
[[gnu::always_inline]] inline void give_along(int places, int channels, int n, const T* share, T* to) {
#if ETCH_FLOAT_ASSEMBLY
  if constexpr (Single<T>)
    if (n == pool_tile) {
      const int bytes = channels * static_cast<int>(sizeof(T));
      return adds ? fused_forms::add_8(places, plain(share), plain(to), bytes)
                  : fused_forms::put_8(places, plain(share), plain(to), bytes);
    }
#endif
  for (const T* const end = to + places * channels; to != end; to += channels)
    for (int k = 0; k < n; ++k) to[k] = adds ? to[k] + share[k] : share[k];
}

/// An equal share of dy goes to every tap of its window. \param first the first input of the window
template <class T>
[[gnu::always_inline]] inline void give_shares(const Pool& d, const Window& w, int n, const T* dy, T* first) {
  const bool inside = d.inside();
  const int taps = inside ? d.taps() : w.taps(), across = w.last_column - w.first_column;
  T share[pool_tile] = {};
  for (int k = 0; k < n; ++k) share[k] = T(0) + dy[k] / T(taps);  // what a sum of one that begins with 0 is
  // Rows that are as wide as the input follow each other.
  const int runs = across == d.width ? 1 : w.last_row - w.first_row;
  for (int run = 0; run < runs; ++run, first += d.width * d.channels)
    if (d.apart())
      give_along<false>(taps / runs, d.channels, n, share, first);
    else
      give_along<true>(taps / runs, d.channels, n, share, first);
}

}  // namespace detail

namespace portable {
/// Max: the largest tap. Average: the taps inside, added in scan order (rows, then columns), over their
/// number. `y` may be `x` where nothing is padded before the input: a window is read before its result is
/// written, and no later window begins before it. `taps` gets the number of the largest tap, where it is
/// kept.
template <class T, class Tap>
[[gnu::always_inline]] inline void pool_forward(const Pool& d, int rows, const T* x, T* y, Tap* taps) {
  detail::for_each_window(
      d, rows, [&](const detail::Window& w, int in, int out, int n) __attribute__((always_inline)) {
        T value[detail::pool_tile] = {};
        if (d.kind == PoolKind::max) {
          if (taps) {
            int tap[detail::pool_tile] = {};
            detail::largest(d, w, x + in, n, value, tap);
            for (int k = 0; k < n; ++k) taps[out + k] = static_cast<Tap>(tap[k]);
          } else {
            detail::largest(d, w, x + in, n, value);
          }
          for (int k = 0; k < n; ++k) y[out + k] = value[k];
          return;
        }
        for (int iy = w.first_row; iy < w.last_row; ++iy)
          for (int ix = w.first_column; ix < w.last_column; ++ix)
            for (int k = 0; k < n; ++k) value[k] += x[in + (iy * d.width + ix) * d.channels + k];
        for (int k = 0; k < n; ++k) y[out + k] = value[k] / T(w.taps());
      });
}

/// The backward pass. Max: all of dy goes to the first largest tap, as TensorFlow has it; it is `taps` if
/// they were kept, else it is found again in `x`. Average: an equal share to every tap inside. Windows that
/// overlap add up in scan order, from 0.
template <class T, class Tap>
[[gnu::always_inline]] inline void pool_backward(const Pool& d, int rows, const T* dy, const T* x,
                                                 const Tap* taps, T* dx) {
  const bool average = d.kind == PoolKind::average;
  if (!average || !d.tiles())
    for (int i = 0; i < rows * d.height * d.width * d.channels; ++i) dx[i] = T(0);
  detail::for_each_window(
      d, rows, [&](const detail::Window& w, int in, int out, int n) __attribute__((always_inline)) {
        T* const first = dx + in + (w.first_row * d.width + w.first_column) * d.channels;
        if (average) return detail::give_shares(d, w, n, dy + out, first);
        if (taps) return detail::give_to_taps(d, w, n, dy + out, taps + out, first);
        T value[detail::pool_tile] = {};
        int tap[detail::pool_tile] = {};
        detail::largest(d, w, x + in, n, value, tap);
        detail::give_to_taps(d, w, n, dy + out, tap, first);
      });
}
}  // namespace portable

}  // namespace etch::kernels
