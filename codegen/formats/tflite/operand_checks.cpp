// SPDX-License-Identifier: BSL-1.0
// What a file says of its tensors, against what its operators make of them.
#include <codegen/formats/tflite/context.hpp>

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
void Context::check_operands() const {
  for (const auto* list : {&op_->inputs, &op_->outputs})
    for (const int number : *list)
      if (number >= 0 && tensor(number).elements() < 1 && !counts(tensor(number)))
        refuse("has no elements in " + described(tensor(number)));
}

void Context::require_extents(const FileTensor& result, const std::vector<int>& computed) const {
  if (!std::ranges::equal(without_leading_ones(result.shape), without_leading_ones(computed)))
    refuse("is damaged: " + described(result) + " has not the shape that its operator gives");
}

void Context::define_numbers(const std::vector<std::int64_t>& numbers) {
  const int number = output_number();
  const FileTensor& t = tensor(number);
  if (computed(number) || made(number) || t.constant())
    refuse("is damaged: " + described(t) + " is made twice");
  if (!counts(t)) refuse("gives " + std::string(name_of(t.kind)) + " where it should give whole numbers");
  if (static_cast<std::int64_t>(numbers.size()) != t.elements())
    refuse("is damaged: " + described(t) + " has not the shape that its operator gives");
  compute(number, numbers);
}

Quantization Context::quantization(const FileTensor& t) const {
  if (t.scale_count() != 1) refuse("needs one scale for " + described(t));
  if (!(t.scale(0) > 0)) refuse("needs a scale above 0 for " + described(t));
  return quantization(t, 0);
}

Quantization Context::quantization(const FileTensor& t, int channel) const {
  const float scale = t.scale(channel);
  if (!std::isfinite(scale) || scale < 0) refuse("needs a scale of at least 0 for " + described(t));
  if (!zero_point_fits(t.kind, t.zero_point(channel)))
    refuse("needs a zero point within the type of " + described(t));
  return {scale, static_cast<std::int32_t>(t.zero_point(channel))};
}

ElementType Context::common_type(int inputs) const {
  const ElementKind kind = output().kind;
  bool same = kind == ElementKind::float32 || kind == ElementKind::int8 || kind == ElementKind::int16;
  for (int i = 0; i < inputs; ++i) same = same && input(i).kind == kind;
  if (!same)
    refuse("is supported in int8, int16 and float32 only: it takes " + std::string(name_of(input(0).kind)) +
           " and gives " + name_of(kind));
  for (int i = 0; i < inputs && kind == ElementKind::int16; ++i) require_symmetric(input(i));
  if (kind == ElementKind::int16) require_symmetric(output());
  return element_type(kind);
}

void Context::require_symmetric(const FileTensor& t) const {
  require(quantization(t).zero_point == 0, "is supported in int16 with zero points of 0 only");
}

void Context::require_same_quantization(const FileTensor& a, const FileTensor& b) const {
  require(quantization(a) == quantization(b),
          "is supported only with one scale and zero point for input and result");
}

Shape Context::sample_shape(const FileTensor& t) const {
  const bool wide = t.kind == ElementKind::uint64;
  const std::size_t most = wide ? 3 : 4;
  std::size_t first = !t.shape.empty() && t.shape[0] == 1 && t.shape.size() > 1 ? 1 : 0;
  while (t.shape.size() - first > most && t.shape[first] == 1) ++first;
  if (t.shape.size() - first > most)
    refuse("has more than " + std::to_string(most) + " extents in " + described(t));
  Shape shape;
  for (std::size_t i = first; i < t.shape.size(); ++i) shape.append(t.shape[i]);
  if (shape.rank == 0) shape.append(1);
  if (wide) shape.append(2);
  if (shape.size() < 1) refuse("has no elements in " + described(t));
  return shape;
}

std::array<int, 4> Context::four_extents(const FileTensor& t) const {
  const Shape shape = sample_shape(t);
  std::array<int, 4> extent{1, 1, 1, 1};
  for (int i = 0; i < shape.rank; ++i) extent[static_cast<std::size_t>(4 - shape.rank + i)] = shape[i];
  return extent;
}

Around Context::around(const FileTensor& t, int axis, int count) {
  Around a;
  for (int i = 0; i < static_cast<int>(t.shape.size()); ++i)
    (i < axis ? a.before : i < axis + count ? a.extent : a.after) *= t.shape[static_cast<std::size_t>(i)];
  return a;
}

int Context::axis_of(const FileTensor& t, int axis) const {
  const int rank = static_cast<int>(t.shape.size());
  const int from_first = axis < 0 ? axis + rank : axis;
  if (from_first < 0 || from_first >= rank)
    refuse("is damaged: it names the axis " + std::to_string(axis) + " of " + std::to_string(rank));
  return from_first;
}

}  // namespace etch::host::tflite
