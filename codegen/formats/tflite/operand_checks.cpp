// SPDX-License-Identifier: BSL-1.0
// What a file says of its tensors, against what its operators make of them.
#include <codegen/formats/tflite/importer.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace etch::host::tflite {

namespace {

bool counts(const FileTensor& t) { return t.kind == ElementKind::int32 || t.kind == ElementKind::int64; }

/// Extents of 1 before the others change nothing: [1, 1, 64] holds what [64] does.
std::span<const int> without_leading_ones(const std::vector<int>& shape) {
  std::span<const int> rest(shape);
  while (!rest.empty() && rest.front() == 1) rest = rest.subspan(1);
  return rest;
}

bool zero_point_fits(ElementKind kind, std::int64_t zero_point) {
  switch (kind) {
    case ElementKind::uint8:
      return zero_point >= 0 && zero_point <= 255;
    case ElementKind::int8:
      return zero_point >= -128 && zero_point <= 127;
    case ElementKind::int16:
      return zero_point >= -32768 && zero_point <= 32768;
    default:
      return zero_point == 0;
  }
}

}  // namespace

/// Lists of extents and axes may be empty; what is computed with has numbers.
void Importer::check_operands() const {
  for (const auto* list : {&op_->inputs, &op_->outputs})
    for (const int number : *list)
      if (number >= 0 && tensor(number).elements() < 1 && !counts(tensor(number)))
        refuse("has no elements in " + described(tensor(number)));
}

void Importer::require_extents(const FileTensor& result, const std::vector<int>& computed) const {
  if (!std::ranges::equal(without_leading_ones(result.shape), without_leading_ones(computed)))
    refuse("is damaged: " + described(result) + " has not the shape that its operator gives");
}

void Importer::define_numbers(const std::vector<std::int64_t>& numbers) {
  const int number = output_number();
  const FileTensor& t = tensor(number);
  auto& computed = computed_[static_cast<std::size_t>(number)];
  if (computed || made_[static_cast<std::size_t>(number)] || t.constant())
    refuse("is damaged: " + described(t) + " is made twice");
  if (!counts(t)) refuse("gives " + std::string(name_of(t.kind)) + " where it should give whole numbers");
  if (static_cast<std::int64_t>(numbers.size()) != t.elements())
    refuse("is damaged: " + described(t) + " has not the shape that its operator gives");
  computed = numbers;
}

Quantization Importer::quantization(const FileTensor& t) const {
  if (t.scale_count() != 1) refuse("needs one scale for " + described(t));
  if (!(t.scale(0) > 0)) refuse("needs a scale above 0 for " + described(t));
  return quantization(t, 0);
}

Quantization Importer::quantization(const FileTensor& t, int channel) const {
  const float scale = t.scale(channel);
  if (!std::isfinite(scale) || scale < 0) refuse("needs a scale of at least 0 for " + described(t));
  if (!zero_point_fits(t.kind, t.zero_point(channel)))
    refuse("needs a zero point within the type of " + described(t));
  return {scale, static_cast<std::int32_t>(t.zero_point(channel))};
}

}  // namespace etch::host::tflite
