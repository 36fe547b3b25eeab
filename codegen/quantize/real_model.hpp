// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>

namespace etch::host::quantization {

/// A model in the form that is quantized: batch normalization is gone, activations that an int8
/// step takes in as bounds are fused, all others are steps. Values keep their numbers; new ones come last.
/// Throws `Error` for models that are quantized already.
ImportedModel separate_activations(const ImportedModel& model);

}  // namespace etch::host::quantization
