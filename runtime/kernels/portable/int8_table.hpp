// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

#include <cstdint>

namespace etch::kernels {

/// y = table[x], x read as an unsigned byte. `y` may be `x`.
[[gnu::always_inline]] inline void int8_table(int n, const std::int8_t* x, const std::int8_t* table,
                                              std::int8_t* y) {
  for (int i = 0; i < n; ++i) y[i] = table[static_cast<std::uint8_t>(x[i])];
}

}  // namespace etch::kernels
