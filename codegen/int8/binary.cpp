// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/binary.hpp>

#include <algorithm>

namespace etch::host::int8 {

namespace {

/// Operands are brought to a common scale, twice the larger one: theirs are at most a half. \returns it.
double common_scale(kernels::Int8BinaryNumbers& numbers, const BinaryQuantizations& q) {
  const auto a_scale = static_cast<double>(q.a.scale), b_scale = static_cast<double>(q.b.scale);
  const double twice = 2 * std::max(a_scale, b_scale);
  numbers.a = multiplier(a_scale / twice, 0);
  numbers.b = multiplier(b_scale / twice, 0);
  return twice;
}

/// The scale of a quotient, in float as the reference has it.
double quotient_scale(const Quantization& above, const Quantization& below, const Quantization& y) {
  return static_cast<double>(above.scale / (below.scale * y.scale));
}

/// That of a squared difference of operands of a common scale. The reference multiplies what is below in
/// float.
double squared_scale(double common, ElementType type, const Quantization& y) {
  const int raised = type == ElementType::i16 ? kernels::squared_difference_shift<std::int16_t>
                                              : kernels::squared_difference_shift<std::int8_t>;
  return common * common / static_cast<double>(static_cast<float>(1 << (2 * raised)) * y.scale);
}

}  // namespace

QuantizedStep binary(const kernels::Binary& binary, ElementType type, const BinaryQuantizations& q,
                     Bounds bounds, double share, std::optional<ConstantArray> b) {
  const bool wide = type == ElementType::i16;
  using enum kernels::BinaryKind;
  const auto y_scale = static_cast<double>(q.y.scale);
  kernels::Int8BinaryNumbers numbers{
      q.a.zero_point, q.b.zero_point, q.y.zero_point, bounds.lowest, bounds.highest, {}, {}, {}};
  switch (binary.kind) {
    case multiply:
      numbers.y = multiplier(static_cast<double>(q.a.scale) * static_cast<double>(q.b.scale) / y_scale,
                             wide ? 0 : 14);
      break;
    case divide:
      numbers.y = multiplier(quotient_scale(q.a, q.b, q.y), 22);
      break;
    case divide_into:
      numbers.y = multiplier(quotient_scale(q.b, q.a, q.y), 22);
      break;
    case squared_difference:
      numbers.y = multiplier(squared_scale(common_scale(numbers, q), type, q.y), 22);
      break;
    default: {
      const int raised = wide ? kernels::int16_sum_shift : kernels::int8_sum_shift;
      numbers.y = multiplier(share * common_scale(numbers, q) / ((1 << raised) * y_scale), 0);
    }
  }
  QuantizedStep step{op_code<ops::QuantizedBinary>, pack(binary), type, {}};
  if (b) step.constants.push_back(std::move(*b));
  step.constants.push_back(constant_of_words(numbers));
  return step;
}

}  // namespace etch::host::int8
