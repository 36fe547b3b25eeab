// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/resample.hpp>

namespace etch::kernels {

/// [height, width, channels] to [out_height, out_width, channels], with half-pixel centres.
struct ResizeTo {
  ResizeKind kind = ResizeKind::bilinear;
  int height = 1, width = 1, channels = 1;
  int out_height = 1, out_width = 1;
  constexpr bool operator==(const ResizeTo&) const = default;
};

/// Pixels along an axis: up to there a float tells their places apart.
inline constexpr int most_resized_pixels = 1 << 16;

namespace detail {

/// The pixels that a new one lies between, and how far from the first. At a border it is the outermost pixel
/// twice, and the share may be outside of 0 to 1, which TensorFlow has too.
struct ResizedPlace {
  int low = 0, high = 0;
  float share = 0;
};

/// New pixel o has its centre at (o + 1/2) * scale: always in float, and in two steps, as TensorFlow does it.
/// \param scale pixels to a new one.
constexpr ResizedPlace resized_place(ResizeKind kind, int o, float scale, int extent) {
  const float centre = (static_cast<float>(o) + 0.5f) * scale;
  const auto inside = [&](int i) { return i < extent ? i : extent - 1; };
  if (kind == ResizeKind::nearest) return {inside(static_cast<int>(centre)), 0, 0};
  const float at = centre - 0.5f;
  const int low = at < 0 ? 0 : inside(static_cast<int>(at));
  return {low, at > static_cast<float>(low) ? inside(low + 1) : low, at - static_cast<float>(low)};
}

/// Calls `f(out, at, row, column)` for each new pixel, in scan order: `out` and `at(y, x)` are where the
/// channels of the new pixel and of one of the old lie.
template <class F>
[[gnu::always_inline]] inline void for_each_new_pixel(const ResizeTo& d, int samples, F&& f) {
  const float down = static_cast<float>(d.height) / static_cast<float>(d.out_height);
  const float right = static_cast<float>(d.width) / static_cast<float>(d.out_width);
  int out = 0;
  for (int s = 0; s < samples; ++s)
    for (int oy = 0; oy < d.out_height; ++oy) {
      const ResizedPlace row = resized_place(d.kind, oy, down, d.height);
      for (int ox = 0; ox < d.out_width; ++ox, out += d.channels) {
        const ResizedPlace column = resized_place(d.kind, ox, right, d.width);
        const auto at = [&](int y, int x) { return ((s * d.height + y) * d.width + x) * d.channels; };
        f(out, at, row, column);
      }
    }
}

}  // namespace detail

/// Of kind `nearest`: moves any type.
template <class T>
[[gnu::always_inline]] inline void resize_to_nearest(const ResizeTo& d, int samples, const T* x, T* y) {
  detail::for_each_new_pixel(
      d, samples,
      [&](int out, const auto& at, const auto& row, const auto& column) __attribute__((always_inline)) {
        const T* const pixel = x + at(row.low, column.low);
        for (int c = 0; c < d.channels; ++c) y[out + c] = pixel[c];
      });
}

/// Of kind `bilinear`: the four pixels around a place times their shares, in the order of `blend_shares`.
template <class T>
[[gnu::always_inline]] inline void resize_to_bilinear(const ResizeTo& d, int samples, const T* x, T* y) {
  detail::for_each_new_pixel(
      d, samples,
      [&](int out, const auto& at, const auto& row, const auto& column) __attribute__((always_inline)) {
        const T *const above = x + at(row.low, column.low), *const below = x + at(row.high, column.low);
        const int beside = (column.high - column.low) * d.channels;
        for (int c = 0; c < d.channels; ++c) {
          const T around[]{above[c], below[c], above[c + beside], below[c + beside]};
          y[out + c] = detail::blend_shares(around, static_cast<T>(row.share), static_cast<T>(column.share));
        }
      });
}

/// The backward pass: every new pixel, in scan order, adds its shares to those that it came from, in the
/// order in which `blend_shares` takes them.
template <class T>
[[gnu::always_inline]] inline void resize_to_backward(const ResizeTo& d, int samples, const T* dy, T* dx) {
  for (int i = 0; i < samples * d.height * d.width * d.channels; ++i) dx[i] = T(0);
  detail::for_each_new_pixel(
      d, samples,
      [&](int out, const auto& at, const auto& row, const auto& column) __attribute__((always_inline)) {
        const T down = static_cast<T>(row.share), right = static_cast<T>(column.share);
        const T up = T(1) - down, left = T(1) - right;
        for (int c = 0; c < d.channels; ++c) {
          const T slope = dy[out + c];
          const auto add = [&](T share, T part, int y, int x) __attribute__((always_inline)) {
            T& to = dx[at(y, x) + c];
            to = multiply_add(T(slope * share), part, to);
          };
          if (d.kind == ResizeKind::nearest) {
            dx[at(row.low, column.low) + c] += slope;
            continue;
          }
          add(up, left, row.low, column.low);
          add(down, left, row.high, column.low);
          add(up, right, row.low, column.high);
          add(down, right, row.high, column.high);
        }
      });
}

}  // namespace etch::kernels
