// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/lanes/int8_depthwise_taps.hpp>
#include <runtime/kernels/portable/int8_depthwise_convolution.hpp>

namespace etch::kernels::lanes::inline ETCH_TARGET {

/// The data of a depthwise convolution and where its pixels lie, in elements.
struct ChannelWalk {
  const std::int16_t* image;
  int step, line;  ///< from pixel to pixel, from line to line
};

/// Adds the products of two taps of 2 n channels.
template <int n>
[[gnu::always_inline]] inline void multiply_two(const Halves<2 * n>& a, const Halves<2 * n>& b,
                                                const std::int16_t* w, Words<n>& first, Words<n>& second) {
  Halves<2 * n> low, high, w_low, w_high;
  interleave<n>(a, b, low, high);
  load(w_low, w);
  load(w_high, w + 2 * n);
  add_pairs<n>(first, low, w_low);
  add_pairs<n>(second, high, w_high);
}

/// Sums of 2 n channels of one window.
template <int n>
[[gnu::always_inline]] inline void multiply_taps(const Int8DepthwiseConvolution& d, const ChannelWalk& walk,
                                                 const std::int16_t* window, const std::int16_t* w,
                                                 Words<n>& first, Words<n>& second) {
  const int across = d.x.dilation * walk.step, down = d.y.dilation * walk.line - d.x.kernel * across;
  const int taps = d.taps();
  int column = 0;
  const auto next = [&](Halves<2 * n> & v) __attribute__((always_inline)) {
    load(v, window);
    window += across;
    if (++column == d.x.kernel) {
      column = 0;
      window += down;
    }
  };
  for (int tap = 0; tap < taps; tap += 2, w += 4 * n) {
    Halves<2 * n> a, b{};
    next(a);
    if (tap + 1 < taps) next(b);
    multiply_two<n>(a, b, w, first, second);
  }
}

/// The same of 3 x 3, without a loop.
template <int n>
[[gnu::always_inline]] inline void multiply_nine(const Int8DepthwiseConvolution& d, const ChannelWalk& walk,
                                                 const std::int16_t* window, const std::int16_t* w,
                                                 Words<n>& first, Words<n>& second) {
  const int across = d.x.dilation * walk.step, down = d.y.dilation * walk.line;
  Halves<2 * n> tap[10];
#pragma GCC unroll 9
  for (int k = 0; k < 9; ++k) load(tap[k], window + k / 3 * down + k % 3 * across);
  tap[9] = Halves<2 * n>{};
#pragma GCC unroll 5
  for (int k = 0; k < 5; ++k) multiply_two<n>(tap[2 * k], tap[2 * k + 1], w + 4 * n * k, first, second);
}
constexpr bool is_nine(const Int8DepthwiseConvolution& d) { return d.y.kernel == 3 && d.x.kernel == 3; }

/// `count` results of a block by its sums, in vectors.
template <int n>
[[gnu::always_inline]] inline void finish_channels(const std::int32_t* block, const Bounds& bounds,
                                                   Words<n>& first, Words<n>& second, int count,
                                                   std::int8_t* y) {
  Words<n> multiplier[2], shift[2], stays[2];
#pragma GCC unroll 2
  for (int h = 0; h < 2; ++h) {
    load(multiplier[h], block + (2 + h) * n);
    load(shift[h], block + (4 + h) * n);
    load(stays[h], block + (6 + h) * n);
  }
  requantize_right<n>(first, multiplier[0], shift[0], stays[0]);
  requantize_right<n>(second, multiplier[1], shift[1], stays[1]);
  bring_within<n>(first, bounds);
  bring_within<n>(second, bounds);
  Halves<2 * n> halves;
  pack_words<n>(first, second, halves);
  if (count == 2 * n) return store_bytes<n>(halves, y);
  std::int8_t results[2 * n];
  store_bytes<n>(halves, results);
  for (int k = 0; k < count; ++k) y[k] = results[k];
}

/// The same one by one, for scales of any kind and for int16. \param bias what sums do not have yet.
template <int n, class T, class Bias>
[[gnu::always_inline]] inline void finish_one_by_one(const Words<n>& first, const Words<n>& second, int count,
                                                     Bias bias, const Int8Scale* scale, int scale_step,
                                                     const Int8Io& io, T* y) {
  using Sum = typename WeightedSum<T>::Sum;
  std::int32_t sums[2 * n];
  store(first, sums);
  store(second, sums + n);
  for (int k = 0; k < count; ++k) {
    const std::int32_t sum = sums[k / 8 * 4 + k % 4 + (k % 8 < 4 ? 0 : n)];
    y[k] = requantize_to<T>(static_cast<Sum>(sum + bias(k)), scale[k * scale_step], io);
  }
}

/// Scratch: the image, taps, scales.
template <int n>
[[gnu::noinline]] inline void convolve_channels(const Int8DepthwiseConvolution& d, const std::int8_t* x,
                                                const std::int8_t* w, const std::int32_t* bias,
                                                const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                                std::int16_t* scratch) {
  constexpr int step = 2 * n;
  const int filled = (d.channels + step - 1) / step * step, pairs = (d.taps() + 1) / 2;
  std::int16_t* const taps = scratch + d.y.covered() * d.x.covered() * filled;
  auto* const words = reinterpret_cast<std::int32_t*>(taps + 2 * pairs * filled);
  make_image(d.y, d.x, d.channels, filled, x, io.input_zero_point, scratch);
  lay_out_taps<n>(d.taps(), d.channels, w, taps);
  const TurnedScales scales = turn_scales<n>(d.channels, d.per_channel != 0, bias, scale, words);
  const Bounds bounds = bounds_of(io);
  const ChannelWalk walk{scratch, filled, d.x.covered() * filled};
  for (int oy = 0; oy < d.y.out; ++oy)
    for (int ox = 0; ox < d.x.out; ++ox, y += d.channels)
      for (int c = 0; c < d.channels; c += step) {
        const std::int16_t* const window =
            scratch + oy * d.y.stride * walk.line + ox * d.x.stride * filled + c;
        const std::int32_t* const block = scales.at + 4 * c;
        const int count = d.channels - c < step ? d.channels - c : step;
        Words<n> first, second;
        load(first, block);
        load(second, block + n);
        if (is_nine(d))
          multiply_nine<n>(d, walk, window, taps + 2 * pairs * c, first, second);
        else
          multiply_taps<n>(d, walk, window, taps + 2 * pairs * c, first, second);
        if (scales.right)
          finish_channels<n>(block, bounds, first, second, count, y + c);
        else
          finish_one_by_one<n>(
              first, second, count, [](int) { return 0; }, scale + (d.per_channel ? c : 0),
              d.per_channel ? 1 : 0, io, y + c);
      }
}

template <int n>
[[gnu::noinline]] inline void convolve_channels(const Int8DepthwiseConvolution& d, const std::int16_t* x,
                                                const std::int8_t* w, const WideBias* bias,
                                                const Int8Scale* scale, const Int8Io& io, std::int16_t* y,
                                                std::int16_t* scratch) {
  constexpr int step = 2 * n;
  const int filled = (d.channels + step - 1) / step * step, pairs = (d.taps() + 1) / 2;
  std::int16_t* const taps = scratch + d.y.covered() * d.x.covered() * filled;
  make_image(d.y, d.x, d.channels, filled, x, io.input_zero_point, scratch);
  lay_out_taps<n>(d.taps(), d.channels, w, taps);
  const ChannelWalk walk{scratch, filled, d.x.covered() * filled};
  for (int oy = 0; oy < d.y.out; ++oy)
    for (int ox = 0; ox < d.x.out; ++ox, y += d.channels)
      for (int c = 0; c < d.channels; c += step) {
        const std::int16_t* const window =
            scratch + oy * d.y.stride * walk.line + ox * d.x.stride * filled + c;
        Words<n> first{}, second{};
        multiply_taps<n>(d, walk, window, taps + 2 * pairs * c, first, second);
        const int count = d.channels - c < step ? d.channels - c : step;
        finish_one_by_one<n>(
            first, second, count, [&](int k) -> std::int64_t { return bias[c + k]; },
            scale + (d.per_channel ? c : 0), d.per_channel ? 1 : 0, io, y + c);
      }
}

/// The narrowest vectors that hold all channels, or the widest. Of int16, 255 pairs of products fit 32 bits.
template <int n, class T>
[[gnu::always_inline]] inline void depthwise_of(const Int8DepthwiseConvolution& d, const T* x,
                                                const std::int8_t* w,
                                                const typename WeightedSum<T>::Bias* bias,
                                                const Int8Scale* scale, const Int8Io& io, T* y,
                                                std::int16_t* scratch, T* portable_scratch) {
  if constexpr (n > 4)
    if (d.channels <= n) return depthwise_of<n / 2>(d, x, w, bias, scale, io, y, scratch, portable_scratch);
  if (!has_lines(d) || (sizeof(T) == 2 && d.taps() > 510))
    return portable::int8_depthwise_convolution(d, x, w, bias, scale, io, y, portable_scratch);
  convolve_channels<n>(d, x, w, bias, scale, io, y, scratch);
}

[[gnu::always_inline]] inline void int8_depthwise_convolution(const Int8DepthwiseConvolution& d,
                                                              const std::int8_t* x, const std::int8_t* w,
                                                              const std::int32_t* bias,
                                                              const Int8Scale* scale, const Int8Io& io,
                                                              std::int8_t* y, std::int8_t* scratch) {
  depthwise_of<integer_lanes>(d, x, w, bias, scale, io, y, reinterpret_cast<std::int16_t*>(scratch), scratch);
}

[[gnu::always_inline]] inline void int8_depthwise_convolution(const Int8DepthwiseConvolution& d,
                                                              const std::int16_t* x, const std::int8_t* w,
                                                              const WideBias* bias, const Int8Scale* scale,
                                                              const Int8Io& io, std::int16_t* y,
                                                              std::int16_t* scratch) {
  depthwise_of<integer_lanes>(d, x, w, bias, scale, io, y, scratch, scratch);
}

}  // namespace etch::kernels::lanes::inline ETCH_TARGET
