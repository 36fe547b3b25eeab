// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/int8/quantized_step.hpp>

namespace etch::host::int8 {

/// Rows of int8 divided by their Euclidean length, `length` numbers each, with results in steps of 1/128.
QuantizedStep unit_norm(const Quantization& from, int length);

/// Log-softmax of int8 over rows of `width` numbers, with results of scale 1/16 and zero point 127.
QuantizedStep log_softmax(const Quantization& from, int width);

/// 1 / sqrt(x) of int8 or int16. Where it is not defined, from 0 down, it is the largest number.
QuantizedStep rsqrt(ElementType type, const Quantization& from, const Quantization& to);

}  // namespace etch::host::int8
