// SPDX-License-Identifier: BSL-1.0
// What constants of a file hold.
#include <codegen/formats/tflite/context.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace etch::host::tflite {

namespace {

/// The float of the same value: every one of float16 has one.
float from_half(std::uint16_t half) {
  const int exponent = half >> 10 & 31, fraction = half & 1023;
  const float size = exponent == 31  ? (fraction == 0 ? std::numeric_limits<float>::infinity()
                                                      : std::numeric_limits<float>::quiet_NaN())
                     : exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                                     : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  return (half & 0x8000) != 0 ? -size : size;
}

}  // namespace

std::vector<std::int8_t> Context::bytes(const FileTensor& t) const {
  require(t.constant() && t.kind == ElementKind::int8, "needs constant int8 numbers as weights");
  return numbers_in<std::int8_t>(t.data);
}

ConstantArray Context::whole_constant(const FileTensor& t) const {
  if (!is_int16(t)) return constant_of(bytes(t), ElementType::i8);
  require(t.constant(), "needs constant numbers");
  require_symmetric(t);
  return {{t.elements()}, ElementType::i16, {t.data.begin(), t.data.end()}};
}

ConstantArray Context::stored(const FileTensor& t, ElementKind kind) const {
  if (!t.constant() || t.kind != kind) refuse("needs constant numbers of " + std::string(name_of(kind)));
  return {{t.elements()}, element_type(kind), {t.data.begin(), t.data.end()}};
}

std::vector<std::int32_t> Context::words(const FileTensor& t) const {
  require(t.constant() && t.kind == ElementKind::int32, "needs constant int32 numbers as its bias");
  return numbers_in<std::int32_t>(t.data);
}

void Context::note_widened(const FileTensor& t) {
  const auto at = static_cast<std::size_t>(t.index);
  if (widened_[at]) return;
  widened_[at] = true;
  widened_bytes_.stored_bytes += t.narrow ? (t.elements() + 1) / 2 : t.elements();
  widened_bytes_.real_bytes += t.elements() * static_cast<long long>(sizeof(float));
}

std::vector<float> Context::floats(const FileTensor& t) {
  require(t.constant(), "needs constant weights");
  if (t.kind == ElementKind::float32) return numbers_in<float>(t.data);
  if (t.kind == ElementKind::float16) {
    std::vector<float> numbers;
    for (const std::uint16_t half : numbers_in<std::uint16_t>(t.data)) numbers.push_back(from_half(half));
    return numbers;
  }
  const std::vector<std::int8_t> stored = bytes(t);
  require(t.scale_count() > 0, "has quantized weights without a scale");
  note_widened(t);
  int inner = 1, channels = 1;
  if (t.scale_count() > 1) {
    const int axis = axis_of(t, t.quantized_dimension);
    channels = t.shape[static_cast<std::size_t>(axis)];
    require(channels == t.scale_count(), "has weights without a scale for each channel");
    for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < t.shape.size(); ++i) inner *= t.shape[i];
  }
  std::vector<Quantization> quantizations;
  for (int channel = 0; channel < channels; ++channel) quantizations.push_back(quantization(t, channel));
  std::vector<float> numbers(stored.size());
  for (std::size_t i = 0; i < stored.size(); ++i) {
    const Quantization& q = quantizations[i / static_cast<std::size_t>(inner) % quantizations.size()];
    numbers[i] = q.scale * static_cast<float>(stored[i] - q.zero_point);
  }
  return numbers;
}

std::optional<std::vector<std::int64_t>> Context::known_numbers(int number) const {
  const FileTensor& t = tensor(number);
  if (!t.constant()) return computed(number);
  if (t.kind == ElementKind::int64) return numbers_in<std::int64_t>(t.data);
  if (t.kind != ElementKind::int32) return {};
  const std::vector<std::int32_t> numbers = numbers_in<std::int32_t>(t.data);
  return std::vector<std::int64_t>(numbers.begin(), numbers.end());
}

std::vector<int> Context::small_numbers(int i) const {
  require(input(i).elements() <= 16, "is damaged: it lists more than 16 axes");
  const auto known = known_numbers(input_number(i));
  if (!known)
    refuse("needs " + described(input(i)) +
           " to be known: what depends on the model's input is not supported");
  std::vector<int> numbers;
  for (const std::int64_t n : *known)
    numbers.push_back(static_cast<int>(std::clamp<std::int64_t>(n, INT32_MIN, INT32_MAX)));
  return numbers;
}

}  // namespace etch::host::tflite
