// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/fused/multiply_add.hpp>

#include <cstdint>

namespace etch::kernels {

enum class ResizeKind : std::int32_t { nearest, bilinear };

/// [height, width, channels] to [height * rows_each, width * columns_each, channels].
struct Resize {
  ResizeKind kind = ResizeKind::nearest;
  int height = 1, width = 1, channels = 1;
  int rows_each = 1, columns_each = 1;
  constexpr bool operator==(const Resize&) const = default;
};

namespace detail {

/// Between which two inputs an output lies, and how far from the first, in [0, 1).
template <class T>
struct Between {
  int low = 0, high = 0;
  T share = 0;
};

/// Half-pixel centres: output o lies at (o + 1/2) / factor - 1/2, kept in 2 * factor-ths so that it is exact.
template <class T>
constexpr Between<T> between(ResizeKind kind, int o, int factor, int extent) {
  if (kind == ResizeKind::nearest) return {o / factor, o / factor, T(0)};
  const int unit = 2 * factor, at = 2 * o + 1 - factor;
  if (at < 0) return {0, 0, T(0)};
  const int low = at / unit;
  return {low, low + 1 < extent ? low + 1 : low, static_cast<T>(T(at - low * unit) / T(unit))};
}

template <class T, class F>
[[gnu::always_inline]] inline void for_each_output(const Resize& d, int rows, F&& f) {
  int out = 0;
  for (int r = 0; r < rows; ++r)
    for (int oy = 0; oy < d.height * d.rows_each; ++oy) {
      const auto y = between<T>(d.kind, oy, d.rows_each, d.height);
      for (int ox = 0; ox < d.width * d.columns_each; ++ox, out += d.channels) {
        const auto x = between<T>(d.kind, ox, d.columns_each, d.width);
        const auto at = [&](int iy, int ix) { return ((r * d.height + iy) * d.width + ix) * d.channels; };
        f(out, at, y, x);
      }
    }
}

}  // namespace detail

/// Bilinear: between the left and right neighbours first, then between the two rows, as TensorFlow's resize
/// with half-pixel centres; beyond the outermost centres the border's value.
template <class T>
[[gnu::always_inline]] inline void resize(const Resize& d, int rows, const T* x, T* y) {
  detail::for_each_output<T>(
      d,
      rows, [&](int out, const auto& at, const auto& row, const auto& column) __attribute__((always_inline)) {
        for (int c = 0; c < d.channels; ++c) {
          if (d.kind == ResizeKind::nearest) {
            y[out + c] = x[at(row.low, column.low) + c];
            continue;
          }
          const T low = x[at(row.low, column.low) + c], high = x[at(row.high, column.low) + c];
          const T above = multiply_add(T(x[at(row.low, column.high) + c] - low), column.share, low);
          const T below = multiply_add(T(x[at(row.high, column.high) + c] - high), column.share, high);
          y[out + c] = multiply_add(T(below - above), row.share, above);
        }
      });
}

/// The backward pass: every output, in scan order, adds its shares to its neighbours.
template <class T>
[[gnu::always_inline]] inline void resize_backward(const Resize& d, int rows, const T* dy, T* dx) {
  for (int i = 0; i < rows * d.height * d.width * d.channels; ++i) dx[i] = T(0);
  detail::for_each_output<T>(
      d,
      rows, [&](int out, const auto& at, const auto& row, const auto& column) __attribute__((always_inline)) {
        for (int c = 0; c < d.channels; ++c) {
          const T slope = dy[out + c];
          if (d.kind == ResizeKind::nearest) {
            dx[at(row.low, column.low) + c] += slope;
            continue;
          }
          const T above = slope * (T(1) - row.share), below = slope * row.share;
          const auto add = [&](T share, T part, T & to) __attribute__((always_inline)) {
            to = multiply_add(share, part, to);
          };
          add(above, T(1) - column.share, dx[at(row.low, column.low) + c]);
          add(above, column.share, dx[at(row.low, column.high) + c]);
          add(below, T(1) - column.share, dx[at(row.high, column.low) + c]);
          add(below, column.share, dx[at(row.high, column.high) + c]);
        }
      });
}

}  // namespace etch::kernels
