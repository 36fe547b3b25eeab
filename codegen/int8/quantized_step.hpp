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

/// How often a product with a real factor is rounded.
enum class Rounding {
  twice,  ///< as TensorFlow Lite: to the multiplier's bits, then to those of the result
  once,   ///< as a product of floats is, which onnxruntime rounds
};
/// A factor whose products with whole numbers are rounded once: all of its shift is in the multiplier. Below
/// 2^-9 that would leave too few bits of it, and the first of two roundings is 2^9 times finer than the
/// second.
kernels::Int8Scale multiplier(double real, int most_shift, Rounding rounding);

/// Numbers that are of int8 or int16 already.
ConstantArray stored_constant(const std::vector<std::int32_t>& numbers, ElementType type);

}  // namespace etch::host::int8
