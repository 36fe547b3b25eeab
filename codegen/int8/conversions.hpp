// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/int8/quantized_step.hpp>

namespace etch::host::int8 {

/// Real numbers as whole ones, and back. \param to_even where halves go, see `ops::Quantize`.
QuantizedStep quantize(const Quantization& to, ElementType type, bool to_even = false);
QuantizedStep dequantize(const Quantization& from);

/// From one quantization of int8 to another.
QuantizedStep requantize_int8(const Quantization& from, const Quantization& to);
/// From one of int8, int16 or int32 to one of another type. \param most_shift of the factor to the left.
QuantizedStep requantize(const Quantization& from, const Quantization& to, ElementType type, Bounds bounds,
                         int most_shift);

/// What holds a result between bounds, where the step that makes it cannot.
QuantizedStep bounded(ElementType type, Bounds bounds);

/// Padding with one stored number.
QuantizedStep pad(const kernels::Pad& pad, ElementType type, std::int32_t filling);

}  // namespace etch::host::int8
