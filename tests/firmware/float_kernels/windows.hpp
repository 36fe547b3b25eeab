// SPDX-License-Identifier: BSL-1.0
// Convolutions forward and backward on drawn shapes, with and without groups: what they wrote, as a hash.
#pragma once
#include <runtime/kernels/portable/depthwise_convolution.hpp>

#include <tests/firmware/float_kernels/draws.hpp>

namespace float_kernels {

using namespace etch::kernels;

/// Most extents of what is drawn here.
inline constexpr int most_side = 8, most_channels = 19, most_taps = 9, most_samples = 2;

struct WindowArrays {
  static constexpr int numbers = most_samples * 2 * most_side * 2 * most_side * most_channels;
  float x[numbers], dy[numbers], to[numbers];
  float w[most_taps * most_channels * most_channels], a[most_taps * most_channels * most_channels];
  float bias[most_channels];

  void draw(Draws& draws, bool with_nan) {
    for (const std::span<float> all : {std::span<float>(x), std::span<float>(dy), std::span<float>(to),
                                       std::span<float>(w), std::span<float>(a), std::span<float>(bias)})
      draws.fill(all, with_nan);
  }
  void hash(Hash& hash) const {
    for (const std::span<const float> all :
         {std::span<const float>(to), std::span<const float>(w), std::span<const float>(a)})
      hash.take(all);
  }
};

/// An axis whose places all have taps, or some none: as many as there are with the padding.
inline ConvolutionAxis draw_axis(Draws& draws) {
  ConvolutionAxis axis;
  axis.in = draws.between(1, most_side);
  axis.kernel = draws.between(1, 3);
  axis.stride = draws.between(1, 2);
  axis.dilation = draws.between(1, 2);
  const int reach = axis.dilation * (axis.kernel - 1);
  axis.pad = draws.between(0, reach);
  const int all = axis.in + 2 * axis.pad - reach;
  axis.out = all < 1 ? 1 : (all - 1) / axis.stride + 1;
  return axis;
}
inline Convolution draw_convolution(Draws& draws) {
  Convolution c{draw_axis(draws), draw_axis(draws), draws.between(1, most_channels)};
  const int kind = draws.between(0, 2);
  c.filters = kind == 0 ? c.channels : draws.between(1, most_channels);
  if (kind == 0) c.groups = c.channels;
  if (kind == 1 && c.channels % 2 == 0 && c.filters % 2 == 0) c.groups = 2;
  return c;
}

template <bool back, class T, bool adds>
void convolve_drawn(const Convolution& c, int rows, const T* from, const T* w, const T* start, T* to) {
  if (c.depthwise())
    portable::convolve_depthwise<back, T, adds>(c, rows, from, w, start, to);
  else
    portable::convolve_groups<back, T, adds>(c, rows, from, w, start, to);
}

template <class T>
std::uint32_t run_windows() {
  static WindowArrays arrays;
  Draws draws(17);
  Hash hash;
  for (int trial = 0; trial < 30; ++trial) {
    arrays.draw(draws, trial % 8 == 0);
    const Convolution c = draw_convolution(draws);
    const int rows = draws.between(1, most_samples);
    const auto of = [](float* numbers) { return reinterpret_cast<T*>(numbers); };
    T *const x = of(arrays.x), *dy = of(arrays.dy), *w = of(arrays.w), *to = of(arrays.to), *a = of(arrays.a);
    const T* const start = draws.between(0, 1) == 0 ? nullptr : of(arrays.bias);
    convolve_drawn<false, T, false>(c, rows, x, w, start, to);
    arrays.hash(hash);
    convolve_drawn<true, T, false>(c, rows, dy, w, nullptr, to);
    arrays.hash(hash);
    convolve_drawn<true, T, true>(c, rows, dy, w, nullptr, to);
    Hyper h{.rate = 0.375f};
    h.weight_decay = trial % 4 == 0 ? 0.125f : 0.0f;
    portable::convolve_weights(c, h, rows, x, dy, GradientSink<T, FixedRule<Rule::none>>({}, a));
    arrays.hash(hash);
    portable::convolve_weights(c, h, rows, x, dy,
                               GradientSink<T, FixedRule<Rule::momentum>>({}, nullptr, w, a));
    arrays.hash(hash);
  }
  return hash.value();
}

}  // namespace float_kernels
