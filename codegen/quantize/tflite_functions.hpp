// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/int8/quantization.hpp>
#include <etch/graph/graph.hpp>

namespace etch::host::quantization {

/// The slope of a leaky ReLU below 0; nothing where a step is none.
std::optional<float> leaky_slope(const Step& step);

/// The table of a step's function as TensorFlow Lite fills it, in integers. Nothing where it has no such
/// function, or not for these scales.
std::optional<int8::Table> tflite_table(const Step& step, const Quantization& from, const Quantization& to);

}  // namespace etch::host::quantization
