// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/int8/quantized_step.hpp>

namespace etch::host::int8 {

/// Any function of one int8.
QuantizedStep looked_up(const Table& table);

/// Any function of one real number, rounded once to the type of input and result.
QuantizedStep function(ElementType type, const Quantization& from, const Quantization& to,
                       const std::function<double(double)>& real);

/// Sigmoid or tanh of int16, with results in steps of 1/32768.
QuantizedStep gate(bool tanh, const Quantization& from);

/// Over rows of `width` numbers, with results of the scale that softmax has: int8 or int16 to the same type
/// or from int8 to int16.
QuantizedStep softmax(ElementType from, ElementType to, float scale, float beta, int width);

}  // namespace etch::host::int8
