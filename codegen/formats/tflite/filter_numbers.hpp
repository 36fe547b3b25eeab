// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/tflite/context.hpp>

/// What quantized convolutions of all kinds say of their filters.
namespace etch::host::tflite {

/// Which inputs of the operator they are.
struct FilterInputs {
  int x = 0, weights = 1, bias = 2;
};

/// Refuses what are not int8 weights beside inputs and results of int8, or both of int16 around 0.
void require_filtered(const Context& c, const FilterInputs& at);

/// Steps of the result to one of each filter's sums, or of all. \param axis of the weights that counts
/// filters.
std::vector<double> filter_scales(const Context& c, const FilterInputs& at, int axis);

/// A bias for each filter, in steps of what it sums; zeros where there is none.
std::vector<std::int64_t> filter_biases(const Context& c, const FilterInputs& at, std::size_t filters);

}  // namespace etch::host::tflite
