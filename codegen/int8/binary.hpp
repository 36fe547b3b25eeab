// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/int8/quantized_step.hpp>

namespace etch::host::int8 {

/// The quantizations of what `ops::QuantizedBinary` computes.
struct BinaryQuantizations {
  Quantization a, b, y;
};

/// \param binary of a kind that `ops::QuantizedBinary` has. \param share of the sum or difference that the
/// result is: a half makes an average. \param b the second operand, where it is a constant.
QuantizedStep binary(const kernels::Binary& binary, ElementType type, const BinaryQuantizations& q,
                     Bounds bounds, double share = 1, std::optional<ConstantArray> b = {});

}  // namespace etch::host::int8
