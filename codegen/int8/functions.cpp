// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/functions.hpp>
#include <codegen/int8/int16_tables.hpp>
#include <codegen/int8/unfit.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host::int8 {

namespace {

template <class Number>
const Number& required(const std::optional<Number>& number) {
  if (!number) throw Unfit(Unfit::Kind::function_scale);
  return *number;
}

}  // namespace

QuantizedStep looked_up(const Table& table) {
  return {op_code<ops::Int8Table>,
          {},
          ElementType::i8,
          {constant_of(std::vector(table.begin(), table.end()), ElementType::i8)}};
}

QuantizedStep function(ElementType type, const Quantization& from, const Quantization& to,
                       const std::function<double(double)>& real) {
  if (type != ElementType::i16) {
    return looked_up(make_table([&](std::int32_t x) {
      return stored(real(static_cast<double>(from.scale) * (x - from.zero_point)), to, type);
    }));
  }
  const float reach = from.scale * 32768;
  if (!std::isfinite(2 * reach)) throw Unfit(Unfit::Kind::function_scale);
  const auto table = int16_table(-reach, reach, to.scale,
                                 [&](float x) { return static_cast<float>(real(static_cast<double>(x))); });
  return {op_code<ops::Int16Table>, {}, type, {constant_of(table, type)}};
}

QuantizedStep gate(bool tanh, const Quantization& from) {
  const auto numbers = required(sigmoid_numbers(from.scale));
  const auto table = sigmoid_table();
  return {
      op_code<ops::Int16Gate>,
      pack(ops::Int16Gate::Attributes{tanh}),
      ElementType::i16,
      {constant_of(std::vector(table.begin(), table.end()), ElementType::i16), constant_of_words(numbers)}};
}

QuantizedStep softmax(ElementType from, ElementType to, float scale, float beta, int width) {
  if (width > kernels::most_softmax_width)
    throw Unfit(Unfit::Kind::softmax, width, kernels::most_softmax_width);
  if (from == ElementType::i16)
    return {op_code<ops::Int16Softmax>,
            pack(ops::Int16Softmax::Attributes{}),
            to,
            {constant_of_words(required(softmax_scale(scale, beta))),
             constant_of(softmax_exp_table(), ElementType::i16),
             constant_of(softmax_inverse_table(), ElementType::i16)}};
  return {op_code<ops::Int8Softmax>,
          pack(ops::Int8Softmax::Attributes{to == ElementType::i16}),
          to,
          {constant_of_words(required(softmax_numbers(scale, beta)))}};
}

}  // namespace etch::host::int8
