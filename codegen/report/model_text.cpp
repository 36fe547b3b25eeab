// SPDX-License-Identifier: BSL-1.0
#include <codegen/report/model_text.hpp>
#include <codegen/report/text_table.hpp>

#include <cstring>

namespace etch::host {

namespace {

template <class T>
void append_real(std::vector<float>& numbers, std::span<const std::byte> stored, double scale, int zero) {
  for (std::size_t at = 0; at + sizeof(T) <= stored.size(); at += sizeof(T)) {
    T number{};
    std::memcpy(&number, stored.data() + at, sizeof number);
    numbers.push_back(static_cast<float>(scale * (static_cast<double>(number) - zero)));
  }
}

}  // namespace

std::string shape_text(const Shape& shape) {
  std::string text;
  for (int i = 0; i < shape.rank && i < Shape::max_rank; ++i)
    text += (i > 0 ? "x" : "") + std::to_string(shape[i]);
  return text;
}

std::string quantization_text(const Quantization& quantization) {
  if (quantization.scale == 0) return {};
  return "scale " + short_number(static_cast<double>(quantization.scale)) + ", zero point " +
         std::to_string(quantization.zero_point);
}

const Value& value_of(const ImportedModel& model, int value) { return model.graph->values[value]; }

bool is_unsigned(const ImportedModel& model, int value) {
  const auto at = static_cast<std::size_t>(value);
  return at < model.values.size() && model.values[at].is_unsigned;
}

const char* type_text(const ImportedModel& model, int value) {
  return is_unsigned(model, value) ? "uint8" : names_of(value_of(model, value).type).text;
}

std::size_t bytes_of_value(const ImportedModel& model, int value) {
  const Value& v = value_of(model, value);
  return static_cast<std::size_t>(v.elements) * static_cast<std::size_t>(bytes_of(v.type, DType::f32));
}

std::vector<float> real_numbers(const ImportedModel& model, int value, std::span<const std::byte> stored) {
  const Quantization q = model.values[static_cast<std::size_t>(value)].quantization;
  const double scale = q.scale == 0 ? 1 : static_cast<double>(q.scale);
  std::vector<float> numbers;
  switch (value_of(model, value).type) {
    case ElementType::i8:
      if (is_unsigned(model, value))
        append_real<std::uint8_t>(numbers, stored, scale, q.zero_point);
      else
        append_real<std::int8_t>(numbers, stored, scale, q.zero_point);
      break;
    case ElementType::i16:
      append_real<std::int16_t>(numbers, stored, scale, q.zero_point);
      break;
    case ElementType::i32:
      append_real<std::int32_t>(numbers, stored, scale, q.zero_point);
      break;
    case ElementType::real:
      append_real<float>(numbers, stored, 1, 0);
      break;
  }
  return numbers;
}

}  // namespace etch::host
