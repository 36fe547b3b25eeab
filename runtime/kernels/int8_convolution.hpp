// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_convolution.hpp>

namespace etch::kernels {

/// The convolution of this target: the bytes of the portable one, whichever it is.
[[gnu::always_inline]] inline void int8_convolution(const Int8Convolution& d, const std::int8_t* x,
                                                    const std::int8_t* w, const std::int32_t* bias,
                                                    const Int8Scale* scale, const Int8Io& io, std::int8_t* y,
                                                    std::int8_t* scratch) {
  int8_convolution_portable(d, x, w, bias, scale, io, y, scratch);
}

/// Bytes that any target's kernel may scribble on: one plan serves all.
constexpr int int8_convolution_scratch(const Int8Convolution& d) {
  return int8_convolution_scratch_portable(d);
}

}  // namespace etch::kernels
