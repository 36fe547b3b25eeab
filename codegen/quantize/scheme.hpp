// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/imported_model.hpp>
#include <codegen/quantize/quantize.hpp>
#include <etch/ops/op_list.hpp>

namespace etch::host::quantization {

/// What a step becomes.
enum class Form {
  real,         ///< stays as it is
  convolution,  ///< also a dense layer
  depthwise,
  norm,  ///< a factor and an offset a channel
  sum,   ///< also a difference, and an average of tensors
  product,
  mean,   ///< an average with a quantization of its own
  share,  ///< moves numbers, or picks or averages some: the result has the input's quantization
  join,   ///< moves numbers of several values
  table,  ///< a function of one number
  softmax,
};

/// How a model is quantized, before the ranges are known.
struct Scheme {
  std::vector<Form> form;              ///< by step
  std::vector<ActivationKind> bounds;  ///< by step: the function that bounds its result
  std::vector<int> result;             ///< by step: its first result, after the bounds
  std::vector<bool> absorbed;          ///< by step: it is the bounds of the step before it
  std::vector<int> root;               ///< by value: values of one root share a quantization; -1: stays real
  std::vector<std::optional<Quantization>> fixed;  ///< by root: of functions whose range is known
};

/// \param real as `separate_activations` gives it.
Scheme scheme_of(const ImportedModel& real);

/// TensorFlow Lite's asymmetric int8: 256 steps over a range that is widened to hold 0.
Quantization asymmetric(const Range& range);

}  // namespace etch::host::quantization
