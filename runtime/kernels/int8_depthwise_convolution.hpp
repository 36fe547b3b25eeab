// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int8_depthwise_lines.hpp>
#include <runtime/kernels/dsp/int8_scratch.hpp>
#include <runtime/kernels/mve/int8_scratch.hpp>
#include <runtime/kernels/scalar/int8_depthwise_lines.hpp>
#include <runtime/kernels/target.hpp>
#if ETCH_HELIUM_KERNELS && defined(ETCH_SIZE_KERNELS)
#include <runtime/kernels/mve/int8_small_depthwise_convolution.hpp>
#elif ETCH_HELIUM_KERNELS
#include <runtime/kernels/mve/int8_depthwise_convolution.hpp>
#elif ETCH_DSP_KERNELS && defined(ETCH_SIZE_KERNELS)
#include <runtime/kernels/dsp/int8_small_depthwise_convolution.hpp>
#elif ETCH_DSP_KERNELS
#include <runtime/kernels/dsp/int8_depthwise_convolution.hpp>
#elif ETCH_SCALAR_KERNELS
#include <runtime/kernels/scalar/int8_depthwise_convolution.hpp>
#endif

namespace etch::kernels {

/// The depthwise convolution of this target: the bytes of the portable one, whichever it is.
[[gnu::always_inline]] inline void int8_depthwise_convolution(const Int8DepthwiseConvolution& d,
                                                              const std::int8_t* x, const std::int8_t* w,
                                                              const std::int32_t* bias,
                                                              const Int8Scale* scale, const Int8Io& io,
                                                              std::int8_t* y, std::int8_t* scratch) {
#if ETCH_HELIUM_KERNELS
  mve::int8_depthwise_convolution(d, x, w, bias, scale, io, y, scratch);
#elif ETCH_DSP_KERNELS
  dsp::int8_depthwise_convolution(d, x, w, bias, scale, io, y, scratch);
#elif ETCH_SCALAR_KERNELS
  scalar::int8_depthwise_convolution(d, x, w, bias, scale, io, y, scratch);
#else
  int8_depthwise_convolution_portable(d, x, w, bias, scale, io, y, scratch);
#endif
}

/// Of int16: the portable one on every target.
[[gnu::always_inline]] inline void int8_depthwise_convolution(const Int8DepthwiseConvolution& d,
                                                              const std::int16_t* x, const std::int8_t* w,
                                                              const WideBias* bias, const Int8Scale* scale,
                                                              const Int8Io& io, std::int16_t* y,
                                                              std::int16_t* scratch) {
  int8_depthwise_convolution_portable(d, x, w, bias, scale, io, y, scratch);
}

/// Bytes that any target's kernel of int8 may scribble on: one plan serves all.
constexpr int int8_depthwise_convolution_scratch(const Int8DepthwiseConvolution& d) {
  int most = int8_depthwise_convolution_scratch_portable(d);
  const int others[] = {mve::int8_depthwise_convolution_scratch(d), int8_depthwise_convolution_scratch_dsp(d),
                        dsp::int8_small_depthwise_scratch(d), scalar::int8_depthwise_convolution_scratch(d)};
  for (const int bytes : others) most = bytes > most ? bytes : most;
  return most;
}

}  // namespace etch::kernels
