// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/onnx/file.hpp>

namespace etch::host::onnx {

/// Takes the pairs of QuantizeLinear and DequantizeLinear out of a QDQ model, so that its values are real;
/// its constants are what their whole numbers stand for. A quantization that begins at 0 holds what is below
/// it: where a tool left a Relu out for that, it is there again. \return whether there was a pair.
bool make_values_real(File& file);

}  // namespace etch::host::onnx
