// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/mat_mul.hpp>
#include <codegen/int8/unfit.hpp>

namespace etch::host::int8 {

QuantizedStep mat_mul(const kernels::Int8MatMul& product, ElementType type, const BinaryQuantizations& q,
                      std::optional<ConstantArray> b) {
  const bool wide = type == ElementType::i16;
  const int most =
      wide ? kernels::most_matrix_products<std::int16_t> : kernels::most_matrix_products<std::int8_t>;
  if (product.k > most) throw Unfit(Unfit::Kind::sum, product.k, wide ? 47 : 32);
  // The reference multiplies the scales of the operands in float.
  const double real = static_cast<double>(q.a.scale * q.b.scale) / static_cast<double>(q.y.scale);
  const Bounds bounds = all_numbers(type);
  const kernels::Int8MatMulNumbers numbers{q.a.zero_point, q.b.zero_point, q.y.zero_point,
                                           bounds.lowest,  bounds.highest, multiplier(real, wide ? 7 : 22)};
  QuantizedStep step{op_code<ops::QuantizedMatMul>, pack(product), type, {}};
  if (b) step.constants.push_back(std::move(*b));
  step.constants.push_back(constant_of_words(numbers));
  return step;
}

}  // namespace etch::host::int8
