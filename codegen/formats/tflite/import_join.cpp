// SPDX-License-Identifier: BSL-1.0
// Operators that make one tensor of several, or of one several times.
#include <codegen/formats/tflite/operators.hpp>
#include <codegen/int8/functions.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host::tflite {

namespace {

/// Joins [before, ..., after], eight at a time: the joined ones go on as one.
Tensor join(Context& c, std::vector<Tensor> parts, ElementType type) {
  constexpr std::size_t most = ops::Concatenate::max_inputs;
  const std::size_t count = parts.size();
  while (parts.size() > 1) {
    const std::size_t n = std::min(parts.size(), most);
    ops::Concatenate::Attributes attributes{1, static_cast<int>(n), {}};
    int joined = 0;
    for (std::size_t k = 0; k < n; ++k) joined += attributes.extent[k] = parts[k].shape[1];
    const Shape out{parts[0].shape[0], joined, parts[0].shape[2]};
    const Tensor joined_parts =
        c.add_step(op_code<ops::Concatenate>, pack(attributes), out, type, std::span(parts).first(n));
    parts.erase(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(n - 1));
    parts[0] = joined_parts;
  }
  return count == 1 ? c.copy_of(parts[0]) : parts[0];
}

/// An input in the quantization of the result. uint8 may have another: TensorFlow Lite computes that in
/// float.
Tensor as_result(Context& c, int k, const Shape& shape) {
  const FileTensor &from = c.input(k), &to = c.output();
  const Tensor x = c.value(k, shape);
  const Quantization p = c.quantization(from), q = c.quantization(to);
  if (p == q || !to.shifted) {
    c.require_same_quantization(from, to);
    return x;
  }
  const float scale = p.scale * (1.0f / q.scale);
  const float place = static_cast<float>(-(p.zero_point + 128)) * scale;  // of the bytes as the file has them
  return c.add_step(int8::looked_up(int8::make_table([&](std::int32_t stored) {
                      const float steps = std::round(static_cast<float>(stored + 128) * scale + place);
                      return static_cast<std::int32_t>(
                          std::clamp(steps + static_cast<float>(q.zero_point), -128.0f, 127.0f));
                    })),
                    shape, {&x, 1});
}

}  // namespace

void import_concatenation(Context& c) {
  const int count = static_cast<int>(c.op().inputs.size());
  c.require(count > 0, "is damaged: it joins nothing");
  c.require(c.options().activation == FusedActivation::none,
            "has a fused activation, which is not supported");
  if (is_word(c.output())) return import_word_concatenation(c);
  const ElementType type = c.common_type(count);
  const FileTensor& y = c.output();
  const int axis = c.axis_of(y, c.options().axis);
  int before = 1, after = 1, total = 0;
  for (int i = 0; i < axis; ++i) before *= y.shape[static_cast<std::size_t>(i)];
  for (std::size_t i = static_cast<std::size_t>(axis) + 1; i < y.shape.size(); ++i) after *= y.shape[i];
  std::vector<Tensor> parts;
  for (int k = 0; k < count; ++k) {
    std::vector<int> like = c.input(k).shape;
    c.require(like.size() == y.shape.size(), "is damaged: the shapes of its inputs do not fit");
    const int extent = like[static_cast<std::size_t>(axis)];
    like[static_cast<std::size_t>(axis)] = y.shape[static_cast<std::size_t>(axis)];
    c.require(like == y.shape && extent > 0, "is damaged: the shapes of its inputs do not fit");
    const Shape part{before, extent, after};
    parts.push_back(type == ElementType::real ? c.value(k, part) : as_result(c, k, part));
    total += extent;
  }
  c.require(total == y.shape[static_cast<std::size_t>(axis)],
            "is damaged: the shapes of its inputs do not fit");
  c.define(join(c, std::move(parts), type));
}

/// Numbers that are known while importing stay so.
void import_pack(Context& c) {
  std::vector<std::int64_t> numbers;
  for (const int number : c.op().inputs) {
    const auto known = number >= 0 ? c.known_numbers(number) : std::nullopt;
    if (known && known->size() == 1) numbers.push_back((*known)[0]);
  }
  const auto count = c.op().inputs.size();
  if (count > 0 && numbers.size() == count) return c.define_numbers(numbers);
  c.require(numbers.empty(), "joins numbers that are known with others, which is not supported");
  const ElementType type = c.common_type(static_cast<int>(count));
  const FileTensor& y = c.output();
  const int axis = c.axis_of(y, c.options().axis);
  c.require(count > 0 && y.shape[static_cast<std::size_t>(axis)] == static_cast<int>(count),
            "is damaged: its result has another shape than it computes");
  const Around at = Context::around(y, axis);
  std::vector<int> part = y.shape;
  part.erase(part.begin() + axis);
  std::vector<Tensor> parts;
  for (int k = 0; k < static_cast<int>(count); ++k) {
    c.require(c.input(k).shape == part, "is damaged: the shapes of its inputs do not fit");
    if (type != ElementType::real) c.require_same_quantization(c.input(k), y);
    parts.push_back(c.value(k, {at.before, 1, at.after}));
  }
  c.define(join(c, std::move(parts), type));
}

void import_tile(Context& c) {
  const ElementType type = c.common_type(1);
  const FileTensor &x = c.input(0), &y = c.output();
  const std::vector<int> times = c.small_numbers(1);
  c.require(times.size() == x.shape.size() && y.shape.size() == x.shape.size(),
            "is damaged: its numbers do not fit its input");
  if (type != ElementType::real) c.require_same_quantization(x, y);
  Tensor t = c.value(0);
  FileTensor now;
  now.shape = x.shape;
  for (std::size_t i = x.shape.size(); i-- > 0;) {
    c.require(times[i] >= 1 && times[i] <= y.shape[i] && y.shape[i] == std::int64_t{x.shape[i]} * times[i],
              "is damaged: its result has another shape than it computes");
    if (times[i] == 1) continue;
    const Around at = Context::around(now, static_cast<int>(i));
    const kernels::Tile tile{at.before, at.extent * at.after, times[i]};
    now.shape[i] = y.shape[i];
    t = c.add_step(op_code<ops::Tile>, etch::pack(tile), {at.before, y.shape[i], at.after}, type, {&t, 1});
  }
  c.define(t.value == c.value(0).value ? c.copy_of(t) : t);
}

/// GATHER of places that are constants, or of rows of a table by places that are computed.
void import_gather(Context& c) {
  const FileTensor &x = c.input(0), &places = c.input(1), &y = c.output();
  c.require(c.options().batch_dims == 0, "has batches of its own, which are not supported");
  const int axis = c.axis_of(x, c.options().axis);
  const Around at = Context::around(x, axis);
  std::vector<int> computed(x.shape.begin(), x.shape.begin() + axis);
  computed.insert(computed.end(), places.shape.begin(), places.shape.end());
  computed.insert(computed.end(), x.shape.begin() + axis + 1, x.shape.end());
  c.require_extents(y, computed);
  const kernels::Gather gather{at.before, at.extent, at.after, places.elements()};
  const Shape out{at.before, places.elements(), at.after};
  const auto known = c.known_numbers(c.input_number(1));
  if (const auto numbers = c.known_numbers(c.input_number(0)); numbers && known && x.shape.size() == 1) {
    std::vector<std::int64_t> picked;
    for (const std::int64_t place : *known) {
      const std::int64_t from_first = place < 0 ? place + x.elements() : place;
      c.require(from_first >= 0 && from_first < x.elements(), "takes places that its input does not have");
      picked.push_back((*numbers)[static_cast<std::size_t>(from_first)]);
    }
    return c.define_numbers(picked);
  }
  if (known) {
    const ElementType type = c.common_type(1);
    if (type != ElementType::real) c.require_same_quantization(x, y);
    std::vector<std::int32_t> indices;
    for (const std::int64_t place : *known) {
      c.require(place >= 0 && place < at.extent, "takes places that its input does not have");
      indices.push_back(static_cast<std::int32_t>(place));
    }
    const Tensor in = c.value(0, {at.before, at.extent, at.after});
    return c.define(c.add_step(op_code<ops::Gather>, etch::pack(gather), out, type, {&in, 1},
                               {constant_of(indices, ElementType::i32)}));
  }
  const Tensor index = c.value(1, {places.elements()});
  c.require(c.value(index).type == ElementType::real && x.kind == ElementKind::float32,
            "is supported with computed places in float32 only");
  if (x.constant()) {
    c.require(at.before == 1,
              "takes parts of a table along another axis than the first, which is not supported");
    const ops::Embedding::Attributes table{at.extent, at.after};
    return c.define(c.add_step(op_code<ops::Embedding>, etch::pack(table), {places.elements(), at.after},
                               ElementType::real, {&index, 1},
                               {constant_of(c.floats(x), ElementType::real, {at.extent, at.after})}));
  }
  const Tensor inputs[]{c.value(0, {at.before, at.extent, at.after}), index};
  c.define(c.add_step(op_code<ops::Gather>, etch::pack(gather), out, ElementType::real, inputs));
}

/// MIRROR_PAD: along each axis the places that stand around its ends.
void import_mirror_pad(Context& c) {
  const ElementType type = c.common_type(1);
  const FileTensor &x = c.input(0), &y = c.output();
  const std::vector<int> amounts = c.small_numbers(1);
  const int edge = c.options().symmetric ? 0 : 1;  // whether the end itself is repeated
  c.require(amounts.size() == 2 * x.shape.size() && y.shape.size() == x.shape.size(),
            "is damaged: its amounts do not fit its input");
  if (type != ElementType::real) c.require_same_quantization(x, y);
  Tensor t = c.value(0);
  FileTensor now;
  now.shape = x.shape;
  for (std::size_t i = 0; i < x.shape.size(); ++i) {
    const int before = amounts[2 * i], behind = amounts[2 * i + 1], extent = x.shape[i];
    c.require(before >= 0 && behind >= 0 && before <= extent - edge && behind <= extent - edge &&
                  y.shape[i] == extent + before + behind,
              "is damaged: it pads more than it has, or its result has another shape");
    if (before + behind == 0) continue;
    std::vector<std::int32_t> places;
    for (int o = -before; o < extent + behind; ++o)
      places.push_back(o < 0 ? -o - 1 + edge : o >= extent ? 2 * extent - 1 - edge - o : o);
    const Around at = Context::around(now, static_cast<int>(i));
    const kernels::Gather gather{at.before, extent, at.after, y.shape[i]};
    now.shape[i] = y.shape[i];
    t.shape = {at.before, extent, at.after};
    t = c.add_step(op_code<ops::Gather>, etch::pack(gather), {at.before, y.shape[i], at.after}, type, {&t, 1},
                   {constant_of(places, ElementType::i32)});
  }
  c.define(t.value == c.value(0).value ? c.copy_of(t) : t);
}

}  // namespace etch::host::tflite
