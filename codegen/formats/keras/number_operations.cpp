// SPDX-License-Identifier: BSL-1.0
// Operations between layers that no layer is: functions of one number, bounds, and what axes are reduced to.
#include <codegen/formats/keras/operation.hpp>
#include <etch/layers/merge.hpp>
#include <etch/ops/op_list.hpp>

namespace etch::host::keras {

Tensor with_number(const Operation& op, kernels::BinaryKind kind, const Tensor& x, double number) {
  Builder& g = *x.builder;
  LayerState state{0};
  g.first_call(state);
  op.add_number(g, state, number);
  const auto extent = etch::detail::four_extents(x.shape);
  const auto attributes = kernels::broadcast(kind, 1, extent, extent, {1, 1, 1, 1});
  return g.apply(op_rule<ops::Binary>, state, pack(attributes), x.shape, {&x, 1});
}

Tensor function_of(kernels::UnaryKind kind, const Tensor& x) {
  LayerState none{0};
  return x.builder->apply(op_rule<ops::Unary>, none, pack(ops::Unary::Attributes{kind}), x.shape, {&x, 1});
}

namespace {

/// Axes of a sample, as a set of bits. None given are all of them, the batch among them.
unsigned axes_of(const Operation& op, const Call& call, int rank) {
  const Value axes = op.argument(call, 1, {"axis"});
  if (axes.constant.is_null()) op.fail("reduces the batch", "name the axes behind it");
  const Json list = axes.constant.is_array() ? axes.constant : Json::array({axes.constant});
  unsigned bits = 0;
  for (const int axis : op.integers(Value{{}, list, {}})) {
    const int at = axis < 0 ? axis + rank : axis - 1;
    if (at == -1) op.fail("reduces the batch", "name the axes behind it");
    if (at < 0 || at >= rank) op.fail("reduces an axis that its input does not have");
    bits |= 1U << at;
  }
  return bits;
}

bool keeps_axes(const Operation& op, const Call& call) {
  const Value keeps = op.argument(call, 2, {"keepdims", "keep_dims"});
  return keeps.constant.is_boolean() && keeps.constant.get<bool>();
}

/// A mean over all axes but the channels, as the layer of it that is quantized.
bool is_global(const Shape& shape, unsigned axes) {
  return (shape.rank == 2 && axes == 1) || (shape.rank == 3 && axes == 3);
}

}  // namespace

Value reduced(const Operation& op, const Call& call, kernels::ReduceKind kind) {
  const Tensor x = op.tensor(op.argument(call, 0, {"input_tensor", "x"}));
  const int rank = x.shape.rank;
  const unsigned axes = axes_of(op, call, rank);
  const bool keeps = keeps_axes(op, call);
  if (kind == kernels::ReduceKind::mean && is_global(x.shape, axes))
    return only(op.layer(rank == 2 ? "GlobalAveragePooling1D" : "GlobalAveragePooling2D",
                         {{"keepdims", keeps}}, {x}));
  Shape out;
  for (int i = 0; i < rank; ++i)
    if ((axes >> i & 1U) == 0)
      out.append(x.shape[i]);
    else if (keeps)
      out.append(1);
  if (out.rank == 0) out.append(1);
  const kernels::Reduce reduce{kind, etch::detail::four_extents(x.shape),
                               static_cast<int>(axes << (Shape::max_rank - rank))};
  LayerState none{0};
  return only(x.builder->apply(op_rule<ops::Reduce>, none, pack(reduce), out, {&x, 1}));
}

}  // namespace etch::host::keras
