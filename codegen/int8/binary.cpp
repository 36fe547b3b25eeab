// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/binary.hpp>

#include <algorithm>

namespace etch::host::int8 {

QuantizedStep binary(const kernels::Binary& binary, ElementType type, const BinaryQuantizations& q,
                     Bounds bounds, double share, std::optional<ConstantArray> b) {
  const bool wide = type == ElementType::i16;
  const auto a_scale = static_cast<double>(q.a.scale), b_scale = static_cast<double>(q.b.scale),
             y_scale = static_cast<double>(q.y.scale);
  kernels::Int8BinaryNumbers numbers{
      q.a.zero_point, q.b.zero_point, q.y.zero_point, bounds.lowest, bounds.highest, {}, {}, {}};
  if (binary.kind == kernels::BinaryKind::multiply) {
    numbers.y = multiplier(a_scale * b_scale / y_scale, wide ? 0 : 14);
  } else {
    const double twice = 2 * std::max(a_scale, b_scale);
    const int raised = wide ? kernels::int16_sum_shift : kernels::int8_sum_shift;
    numbers.a = multiplier(a_scale / twice, 0);
    numbers.b = multiplier(b_scale / twice, 0);
    numbers.y = multiplier(share * twice / ((1 << raised) * y_scale), 0);
  }
  QuantizedStep step{op_code<ops::QuantizedBinary>, pack(binary), type, {}};
  if (b) step.constants.push_back(std::move(*b));
  step.constants.push_back(constant_of_words(numbers));
  return step;
}

}  // namespace etch::host::int8
