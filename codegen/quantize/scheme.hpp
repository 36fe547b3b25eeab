// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>
#include <codegen/quantize/quantize.hpp>
#include <etch/passes/int8_form.hpp>

namespace etch::host::quantization {

using Form = Int8Form;

/// How a model is quantized, before the ranges are known.
struct Scheme {
  ElementType type = ElementType::i8;  ///< of activations
  std::vector<Form> form;              ///< by step
  std::vector<ActivationKind> bounds;  ///< by step: the function that bounds its result
  std::vector<int> result;             ///< by step: its first result, after the bounds
  std::vector<bool> absorbed;          ///< by step: it is the bounds of the step before it
  std::vector<int> root;               ///< by value: values of one root share a quantization; -1: stays real
  std::vector<std::optional<Quantization>> fixed;  ///< by root: of functions whose range is known
};

/// \param real as `separate_activations` gives it.
Scheme scheme_of(const ImportedModel& real, ElementType activations);

/// TensorFlow Lite's asymmetric int8: 256 steps over a range that is widened to hold 0; or its symmetric
/// int16.
Quantization quantization_of(const Range& range, ElementType type);

}  // namespace etch::host::quantization
