// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/lanes/vectors.hpp>
#include <runtime/kernels/portable/int8_pool.hpp>
#include <type_traits>

namespace etch::kernels::lanes::inline ETCH_TARGET {

/// Calls f(channels, first) for vectors of channels, then for narrower ones and single ones. A vector is read
/// whole before its results are written: these may take the place of the data.
template <int n, class F>
[[gnu::always_inline]] inline void for_channels(int channels, const F& f, int first = 0) {
  for (; first + n <= channels; first += n) f(std::integral_constant<int, n>{}, first);
  if constexpr (n > 1) for_channels<(n > 4 ? n / 2 : 1)>(channels, f, first);
}

/// Calls f(one channel's address) for each pixel of a window.
template <class T, class F>
[[gnu::always_inline]] inline void for_pixels(const Pool& d, const kernels::detail::Window& w, const T* x,
                                              const F& f) {
  for (int iy = w.first_row; iy < w.last_row; ++iy) {
    const T* at = x + (iy * d.width + w.first_column) * d.channels;
    for (int ix = w.first_column; ix < w.last_column; ++ix, at += d.channels) f(at);
  }
}

template <int n, class T>
[[gnu::noinline]] inline void average(const Pool& d, const T* x, const Int8Io& io, const Int8Scale* scale,
                                      T* y) {
  for (int oy = 0; oy < d.out_height; ++oy)
    for (int ox = 0; ox < d.out_width; ++ox, y += d.channels) {
      const kernels::detail::Window w = kernels::detail::window_at(d, oy, ox);
      const int taps = w.taps();
      for_channels<n>(
          d.channels, [&](auto channels, int c) __attribute__((always_inline)) {
            Words<channels()> sum{};
            for_pixels(
                d, w, x + c, [&](const T* at) __attribute__((always_inline)) {
                  Vector<T, channels()> narrow;
                  load(narrow, at);
                  sum += __builtin_convertvector(narrow, Words<channels()>);
                });
            std::int32_t sums[channels()];
            store(sum, sums);
            for (int k = 0; k < channels(); ++k) {
              if (scale) {
                y[c + k] = requantize_to<T>(sums[k] - taps * io.input_zero_point, *scale, io);
                continue;
              }
              const std::int32_t mean = rounded_quotient(sums[k], taps);
              y[c + k] = static_cast<T>(mean < io.lowest ? io.lowest : mean > io.highest ? io.highest : mean);
            }
          });
    }
}

template <int n, class T>
[[gnu::noinline]] inline void maximum(const Pool& d, const T* x, T* y) {
  for (int oy = 0; oy < d.out_height; ++oy)
    for (int ox = 0; ox < d.out_width; ++ox, y += d.channels) {
      const kernels::detail::Window w = kernels::detail::window_at(d, oy, ox);
      for_channels<n>(
          d.channels, [&](auto channels, int c) __attribute__((always_inline)) {
            using V = Vector<T, channels()>;
            const T* const first = x + (w.first_row * d.width + w.first_column) * d.channels + c;
            V most;
            load(most, first);
            for_pixels(
                d, w, x + c, [&](const T* at) __attribute__((always_inline)) {
                  V next;
                  load(next, at);
                  most = next > most ? next : most;
                });
            store(most, y + c);
          });
    }
}

[[gnu::always_inline]] inline void int8_pool(const Pool& d, const std::int8_t* x, const Int8Io& io,
                                             const Int8Scale* scale, std::int8_t* y) {
  average<integer_lanes>(d, x, io, scale, y);
}
[[gnu::always_inline]] inline void int8_pool(const Pool& d, const std::int16_t* x, const Int8Io& io,
                                             const Int8Scale* scale, std::int16_t* y) {
  average<integer_lanes>(d, x, io, scale, y);
}
[[gnu::always_inline]] inline void int8_max_pool(const Pool& d, const std::int8_t* x, std::int8_t* y) {
  maximum<4 * integer_lanes>(d, x, y);
}
[[gnu::always_inline]] inline void int8_max_pool(const Pool& d, const std::int16_t* x, std::int16_t* y) {
  maximum<2 * integer_lanes>(d, x, y);
}

}  // namespace etch::kernels::lanes::inline ETCH_TARGET
