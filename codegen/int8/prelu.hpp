// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/int8/quantized_step.hpp>
#include <codegen/model/imported_model.hpp>

namespace etch::host::int8 {

struct PReluQuantizations {
  Quantization x, alpha, y;
};

/// x, or alpha x below 0. \param alpha stored numbers, which repeat over the elements.
QuantizedStep prelu(ElementType type, const PReluQuantizations& q, const std::vector<std::int8_t>& alpha);

/// The same with one factor of at least 0, which the scale below 0 holds.
QuantizedStep leaky_relu(ElementType type, const Quantization& from, const Quantization& to, float slope);

}  // namespace etch::host::int8
