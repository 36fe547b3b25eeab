// SPDX-License-Identifier: BSL-1.0
// What joins tensors, and what puts something around them.
#include <codegen/formats/onnx/integer_steps.hpp>
#include <codegen/formats/onnx/operators.hpp>
#include <codegen/int8/conversions.hpp>

#include <algorithm>

namespace etch::host::onnx {

namespace {

/// Whether the others can lie as the first does: along every axis but one they have the same atoms.
bool lies_alike(const Live& a, const Live& b, int axis) {
  const auto others = [&](const Live& x) {
    std::vector<Atom> atoms;
    for (const int o : x.layout.order())
      if (x.layout.atoms()[at(o)].axis != axis) atoms.push_back(x.layout.atoms()[at(o)]);
    return atoms;
  };
  return others(a) == others(b);
}

}  // namespace

Live joined(Context& c, std::vector<Live> parts, int axis) {
  if (parts.size() == 1) return parts[0];
  const auto plain = [&](const Live& x) { return x.layout.is_plain(axis); };
  // They lie as the one with most axes above 1, where each can.
  const auto most =
      std::ranges::max_element(parts, {}, [](const Live& x) { return x.layout.atoms().size(); });
  const std::vector<int> axes = most->layout.axes_in_memory();
  for (Live& part : parts) part = c.ordered(part, axes);
  bool alike = true;
  for (const Live& part : parts) alike = alike && plain(part) && lies_alike(parts[0], part, axis);
  if (!alike)
    for (Live& part : parts) part = c.natural(part);
  Live y = *most;
  y.dims[at(axis)] = 0;
  for (const Live& part : parts) y.dims[at(axis)] += part.dims[at(axis)];
  c.require(elements_of(y.dims) > 0, "has a result that no array has room for");
  y.layout = alike ? y.layout : Layout(parts[0].dims);
  y.layout = y.layout.with_extent(axis, static_cast<int>(y.dims[at(axis)]));
  const int along[]{axis};
  const Layout::Block block = *y.layout.block_of(along);
  const int total = block.extent, inner = block.inside, outer = block.outside;
  std::vector<Tensor> tensors;
  for (const Live& part : parts) {
    tensors.push_back(part.tensor);
    tensors.back().shape = {outer, static_cast<int>(part.dims[at(axis)]), inner};
  }
  constexpr std::size_t room = ops::Concatenate::max_inputs;
  const ElementType type = c.value(parts[0].tensor).type;
  while (tensors.size() > 1) {  // eight at a time: the joined ones go on as one
    const std::size_t n = std::min(tensors.size(), room);
    ops::Concatenate::Attributes attributes{1, static_cast<int>(n), {}};
    int sum = 0;
    for (std::size_t k = 0; k < n; ++k) sum += attributes.extent[k] = tensors[k].shape[1];
    const Tensor joined = c.add_step(op_code<ops::Concatenate>, pack(attributes), {outer, sum, inner}, type,
                                     std::span(tensors).first(n));
    tensors.erase(tensors.begin(), tensors.begin() + static_cast<std::ptrdiff_t>(n - 1));
    tensors[0] = joined;
  }
  c.require(tensors[0].shape.size() == outer * total * inner,
            "is damaged: the shapes of its inputs do not fit");
  y.tensor = tensors[0];
  y.layout.join();
  return c.reshaped(y, y.dims);
}

void import_concat(Context& c) {
  const Dims& first = c.dims(0);
  const int axis = c.axis_of(c.integer("axis", 1), first.size());
  std::vector<Live> parts;
  for (int k = 0; k < c.inputs(); ++k) {
    Dims like = c.dims(k);
    c.require(like.size() == first.size(), "is damaged: the shapes of its inputs do not fit");
    like[at(axis)] = first[at(axis)];
    c.require(like == first, "is damaged: the shapes of its inputs do not fit");
    parts.push_back(c.stored(k));
  }
  if (whole_concat(c, parts, axis)) return;
  for (Live& part : parts) part = c.as_real(part);
  c.define(joined(c, parts, axis));
}

/// Pads along one axis or two that lie one inside the other.
Live padded(Context& c, const Live& x, int axis, std::int64_t before, std::int64_t after,
            const ConstantArray& filling) {
  auto [in, block] = c.with_block(c.plain(x, axis), {axis});
  const int extent = static_cast<int>(in.dims[at(axis)]);
  const std::int64_t to = extent + before + after;
  c.require(to >= 1 && to <= most_elements && before >= -extent && before < most_elements,
            "pads by amounts that leave nothing, or too much");
  Live y = in;
  y.dims[at(axis)] = to;
  c.require(elements_of(y.dims) > 0, "has a result that no array has room for");
  const kernels::Pad pad{block.outside,           block.extent,         block.inside,
                         block.outside,           static_cast<int>(to), 0,
                         static_cast<int>(before)};
  in.tensor.shape = {pad.height, pad.width, pad.channels};
  y.tensor = c.add_step(op_code<ops::Pad>, pack(pad), {pad.out_height, pad.out_width, pad.channels},
                        c.value(in.tensor).type, {&in.tensor, 1}, {filling});
  y.layout = y.layout.with_extent(axis, static_cast<int>(to));
  return c.reshaped(y, y.dims);
}

namespace {

/// Reflections and repeated borders: rows of the input again, in another order, joined with it.
Live bordered(Context& c, const Live& x, int axis, std::int64_t before, std::int64_t after, bool reflects) {
  const std::int64_t extent = x.dims[at(axis)];
  c.require(extent <= 1 << 20, "is along an axis of more than 1,048,576 places");
  c.require(before >= 0 && after >= 0 && before <= 4096 && after <= 4096 &&
                (!reflects || (before < extent && after < extent)),
            "pads by more than its input has");
  if (before + after == 0) return x;
  std::vector<std::int32_t> places;
  for (std::int64_t i = -before; i < extent + after; ++i) {
    const std::int64_t from = i < 0        ? (reflects ? -i : 0)
                              : i < extent ? i
                                           : (reflects ? 2 * extent - 2 - i : extent - 1);
    places.push_back(static_cast<std::int32_t>(from));
  }
  return taken_along(c, x, axis, places);
}

}  // namespace

void import_pad(Context& c) {
  const std::string mode = c.text("mode", "constant");
  const bool listed = c.opset() < 11;
  const auto amounts = listed ? c.list("pads") : std::optional(c.whole_numbers(1, "pads"));
  if (!amounts) c.refuse("is damaged: it names no amounts");
  Live x = c.stored(0);
  std::vector<int> axes;
  if (c.opset() >= 18 && c.has_input(3)) {
    for (const std::int64_t axis : c.whole_numbers(3, "axes")) axes.push_back(c.axis_of(axis, x.dims.size()));
  } else {
    for (int i = 0; i < x.rank(); ++i) axes.push_back(i);
  }
  c.require(amounts->size() == 2 * axes.size(), "is damaged: its amounts do not fit its input");
  float filling = listed ? static_cast<float>(c.real("value", 0)) : c.has_input(2) ? c.number(2, "value") : 0;
  const bool stored = x.stands_for && mode == "constant";
  if (x.stands_for && !stored) x = c.as_real(x);
  if (!stored) x = mode == "constant" ? c.as_real(x) : x;
  c.require(mode == "constant" || mode == "reflect" || mode == "edge",
            "pads in a mode that is not supported");
  const ConstantArray outside =
      stored
          ? int8::stored_constant(
                {int8::stored(static_cast<double>(filling), *x.stands_for, ElementType::i8)}, ElementType::i8)
          : constant_of(std::vector{filling}, ElementType::real);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const std::int64_t before = (*amounts)[i], after = (*amounts)[axes.size() + i];
    if (before == 0 && after == 0) continue;
    x = mode == "constant" ? padded(c, x, axes[i], before, after, outside)
                           : bordered(c, x, axes[i], before, after, mode == "reflect");
  }
  c.define(x);
}

}  // namespace etch::host::onnx
