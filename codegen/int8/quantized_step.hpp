// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/int8/quantization.hpp>
#include <codegen/model/constant_array.hpp>
#include <etch/ops/op_list.hpp>

/// Recipes: real numbers and quantizations in, a step of whole numbers out. They throw `Unfit`.
namespace etch::host::int8 {

/// A step but for its inputs and the shape of its result.
struct QuantizedStep {
  int op = 0;
  Words attributes{};
  ElementType type = ElementType::i8;  ///< of the result
  std::vector<ConstantArray> constants;
};

/// A real factor as a multiplier, shifted by at most so much to the left.
kernels::Int8Scale multiplier(double real, int most_shift);

/// Numbers that are of int8 or int16 already.
ConstantArray stored_constant(const std::vector<std::int32_t>& numbers, ElementType type);

}  // namespace etch::host::int8
