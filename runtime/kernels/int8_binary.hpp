// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_binary.hpp>
#include <runtime/kernels/target.hpp>
#if ETCH_HELIUM_KERNELS
#include <runtime/kernels/mve/int8_binary.hpp>
#elif ETCH_DSP_KERNELS || ETCH_SCALAR_KERNELS
#include <runtime/kernels/dsp/int8_binary.hpp>
#endif

namespace etch::kernels {

/// The sum, difference or product of this target: the bytes of the portable one, whichever it is.
[[gnu::always_inline]] inline void int8_binary(const Binary& d, const std::int8_t* a, const std::int8_t* b,
                                               const Int8BinaryNumbers& n, std::int8_t* y) {
#if ETCH_HELIUM_KERNELS
  mve::int8_binary(d, a, b, n, y);
#elif ETCH_DSP_KERNELS || ETCH_SCALAR_KERNELS
  dsp::int8_binary(d, a, b, n, y);
#else
  int8_binary_portable(d, a, b, n, y);
#endif
}

/// Of int16: the portable one on every target.
[[gnu::always_inline]] inline void int8_binary(const Binary& d, const std::int16_t* a, const std::int16_t* b,
                                               const Int8BinaryNumbers& n, std::int16_t* y) {
  int8_binary_portable(d, a, b, n, y);
}

}  // namespace etch::kernels
