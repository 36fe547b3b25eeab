// SPDX-License-Identifier: BSL-1.0
#include <codegen/quantize/tflite_functions.hpp>
#include <etch/ops/op_list.hpp>
#include <etch/passes/rewrite.hpp>

#include <cmath>

namespace etch::host::quantization {

std::optional<float> leaky_slope(const Step& step) {
  if (etch::detail::plain_activation(step) == ActivationKind::leaky_relu) return 0.2f;
  if (step.op != op_code<ops::ParametricActivation>) return {};
  const auto a = unpack<kernels::ParametricActivation>(step.attributes);
  const bool leaky =
      a.function == kernels::ParametricFunction::relu && std::isinf(a.max_value) && a.threshold == 0;
  return leaky ? std::optional(a.slope) : std::nullopt;
}

std::optional<int8::Table> tflite_table(const Step& step, const Quantization& from, const Quantization& to) {
  if (const auto slope = leaky_slope(step)) return int8::leaky_relu_table(from, to, *slope);
  switch (etch::detail::plain_activation(step)) {
    case ActivationKind::sigmoid:
      return int8::logistic_table(from);
    case ActivationKind::tanh:
      return int8::tanh_table(from);
    case ActivationKind::hard_silu:
      return int8::hard_swish_table(from, to);
    case ActivationKind::relu:
      return int8::requantize_table(from, to, int8::stored_bounds({.lowest = 0}, to, ElementType::i8));
    default:
      return {};
  }
}

}  // namespace etch::host::quantization
