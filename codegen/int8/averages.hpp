// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/int8/quantized_step.hpp>

namespace etch::host::int8 {

/// Averages of windows, with one quantization for input and result.
QuantizedStep average(const kernels::Pool& pool, ElementType type, const Quantization& of, Bounds bounds);

/// Averages with a quantization of their own, each of as many numbers.
QuantizedStep mean(const kernels::Pool& pool, ElementType type, const Quantization& from,
                   const Quantization& to, Bounds bounds);

}  // namespace etch::host::int8
