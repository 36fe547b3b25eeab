// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/graph.hpp>
#include <runtime/kernels/portable/requantize.hpp>

/// What the rules of quantized ops ask of the numbers in their weights: what shifts has to be a shift, and
/// what is a number of a type has to be one.
namespace etch::ops {

constexpr bool is_of_type(std::int32_t number, ElementType type) {
  const std::int32_t half = type == ElementType::i8 ? 128 : 32768;
  return number >= -half && number < half;
}
/// A multiplier and shift for sums of 32 bits, or of 64 where activations are int16.
constexpr bool is_scale(const kernels::Int8Scale& scale, ElementType type) {
  const int most = type == ElementType::i8 ? 31 : 7;
  return scale.multiplier >= 0 && scale.shift >= -31 && scale.shift <= most;
}
/// Why sums cannot be brought to a result by these numbers, or null.
constexpr const char* scaled_fault(ElementType type, int scales, const kernels::Int8Scale* scale,
                                   const kernels::Int8Io& io) {
  for (int k = 0; k < scales; ++k)
    if (!is_scale(scale[k], type)) return "a quantized step has a multiplier or shift that is out of range";
  const bool fit = is_of_type(io.input_zero_point, type) && is_of_type(io.output_zero_point, type) &&
                   is_of_type(io.lowest, type) && is_of_type(io.highest, type);
  return fit ? nullptr : "a quantized step has a zero point or bounds that its type does not have";
}

}  // namespace etch::ops
