// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/step_writers.hpp>

namespace etch::host::onnx {

namespace {

void write_pair(GraphWriter& to, const Step& step, const char* op) {
  const bool first = to.has_first(step, 0, step.in) && step.in.rank > 1;
  const std::string a = first ? to.first(step, 0, step.in) : to.last(step, 0, step.in);
  const std::string b = first ? to.first(step, 1, step.in) : to.last(step, 1, step.in);
  const int result = to.graph().result(step);
  first ? to.define_first(result, to.node(op, {a, b}), step.out)
        : to.define_last(result, to.node(op, {a, b}), step.out);
}

/// A second operand that broadcasts, as the extents along which it moves.
Shape operand_shape(const Step& step, const kernels::Binary& a) {
  Shape shape;
  for (std::size_t i = static_cast<std::size_t>(Shape::max_rank - step.out.rank); i < Shape::max_rank; ++i)
    shape.append(a.b_stride[i] == 0 ? 1 : a.extent[i]);
  return shape;
}

const char* operator_of(const GraphWriter& to, const kernels::Binary& a) {
  switch (a.kind) {
    case kernels::BinaryKind::add:
    case kernels::BinaryKind::average:
      return "Add";
    case kernels::BinaryKind::subtract:
      return "Sub";
    case kernels::BinaryKind::multiply:
      return "Mul";
    case kernels::BinaryKind::divide:
      return "Div";
    case kernels::BinaryKind::maximum:
      return "Max";
    case kernels::BinaryKind::minimum:
      return "Min";
    default:
      to.refuse("computes a function of two tensors that is not written");
  }
}

}  // namespace

void write_add(GraphWriter& to, const Step& step, ActivationKind) { write_pair(to, step, "Add"); }

void write_binary(GraphWriter& to, const Step& step, ActivationKind) {
  const auto a = unpack<ops::Binary::Attributes>(step.attributes);
  to.require(step.parameters == 0, "has an operand that is a constant, which is not written");
  const char* const op = operator_of(to, a);
  const int result = to.graph().result(step);
  const bool same = a.a_elements == a.b_elements && step.in == step.out;
  if (same && a.kind != kernels::BinaryKind::average) return write_pair(to, step, op);
  std::string y =
      to.node(op, {to.last(step, 0, step.in), to.last(step, 1, same ? step.in : operand_shape(step, a))});
  if (a.kind == kernels::BinaryKind::average) y = to.node("Div", {y, to.number(static_cast<float>(a.count))});
  to.define_last(result, y, step.out);
}

void write_concatenate(GraphWriter& to, const Step& step, ActivationKind) {
  const auto a = unpack<ops::Concatenate::Attributes>(step.attributes);
  to.require(step.parameters == 0, "has an operand that is a constant, which is not written");
  const auto shape_of = [&](int k) {
    Shape shape = step.in;
    shape.dim[static_cast<std::size_t>(a.axis)] = a.extent[static_cast<std::size_t>(k)];
    return shape;
  };
  const bool first = step.in.rank > 1 && a.axis == step.in.rank - 1 && to.has_first(step, 0, step.in);
  GraphWriter::Names inputs;
  for (int k = 0; k < a.inputs; ++k)
    inputs.push_back(first ? to.first(step, k, shape_of(k)) : to.last(step, k, shape_of(k)));
  const std::string y = to.node("Concat", inputs, {integer_attribute("axis", first ? 1 : a.axis + 1)});
  const int result = to.graph().result(step);
  first ? to.define_first(result, y, step.out) : to.define_last(result, y, step.out);
}

void write_permute(GraphWriter& to, const Step& step, ActivationKind) {
  const auto a = unpack<ops::Permute::Attributes>(step.attributes);
  const int missing = Shape::max_rank - step.in.rank;
  std::vector<std::int64_t> order{0};
  for (int i = missing; i < Shape::max_rank; ++i) {
    const auto at = static_cast<std::size_t>(i);
    to.require(a.extent[at] == step.in[i - missing] && a.order[at] >= missing,
               "moves axes that its input does not have as such");
    order.push_back(a.order[at] - missing + 1);
  }
  to.define_last(to.graph().result(step),
                 to.node("Transpose", {to.last(step, 0, step.in)}, {integers_attribute("perm", order)}),
                 step.out);
}

void write_resize(GraphWriter& to, const Step& step, ActivationKind) {
  const auto a = unpack<ops::Resize::Attributes>(step.attributes);
  const int result = to.graph().result(step);
  if (step.in.rank == 1) {  // a vector again and again
    Shape row{1};
    row.append(step.in[0]);
    const Dims dims{1, a.rows_each, step.in[0]};
    const std::string again = to.constant(array_of(dims, {3}));
    return to.define_last(result, to.node("Expand", {to.last(step, 0, row), again}), step.out);
  }
  std::vector<double> scales{1, 1, static_cast<double>(a.rows_each)};
  if (step.in.rank == 3) scales.push_back(static_cast<double>(a.columns_each));
  const std::string by = to.constant(array_of(scales, {static_cast<std::int64_t>(scales.size())}));
  const bool linear = a.kind == kernels::ResizeKind::bilinear;
  std::vector<FileAttribute> attributes;
  attributes.push_back(text_attribute("mode", linear ? "linear" : "nearest"));
  attributes.push_back(
      text_attribute("coordinate_transformation_mode", linear ? "half_pixel" : "asymmetric"));
  if (!linear) attributes.push_back(text_attribute("nearest_mode", "floor"));
  to.define_first(result, to.node("Resize", {to.first(step, 0, step.in), "", by}, attributes), step.out);
}

void write_resize_to(GraphWriter& to, const Step& step, ActivationKind) {
  const auto a = unpack<ops::ResizeTo::Attributes>(step.attributes);
  const bool linear = a.kind == kernels::ResizeKind::bilinear;
  const std::string sizes = to.constant(array_of(Dims{1, a.channels, a.out_height, a.out_width}, {4}));
  std::vector<FileAttribute> attributes;
  attributes.push_back(text_attribute("mode", linear ? "linear" : "nearest"));
  attributes.push_back(text_attribute("coordinate_transformation_mode", "half_pixel"));
  if (!linear) attributes.push_back(text_attribute("nearest_mode", "round_prefer_ceil"));
  to.define_first(to.graph().result(step),
                  to.node("Resize", {to.first(step, 0, step.in), "", "", sizes}, attributes), step.out);
}

void write_embedding(GraphWriter& to, const Step& step, ActivationKind) {
  const auto a = unpack<ops::Embedding::Attributes>(step.attributes);
  // An index out of range reads the nearest row, which Gather does not.
  const std::string clipped = to.node(
      "Clip", {to.last(step, 0, step.in), to.number(0), to.number(static_cast<float>(a.input_dim - 1))});
  const std::string index = to.node("Cast", {clipped}, {integer_attribute("to", 7)});
  const std::string table = to.constant(to.weight(step, 0, {a.input_dim, a.output_dim}));
  to.define_last(to.graph().result(step), to.node("Gather", {table, index}, {integer_attribute("axis", 0)}),
                 step.out);
}

}  // namespace etch::host::onnx
