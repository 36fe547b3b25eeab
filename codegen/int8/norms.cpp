// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/functions.hpp>
#include <codegen/int8/norms.hpp>
#include <codegen/int8/unfit.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host::int8 {

QuantizedStep unit_norm(const Quantization& from, int length) {
  if (length > kernels::most_int8_products) throw Unfit(Unfit::Kind::sum, length, 32);
  return {op_code<ops::Int8UnitNorm>,
          pack(ops::Int8UnitNorm::Attributes{}),
          ElementType::i8,
          {constant_of(std::vector{from.zero_point}, ElementType::i32)}};
}

QuantizedStep log_softmax(const Quantization& from, int width) {
  if (width > kernels::most_log_softmax_width)
    throw Unfit(Unfit::Kind::softmax, width, kernels::most_log_softmax_width);
  const auto numbers = softmax_numbers(from.scale, 1);
  if (!numbers || numbers->scale.shift < 1) throw Unfit(Unfit::Kind::function_scale);
  // What leads from raised differences back; it stays below 1.
  const auto back =
      quantized_multiplier(std::ldexp(1.0, 31 - numbers->scale.shift) / numbers->scale.multiplier);
  if (!back || back->shift > 0) throw Unfit(Unfit::Kind::function_scale);
  return {op_code<ops::Int8LogSoftmax>,
          pack(ops::Int8LogSoftmax::Attributes{}),
          ElementType::i8,
          {constant_of_words(kernels::Int8LogSoftmaxNumbers{*numbers, *back})}};
}

QuantizedStep rsqrt(ElementType type, const Quantization& from, const Quantization& to) {
  kernels::Int8Scale scale =
      multiplier(1 / (std::sqrt(static_cast<double>(from.scale)) * static_cast<double>(to.scale)), 30);
  scale.shift -= kernels::rsqrt_shift;
  if (scale.shift < -31) throw Unfit(Unfit::Kind::scales);
  if (type == ElementType::i16)
    return {op_code<ops::Int16Rsqrt>, pack(ops::Int16Rsqrt::Attributes{}), type, {constant_of_words(scale)}};
  return looked_up(make_table([&](std::int32_t x) {
    return static_cast<std::int32_t>(std::min<std::int64_t>(
        std::int64_t{kernels::quantized_rsqrt(x - from.zero_point, scale)} + to.zero_point, INT8_MAX));
  }));
}

}  // namespace etch::host::int8
