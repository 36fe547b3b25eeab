// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_pool.hpp>

/// Averages of the size mode: the portable ones, in one function that all layers share.
namespace etch::kernels::dsp::inline ETCH_TARGET {

[[gnu::noinline]] inline void int8_pool(const Pool& d, const std::int8_t* x, const Int8Io& io,
                                        const Int8Scale* scale, std::int8_t* y) {
  portable::int8_pool(d, x, io, scale, y);
}

}  // namespace etch::kernels::dsp::inline ETCH_TARGET
