// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/dsp/int16_convolution.hpp>
#include <runtime/kernels/dsp/int8_scratch.hpp>
#include <runtime/kernels/mve/int8_scratch.hpp>
#include <runtime/kernels/portable/int8_convolution.hpp>
#include <runtime/kernels/scalar/int8_scratch.hpp>
#include <runtime/kernels/target.hpp>
#if ETCH_HELIUM_KERNELS && defined(ETCH_SIZE_KERNELS)
#include <runtime/kernels/mve/int8_small_convolution.hpp>
#elif ETCH_HELIUM_KERNELS
#include <runtime/kernels/mve/int8_convolution.hpp>
#elif ETCH_DSP_KERNELS && defined(ETCH_SIZE_KERNELS)
#include <runtime/kernels/dsp/int8_small_convolution.hpp>
#elif ETCH_DSP_KERNELS
#include <runtime/kernels/dsp/int8_convolution.hpp>
#elif ETCH_SCALAR_KERNELS
#include <runtime/kernels/scalar/int8_convolution.hpp>
#endif

namespace etch::kernels {

/// The convolution of this target: the bytes of the portable one, whichever it is.
[[gnu::always_inline]] inline void int8_convolution(const Int8Convolution& d, const std::int8_t* x,
                                                    const std::int8_t* w, const std::int32_t* bias,
                                                    const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                                    std::int8_t* scratch) {
#if ETCH_HELIUM_KERNELS
  mve::int8_convolution(d, x, w, bias, scale, io, y, scratch);
#elif ETCH_DSP_KERNELS
  dsp::int8_convolution(d, x, w, bias, scale, io, y, scratch);
#elif ETCH_SCALAR_KERNELS
  scalar::int8_convolution(d, x, w, bias, scale, io, y, scratch);
#else
  int8_convolution_portable(d, x, w, bias, scale, io, y, scratch);
#endif
}

/// Of int16, on targets of two products an instruction; the portable one on others.
[[gnu::always_inline]] inline void int8_convolution(const Int8Convolution& d, const std::int16_t* x,
                                                    const std::int8_t* w, const WideBias* bias,
                                                    const Int8Scale* scale, const Int8Io& io, std::int16_t* y,
                                                    std::int16_t* scratch) {
#if ETCH_DSP_KERNELS
  dsp::int16_convolution(d, x, w, bias, scale, io, y, scratch);
#else
  int8_convolution_portable(d, x, w, bias, scale, io, y, scratch);
#endif
}

/// Elements that any target's kernel of int16 may scribble on.
constexpr int int16_convolution_scratch(const Int8Convolution& d) {
  const int portable = int8_convolution_scratch_portable(d), dsp = dsp::int16_convolution_scratch(d);
  return portable > dsp ? portable : dsp;
}

/// Bytes that any target's kernel of int8 may scribble on: one plan serves all.
constexpr int int8_convolution_scratch(const Int8Convolution& d) {
  int most = int8_convolution_scratch_portable(d);
  const int others[] = {dsp::int8_convolution_scratch(d), mve::int8_convolution_scratch(d),
                        scalar::int8_convolution_scratch(d)};
  for (const int bytes : others) most = bytes > most ? bytes : most;
  return most;
}

}  // namespace etch::kernels
