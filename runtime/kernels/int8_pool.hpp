// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_pool.hpp>
#include <runtime/kernels/target.hpp>
#if ETCH_HELIUM_KERNELS
#include <runtime/kernels/mve/int8_pool.hpp>
#elif ETCH_DSP_KERNELS
#include <runtime/kernels/dsp/int8_pool.hpp>
#endif

namespace etch::kernels {

/// Average pooling of this target: the bytes of the portable one, whichever it is.
[[gnu::always_inline]] inline void int8_pool(const Pool& d, const std::int8_t* x, const Int8Io& io,
                                             const Int8Scale* scale, std::int8_t* y) {
#if ETCH_HELIUM_KERNELS
  mve::int8_pool(d, x, io, scale, y);
#elif ETCH_DSP_KERNELS
  dsp::int8_pool(d, x, io, scale, y);
#else
  int8_pool_portable(d, x, io, scale, y);
#endif
}

/// Of int16: the portable one on every target.
[[gnu::always_inline]] inline void int8_pool(const Pool& d, const std::int16_t* x, const Int8Io& io,
                                             const Int8Scale* scale, std::int16_t* y) {
  int8_pool_portable(d, x, io, scale, y);
}

/// Max pooling of one sample on this target.
[[gnu::always_inline]] inline void int8_max_pool(const Pool& d, const std::int8_t* x, std::int8_t* y) {
#if ETCH_HELIUM_KERNELS
  mve::int8_max_pool(d, x, y);
#else
  pool_forward<std::int8_t, std::int8_t>(d, 1, x, y, nullptr);
#endif
}

}  // namespace etch::kernels
