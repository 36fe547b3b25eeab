// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_pool.hpp>

namespace etch::kernels {

/// Average pooling of this target: the bytes of the portable one, whichever it is.
[[gnu::always_inline]] inline void int8_pool(const Pool& d, const std::int8_t* x, const Int8Io& io,
                                             const Int8Scale* scale, std::int8_t* y) {
  int8_pool_portable(d, x, io, scale, y);
}

}  // namespace etch::kernels
