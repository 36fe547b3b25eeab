// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/scalar/int8_window.hpp>
#include <runtime/kernels/scalar/int8_word.hpp>

/// From bytes of an image to the words that filters are multiplied with: those of two pairs of pixels lie by
/// turns.
namespace etch::kernels::scalar::inline ETCH_TARGET {

constexpr int between_taps = 2;

/// `taps` taps of two pixels that lie one behind the other. \return where the next would go
[[gnu::always_inline]] inline std::uint32_t* pack_taps(const std::int8_t* low, const std::int8_t* high,
                                                       int taps, std::uint32_t* to) {
  for (; taps >= 4; taps -= 4, low += 4, high += 4, to += 4 * between_taps)
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) to[i * between_taps] = packed(low[i], high[i]);
  for (; taps > 0; --taps, to += between_taps) *to = packed(*low++, *high++);
  return to;
}

/// `taps` taps of four pixels that lie `step` bytes apart. \return where the next would go
[[gnu::always_inline]] inline std::uint32_t* pack_four(const std::int8_t* x, int step, int taps,
                                                       std::uint32_t* to) {
  const int two = 2 * step, three = 3 * step;
  const auto pack = [&](int i) __attribute__((always_inline)) {
    to[i * between_taps] = packed(x[i], x[i + step]);
    to[i * between_taps + 1] = packed(x[i + two], x[i + three]);
  };
  for (; taps >= 2; taps -= 2, x += 2, to += 2 * between_taps) {
    pack(0);
    pack(1);
  }
  if (taps > 0) {
    pack(0);
    to += between_taps;
  }
  return to;
}

/// The windows of one call, in the order of results, two or four at a time.
struct Windows {
  const Int8Convolution& d;
  const std::int8_t* x;
  std::int32_t zero_point;
  WindowPlace next;
  int column = 0;  ///< of the next one's result
  WindowPlace low{}, high{};

  [[gnu::always_inline]] Windows(const Int8Convolution& layer, const std::int8_t* input, std::int32_t outside)
      : d(layer), x(input), zero_point(outside), next{-layer.y.before, -layer.x.before} {}
  [[gnu::noinline]] void advance() {
    low = high;
    high = next;
    next.left += d.x.stride;
    if (++column < d.x.out) return;
    column = 0;
    next = {high.top + d.y.stride, -d.x.before};
  }
  [[gnu::always_inline]] WindowPlace take() {
    advance();
    return high;
  }
  /// Both lie within the data, and their rows are single pieces of it.
  [[gnu::noinline]] bool within() const {
    return pieces(low.top, low.left, low.left) && pieces(high.top, high.left, high.left);
  }
  /// The next four lie so, side by side.
  [[gnu::noinline]] bool four_within() const {
    return column + 4 <= d.x.out && pieces(next.top, next.left, next.left + 3 * d.x.stride);
  }
  [[gnu::always_inline]] bool pieces(int top, int left, int last_left) const {
    return d.x.dilation == 1 && top >= 0 && top + d.y.span() <= d.y.in && left >= 0 &&
           last_left + d.x.kernel <= d.x.in;
  }
  [[gnu::always_inline]] const std::int8_t* data(int top, int left) const {
    return x + (top * d.x.in + left) * d.channels;
  }
};

[[gnu::noinline]] inline void pack_within(const Windows& w, std::uint32_t* to) {
  const Int8Convolution& d = w.d;
  const std::int8_t *low = w.data(w.low.top, w.low.left), *high = w.data(w.high.top, w.high.left);
  const int row = d.y.dilation * d.x.in * d.channels, taps = d.x.kernel * d.channels;
  for (int rows = d.y.kernel; rows > 0; --rows, low += row, high += row) to = pack_taps(low, high, taps, to);
}

[[gnu::noinline]] inline void pack_four_within(const Windows& w, std::uint32_t* to) {
  const Int8Convolution& d = w.d;
  const std::int8_t* x = w.data(w.next.top, w.next.left);
  const int row = d.y.dilation * d.x.in * d.channels, taps = d.x.kernel * d.channels;
  for (int rows = d.y.kernel; rows > 0; --rows, x += row)
    to = pack_four(x, d.x.stride * d.channels, taps, to);
}

/// Zero points in place of two windows.
[[gnu::noinline]] inline void pack_outside(const Windows& w, std::uint32_t* to) {
  const std::uint32_t outside = packed(w.zero_point, w.zero_point);
  for (int taps = w.d.row; taps > 0; taps -= 4, to += 4 * between_taps)  // whole words of weights
    to[0] = to[between_taps] = to[2 * between_taps] = to[3 * between_taps] = outside;
}

/// One of two windows over zero points, but for its taps outside. \param unit 1, or 2^16 for the second
[[gnu::noinline]] inline void pack_over_edge(const Windows& w, const WindowPlace& at, std::uint32_t unit,
                                             std::uint32_t* to) {
  const Int8Convolution& d = w.d;
  const Int8Inside rows = int8_inside(d.y, at.top), columns = int8_inside(d.x, at.left);
  const int taps = d.x.dilation == 1 ? columns.end - columns.first : 1;  // that lie one behind the other
  const std::uint32_t outside = static_cast<std::uint32_t>(w.zero_point) * unit;
  for (int ky = rows.first; ky < rows.end; ++ky)
    for (int kx = columns.first; kx < columns.end; kx += taps) {
      const std::int8_t* from = w.data(at.top + ky * d.y.dilation, at.left + kx * d.x.dilation);
      std::uint32_t* word = to + (ky * d.x.kernel + kx) * d.channels * between_taps;
#pragma GCC unroll 4
      for (int bytes = taps * d.channels; bytes > 0; --bytes, word += between_taps)
        *word += static_cast<std::uint32_t>(std::int32_t{*from++}) * unit - outside;
    }
}

/// The next four windows.
[[gnu::always_inline]] inline void pack_windows(Windows& w, std::uint32_t* to) {
  const bool within = w.four_within();
  if (within) pack_four_within(w, to);
  for (int pair = 0; pair < 2; ++pair, ++to) {
    w.advance();
    w.advance();
    if (within) continue;
    if (w.within()) {
      pack_within(w, to);
    } else {
      pack_outside(w, to);
      pack_over_edge(w, w.low, 1, to);
      pack_over_edge(w, w.high, 1 << 16, to);
    }
  }
}

}  // namespace etch::kernels::scalar::inline ETCH_TARGET
