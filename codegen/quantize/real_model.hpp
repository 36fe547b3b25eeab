// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>
#include <etch/passes/int8_form.hpp>

namespace etch::host::quantization {

/// A model in the form that is quantized: batch normalization is gone, activations that an int8
/// step takes in as bounds are fused, all others are steps. Throws `Error` for models that are quantized
/// already.
ImportedModel separate_activations(const ImportedModel& model);

/// Takes the function out of a step that it has fused; linear where there is none.
ActivationKind split_activation(Step& step);

}  // namespace etch::host::quantization
