// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <runtime/kernels/language.hpp>

namespace etch::kernels {

/// The largest row of a quantized softmax: the sum of an int16 one fits 31 bits.
inline constexpr int most_softmax_width = 1 << 16;

}  // namespace etch::kernels
