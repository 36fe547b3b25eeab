// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/prelu.hpp>
#include <codegen/int8/quantization.hpp>
#include <codegen/int8/unfit.hpp>

namespace etch::host::int8 {

namespace {

QuantizedStep step_of(ElementType type, const PReluQuantizations& q, double above, double below,
                      const std::vector<std::int8_t>& alpha) {
  const Bounds all = all_numbers(type);
  const kernels::QuantizedPReluNumbers numbers{
      q.x.zero_point, q.alpha.zero_point,    q.y.zero_point,       all.lowest,
      all.highest,    multiplier(above, 30), multiplier(below, 30)};
  return {op_code<ops::QuantizedPReLU>,
          pack(ops::QuantizedPReLU::Attributes{static_cast<int>(alpha.size())}),
          type,
          {constant_of(alpha, ElementType::i8), constant_of_words(numbers)}};
}

}  // namespace

QuantizedStep prelu(ElementType type, const PReluQuantizations& q, const std::vector<std::int8_t>& alpha) {
  const auto x = static_cast<double>(q.x.scale), y = static_cast<double>(q.y.scale);
  return step_of(type, q, x / y, x * static_cast<double>(q.alpha.scale) / y, alpha);
}

// The reference divides in float here.
QuantizedStep leaky_relu(ElementType type, const Quantization& from, const Quantization& to, float slope) {
  if (!(slope >= 0)) throw Unfit(Unfit::Kind::function_scale);
  return step_of(type, {from, {1, 0}, to}, static_cast<double>(from.scale / to.scale),
                 static_cast<double>(from.scale * slope / to.scale), {1});
}

}  // namespace etch::host::int8
