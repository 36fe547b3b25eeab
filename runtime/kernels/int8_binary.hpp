// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/portable/int8_binary.hpp>

namespace etch::kernels {

/// The sum, difference or product of this target: the bytes of the portable one, whichever it is.
[[gnu::always_inline]] inline void int8_binary(const Binary& d, const std::int8_t* a, const std::int8_t* b,
                                               const Int8BinaryNumbers& n, std::int8_t* y) {
  int8_binary_portable(d, a, b, n, y);
}

}  // namespace etch::kernels
