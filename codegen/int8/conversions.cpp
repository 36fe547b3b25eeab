// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/conversions.hpp>
#include <codegen/int8/functions.hpp>
#include <codegen/int8/unfit.hpp>

namespace etch::host::int8 {

namespace {

std::vector<ConstantArray> constants_of(const Quantization& q) {
  return {constant_of(std::vector{q.scale}, ElementType::real),
          constant_of(std::vector{q.zero_point}, ElementType::i32)};
}

}  // namespace

QuantizedStep quantize(const Quantization& to, ElementType type, bool to_even) {
  return {op_code<ops::Quantize>, pack(ops::Quantize::Attributes{to_even}), type, constants_of(to)};
}

QuantizedStep dequantize(const Quantization& from) {
  return {op_code<ops::Dequantize>, pack(ops::Dequantize::Attributes{}), ElementType::real,
          constants_of(from)};
}

QuantizedStep requantize_int8(const Quantization& from, const Quantization& to) {
  const auto table = requantize_table(from, to, {});
  if (!table) throw Unfit(Unfit::Kind::scales);
  return looked_up(*table);
}

QuantizedStep requantize(const Quantization& from, const Quantization& to, ElementType type, Bounds bounds,
                         int most_shift) {
  const kernels::RequantizeNumbers numbers{
      from.zero_point, to.zero_point, bounds.lowest, bounds.highest,
      multiplier(static_cast<double>(from.scale) / static_cast<double>(to.scale), most_shift)};
  return {op_code<ops::Requantize>, pack(ops::Requantize::Attributes{}), type, {constant_of_words(numbers)}};
}

QuantizedStep bounded(ElementType type, Bounds bounds) {
  if (type == ElementType::i8) return looked_up(clamp_table(bounds));
  return requantize({1, 0}, {1, 0}, type, bounds, 1);
}

QuantizedStep pad(const kernels::Pad& pad, ElementType type, std::int32_t filling) {
  return {op_code<ops::Pad>, pack(pad), type, {stored_constant({filling}, type)}};
}

}  // namespace etch::host::int8
