// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/quantized_step.hpp>
#include <codegen/int8/unfit.hpp>

namespace etch::host::int8 {

kernels::Int8Scale multiplier(double real, int most_shift) {
  const auto scale = quantized_multiplier(real);
  if (!scale || scale->shift > most_shift) throw Unfit(Unfit::Kind::scales);
  return *scale;
}

kernels::Int8Scale multiplier(double real, int most_shift, Rounding rounding) {
  const kernels::Int8Scale scale = multiplier(real, most_shift);
  if (rounding == Rounding::twice || scale.shift >= 0 || scale.shift < -9) return scale;
  return {kernels::rounding_shift(scale.multiplier, -scale.shift), 0};
}

ConstantArray stored_constant(const std::vector<std::int32_t>& numbers, ElementType type) {
  if (type == ElementType::i16)
    return constant_of(std::vector<std::int16_t>(numbers.begin(), numbers.end()), type);
  return constant_of(std::vector<std::int8_t>(numbers.begin(), numbers.end()), type);
}

}  // namespace etch::host::int8
