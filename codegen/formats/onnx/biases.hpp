// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

namespace etch::host::onnx {

/// Numbers that an `Add` of its own adds to each channel of a convolution or dense layer without a bias, and
/// to nothing else, become its bias: as converters write them that know layers by their products alone.
ImportedModel with_biases(ImportedModel model);

}  // namespace etch::host::onnx
