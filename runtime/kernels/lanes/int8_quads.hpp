// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/lanes/int8_tile.hpp>

#if ETCH_VNNI_LANES
/// Convolutions of int8 by AVX-512 VNNI: four products of bytes and their sum are one instruction, which
/// takes data without a sign. So data are stored 128 higher, and sums begin 128 times the filter's weights
/// lower.
namespace etch::kernels::lanes::inline ETCH_TARGET {

/// sum[k] += the products of four bytes without sign and four weights.
[[gnu::always_inline]] inline void add_quads(Words<16>& sum, const Words<16>& x, const Words<16>& weights) {
#if defined(__clang__)
  sum = (Words<16>)__builtin_ia32_vpdpbusd512(sum, x, weights);
#else
  sum = (Words<16>)__builtin_ia32_vpdpbusd_v16si(sum, x, weights);
#endif
}

/// `make_image` of bytes, each 128 higher.
[[gnu::always_inline]] inline void make_raised_image(const Int8Convolution& d, const std::int8_t* x,
                                                     std::int32_t outside, std::uint8_t* to) {
  const Covered rows = covered_of(d.y), columns = covered_of(d.x);
  const int line = columns.all * d.channels, data = (columns.end - columns.first) * d.channels;
  const auto raised = static_cast<std::uint8_t>(outside + 128);
  for (int row = 0; row < rows.all; ++row, to += line) {
    if (row < rows.first || row >= rows.end) {
      for (int i = 0; i < line; ++i) to[i] = raised;
      continue;
    }
    const std::int8_t* const from = x + (row - rows.first) * d.x.in * d.channels;
    std::uint8_t* at = to;
    for (int i = 0; i < columns.first * d.channels; ++i) *at++ = raised;
    for (int i = 0; i < data; ++i) at[i] = static_cast<std::uint8_t>(from[i] ^ -128);
    for (at += data; at < to + line;) *at++ = raised;
  }
}

constexpr int quads_of(const WindowRuns& runs) { return (runs.taps + 3) / 4; }

/// 16 filters side by side, four taps after four; a run is filled up with weights of 0.
[[gnu::noinline]] inline void lay_out_quads(const Int8Convolution& d, const std::int8_t* w, int first,
                                            std::int8_t* to) {
  const WindowRuns runs = window_runs(d);
  const int last = d.filters - 1;
  const bool joined = runs.taps % 4 == 0;  // one run behind the other is one
  const int taps = joined ? d.taps() : runs.taps, all = joined ? 1 : runs.down * runs.across;
  for (int run = 0; run < all; ++run) {
    int tap = 0;
    for (; tap + 16 <= taps; tap += 16, to += 4 * 64)
      for (int f = 0; f < panel_filters; f += 4) {
        Words<4> quads[4];
        for (int k = 0; k < 4; ++k) {
          const int filter = first + f + k < last ? first + f + k : last;
          load(quads[k], w + filter * d.row + run * taps + tap);
        }
        transpose_words(quads, to + 4 * f, 64);
      }
    for (; tap < taps; tap += 4, to += 64)
      for (int f = 0; f < panel_filters; ++f) {
        const std::int8_t* const from = w + (first + f < last ? first + f : last) * d.row + run * taps + tap;
        for (int k = 0; k < 4; ++k) to[4 * f + k] = tap + k < taps ? from[k] : std::int8_t{0};
      }
  }
}

/// Biases of a panel for data that are 128 higher.
[[gnu::always_inline]] inline void lower_biases(const std::int8_t* panel, int quads, PanelScales& scales) {
  Words<16> bias, excess{};
  const Words<16> x = (Words<16>)(Vector<std::uint8_t, 64>{} + std::uint8_t{128});
  for (int q = 0; q < quads; ++q) {
    Words<16> weights;
    load(weights, panel + 64 * q);
    add_quads(excess, x, weights);
  }
  load(bias, scales.bias);
  bias = (Words<16>)((Vector<std::uint32_t, 16>)bias - (Vector<std::uint32_t, 16>)excess);
  store(bias, scales.bias);
}

/// Results of some pixels by one panel.
template <int pixels>
[[gnu::noinline]] inline void quads_tile(const ImageWalk& walk, const std::uint8_t* image, int first,
                                         const std::int8_t* panel, const PanelScales& scales,
                                         const Int8Io& io, std::int8_t* y, int filters) {
  const std::uint8_t* x[pixels];
  window_starts(walk, image, first, x);
  Words<16> sum[pixels][1];
#pragma GCC unroll 8
  for (int p = 0; p < pixels; ++p) load(sum[p][0], scales.bias);
  const int quads = quads_of(walk.runs);
  for (int ky = 0; ky < walk.runs.down; ++ky)
    for (int kx = 0; kx < walk.runs.across; ++kx) {
      int at = ky * walk.down + kx * walk.across;
#pragma GCC unroll 1
      for (int q = 0; q < quads; ++q, at += 4, panel += 64) {
        Words<16> weights;
        load(weights, panel);
#pragma GCC unroll 8
        for (int p = 0; p < pixels; ++p) {
          std::int32_t quad;
          __builtin_memcpy(&quad, x[p] + at, sizeof quad);
          add_quads(sum[p][0], Words<16>{} + quad, weights);
        }
      }
    }
  const Bounds bounds = bounds_of(io);
#pragma GCC unroll 8
  for (int p = 0; p < pixels; ++p) finish_pixel<16>(scales, bounds, io, sum[p], y + p * filters);
}

/// `convolve_panels` by quads. Their scratch is smaller.
[[gnu::noinline]] inline void convolve_quads(const Int8Convolution& d, const std::int8_t* x,
                                             const std::int8_t* w, const std::int32_t* bias,
                                             const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                             std::int8_t* scratch) {
  auto* const image = reinterpret_cast<std::uint8_t*>(scratch);
  std::int8_t* const panel = scratch + covered_pixels(d.y, d.x) * d.channels + 4;
  make_raised_image(d, x, io.input_zero_point, image);
  for (int k = 1; k <= 4; ++k) panel[-k] = 0;  // met by weights of 0
  const ImageWalk walk = image_walk(d);
  for (int f = 0; f < d.filters; f += panel_filters) {
    lay_out_quads(d, w, f, panel);
    PanelScales scales = panel_scales(d, f, bias, scale);
    lower_biases(panel, walk.runs.down * walk.runs.across * quads_of(walk.runs), scales);
    for_tiles<8>(
        walk.pixels, [&](auto pixels, int first) __attribute__((always_inline)) {
          quads_tile<pixels()>(walk, image, first, panel, scales, io, y + first * d.filters + f, d.filters);
        });
  }
}

}  // namespace etch::kernels::lanes::inline ETCH_TARGET
#endif
