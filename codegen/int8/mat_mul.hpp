// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/int8/binary.hpp>

namespace etch::host::int8 {

/// Products of matrices of int8 or int16. \param b the second operand, where it is a constant.
QuantizedStep mat_mul(const kernels::Int8MatMul& product, ElementType type, const BinaryQuantizations& q,
                      std::optional<ConstantArray> b = {});

}  // namespace etch::host::int8
