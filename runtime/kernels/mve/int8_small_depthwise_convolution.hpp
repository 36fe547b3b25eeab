// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/mve/int8_channel_walk.hpp>

/// The depthwise convolution of the size mode: one form for all layers.
namespace etch::kernels::mve::inline ETCH_TARGET {

/// \param scratch `int8_depthwise_convolution_scratch` bytes.
[[gnu::always_inline]] inline void int8_depthwise_convolution(const Int8DepthwiseConvolution& d,
                                                              const std::int8_t* x, const std::int8_t* w,
                                                              const std::int32_t* bias,
                                                              const Int8Scale* scale, const Int8Io& io,
                                                              std::int8_t* y, std::int8_t* scratch) {
  if (d.multiplier == 1)
    walk_channels(
        d, x, w, bias, scale, io, y, scratch,
        [](ChannelWalk & k, std::int8_t * to, std::int8_t * lines)
            __attribute__((always_inline)) { convolve_any(k, to, lines); });
  else
    portable::int8_depthwise_convolution(d, x, w, bias, scale, io, y, scratch);
}

}  // namespace etch::kernels::mve::inline ETCH_TARGET
