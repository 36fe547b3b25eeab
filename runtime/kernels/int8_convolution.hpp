// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/helium/int8_scratch.hpp>
#include <runtime/kernels/portable/int8_convolution.hpp>
// The kernels of Cortex-M need all registers: without optimisation one is the frame pointer.
#if defined(ETCH_PORTABLE_KERNELS)
#elif defined(__ARM_FEATURE_MVE) && defined(__OPTIMIZE__)
#include <runtime/kernels/helium/int8_convolution.hpp>
#elif defined(__ARM_FEATURE_DSP) && defined(__OPTIMIZE__)
#include <runtime/kernels/cortex_m/int8_convolution.hpp>
#endif

namespace etch::kernels {

/// The convolution of this target: the bytes of the portable one, whichever it is.
[[gnu::always_inline]] inline void int8_convolution(const Int8Convolution& d, const std::int8_t* x,
                                                    const std::int8_t* w, const std::int32_t* bias,
                                                    const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                                    std::int8_t* scratch) {
#if defined(ETCH_PORTABLE_KERNELS)
  int8_convolution_portable(d, x, w, bias, scale, io, y, scratch);
#elif defined(__ARM_FEATURE_MVE) && defined(__OPTIMIZE__)
  helium::int8_convolution(d, x, w, bias, scale, io, y, scratch);
#elif defined(__ARM_FEATURE_DSP) && defined(__OPTIMIZE__)
  cortex_m::int8_convolution(d, x, w, bias, scale, io, y, scratch);
#else
  int8_convolution_portable(d, x, w, bias, scale, io, y, scratch);
#endif
}

/// Bytes that any target's kernel may scribble on: one plan serves all. The Cortex-M kernel widens four
/// pixels (one, where there are fewer) to int16, and copies windows as bytes first.
constexpr int int8_convolution_scratch(const Int8Convolution& d) {
  const int portable = int8_convolution_scratch_portable(d);
  const int widened = (d.y.out * d.x.out < 4 ? 2 : 8) * d.row + (d.pointwise() ? 0 : d.row);
  const int helium = helium::int8_convolution_scratch(d);
  const int most = portable > widened ? portable : widened;
  return most > helium ? most : helium;
}

}  // namespace etch::kernels
