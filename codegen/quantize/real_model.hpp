// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/imported_model.hpp>
#include <runtime/kernels/activation_kind.hpp>

namespace etch::host::quantization {

/// A model in the form that is quantized: batch normalization and scratch are gone, activations that an int8
/// step takes in as bounds are fused, all others are steps. Values keep their numbers; new ones come last.
/// Throws `Error` for models that are quantized already or keep states.
ImportedModel separate_activations(const ImportedModel& model);

/// Whether the function is a bound of a result: none, ReLU or ReLU6.
constexpr bool is_bound(ActivationKind kind) {
  return kind == ActivationKind::linear || kind == ActivationKind::relu || kind == ActivationKind::relu6;
}

}  // namespace etch::host::quantization
