// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/lanes/int8_few_pixels.hpp>
#include <runtime/kernels/lanes/int8_quads.hpp>
#include <runtime/kernels/lanes/int8_tile.hpp>

namespace etch::kernels::lanes::inline ETCH_TARGET {

/// Data are widened once, with their padding; then panel after panel of filters meets all pixels.
template <int n, bool paired>
[[gnu::noinline]] inline void convolve_panels(const Int8Convolution& d, const std::int8_t* x,
                                              const std::int8_t* w, const std::int32_t* bias,
                                              const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                              std::int16_t* image) {
  std::int16_t* const panel = image + image_elements(d);
  make_image(d.y, d.x, d.channels, d.channels, x, io.input_zero_point, image);
  panel[-1] = panel[-2] = 0;  // met by the weight 0 behind an odd run
  const ImageWalk walk = image_walk(d);
  for (int f = 0; f < d.filters; f += panel_filters) {
    lay_out_panel<paired>(d, w, f, panel);
    const PanelScales scales = panel_scales(d, f, bias, scale);
    for_tiles<tile_pixels<n>>(
        walk.pixels, [&](auto pixels, int first) __attribute__((always_inline)) {
          int8_tile<n, pixels()>(walk, image, first, panel, scales, io, y + first * d.filters + f, d.filters);
        });
  }
}

/// The same of int16. Sums of 64 bits become results one by one.
template <int n>
[[gnu::noinline]] inline void convolve_panels(const Int8Convolution& d, const std::int16_t* x,
                                              const std::int8_t* w, const WideBias* bias,
                                              const Int8Scale* scale, const Int8Io& io, std::int16_t* y,
                                              std::int16_t* image) {
  std::int16_t* const panel = image + image_elements(d);
  make_image(d.y, d.x, d.channels, d.channels, x, io.input_zero_point, image);
  panel[-1] = panel[-2] = 0;  // met by the weight 0 behind an odd run
  const ImageWalk walk = image_walk(d);
  for (int f = 0; f < d.filters; f += panel_filters) {
    lay_out_panel<false>(d, w, f, panel);
    const int count = d.filters - f < panel_filters ? d.filters - f : panel_filters;
    for_tiles<tile_pixels<n>>(
        walk.pixels, [&](auto pixels, int first) __attribute__((always_inline)) {
          std::int64_t sums[pixels()][panel_filters] = {};
          int16_tile<n, pixels()>(walk, image, first, panel, sums);
          for (int p = 0; p < pixels(); ++p)
            for (int k = 0; k < count; ++k)
              y[(first + p) * d.filters + f + k] =
                  requantize_to<std::int16_t>(static_cast<std::int64_t>(sums[p][k] + bias[f + k]),
                                              scale[d.per_channel != 0 ? f + k : 0], io);
        });
  }
}

/// Scratch as elements of int16. Nothing in it is read as another type than it was written as.
inline std::int16_t* halves_of(std::int8_t* scratch) { return reinterpret_cast<std::int16_t*>(scratch); }

template <int n, bool paired>
[[gnu::always_inline]] inline void convolution_of(const Int8Convolution& d, const std::int8_t* x,
                                                  const std::int8_t* w, const std::int32_t* bias,
                                                  const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                                  std::int8_t* scratch) {
  std::int16_t* const halves = halves_of(scratch);
  if (!has_panels(d) || (paired && has_few_pixels(d))) {
    if constexpr (paired)
      portable::int8_paired_convolution(d, x, w, bias, scale, io, y, scratch);
    else
      portable::int8_convolution(d, x, w, bias, scale, io, y, scratch);
  } else if (!has_few_pixels(d)) {
#if ETCH_VNNI_LANES
    if constexpr (!paired) return convolve_quads(d, x, w, bias, scale, io, y, scratch);
#endif
    convolve_panels<n, paired>(d, x, w, bias, scale, io, y, halves);
  } else {
    few_pixels<n>(d, x, w, bias, scale, io, y, halves);
  }
}

[[gnu::always_inline]] inline void int8_convolution(const Int8Convolution& d, const std::int8_t* x,
                                                    const std::int8_t* w, const std::int32_t* bias,
                                                    const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                                    std::int8_t* scratch) {
  convolution_of<integer_lanes, false>(d, x, w, bias, scale, io, y, scratch);
}

[[gnu::always_inline]] inline void int8_paired_convolution(const Int8Convolution& d, const std::int8_t* x,
                                                           const std::int8_t* w, const std::int32_t* bias,
                                                           const Int8Scale* scale, const Int8Io& io,
                                                           std::int8_t* y, std::int8_t* scratch) {
  convolution_of<integer_lanes, true>(d, x, w, bias, scale, io, y, scratch);
}

template <int n>
[[gnu::always_inline]] inline void wide_convolution_of(const Int8Convolution& d, const std::int16_t* x,
                                                       const std::int8_t* w, const WideBias* bias,
                                                       const Int8Scale* scale, const Int8Io& io,
                                                       std::int16_t* y, std::int16_t* scratch) {
  if (!has_panels(d))
    portable::int8_convolution(d, x, w, bias, scale, io, y, scratch);
  else if (has_few_pixels(d))
    few_pixels<n>(d, x, w, bias, scale, io, y, scratch);
  else
    convolve_panels<n>(d, x, w, bias, scale, io, y, scratch);
}

[[gnu::always_inline]] inline void int8_convolution(const Int8Convolution& d, const std::int16_t* x,
                                                    const std::int8_t* w, const WideBias* bias,
                                                    const Int8Scale* scale, const Int8Io& io, std::int16_t* y,
                                                    std::int16_t* scratch) {
  wide_convolution_of<integer_lanes>(d, x, w, bias, scale, io, y, scratch);
}

}  // namespace etch::kernels::lanes::inline ETCH_TARGET
