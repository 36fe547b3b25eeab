// SPDX-License-Identifier: BSL-1.0
// Reductions along any axes.
#include <codegen/formats/tflite/operators.hpp>
#include <codegen/int8/averages.hpp>

#include <algorithm>

namespace etch::host::tflite {

namespace {

/// The axes that the second input lists, in order and once each.
std::vector<int> listed_axes(Context& c) {
  std::vector<int> axes;
  for (const int axis : c.small_numbers(1)) axes.push_back(c.axis_of(c.input(0), axis));
  std::sort(axes.begin(), axes.end());
  axes.erase(std::unique(axes.begin(), axes.end()), axes.end());
  c.require(!axes.empty(), "is damaged: it names no axis");
  return axes;
}

bool has(const std::vector<int>& axes, int axis) { return std::ranges::find(axes, axis) != axes.end(); }

/// What is left of the first input's shape without some axes, which may stay as extents of 1.
std::vector<int> without_axes(const Context& c, const std::vector<int>& axes) {
  std::vector<int> remaining;
  const std::vector<int>& shape = c.input(0).shape;
  for (int i = 0; i < static_cast<int>(shape.size()); ++i) {
    const bool gone = has(axes, i);
    if (!gone || c.options().keep_dims) remaining.push_back(gone ? 1 : shape[static_cast<std::size_t>(i)]);
  }
  return remaining;
}

/// Axes as those of four extents, of which the first may be 1; those that lie before have an extent of 1.
std::vector<int> of_four(const FileTensor& x, const std::vector<int>& axes) {
  std::vector<int> places;
  for (const int axis : axes)
    if (const int at = 4 - static_cast<int>(x.shape.size()) + axis; at >= 0) places.push_back(at);
  return places;
}

kernels::ReduceKind reduce_kind(OperatorKind kind) {
  switch (kind) {
    case OperatorKind::sum:
      return kernels::ReduceKind::sum;
    case OperatorKind::reduce_max:
      return kernels::ReduceKind::maximum;
    case OperatorKind::reduce_min:
      return kernels::ReduceKind::minimum;
    case OperatorKind::reduce_prod:
      return kernels::ReduceKind::product;
    default:
      return kernels::ReduceKind::mean;
  }
}

/// A reduction of [before, extent, after] along its middle.
struct Middle {
  Tensor x;
  Around at;

  /// Rows are what stands before, columns the numbers that become one.
  kernels::Pool windows() const {
    return {kernels::PoolKind::average,
            at.before,
            at.extent,
            at.after,
            at.before,
            1,
            1,
            at.extent,
            1,
            at.extent,
            0,
            0,
            0};
  }
  Shape out() const { return {at.before, 1, at.after}; }
};

/// The first input with the axes that go beside each other. Where they are apart, its numbers move: those
/// axes come first.
Middle beside_each_other(Context& c, std::vector<int> axes) {
  const FileTensor& x = c.input(0);
  const int first = axes.front();
  std::erase_if(axes, [&](int axis) { return x.shape[static_cast<std::size_t>(axis)] == 1; });
  if (axes.empty()) axes.push_back(first);  // of one number each, as what stands around it lies
  if (axes.back() - axes.front() + 1 == static_cast<int>(axes.size())) {
    const Around at = Context::around(x, axes.front(), static_cast<int>(axes.size()));
    return {c.value(0, {at.before, at.extent, at.after}), at};
  }
  const std::array<int, 4> extent = c.four_extents(x);
  const std::vector<int> gone = of_four(x, axes);
  ops::Permute::Attributes moved{extent, {}};
  Around at;
  unsigned next = 0;
  for (const bool goes : {true, false})
    for (int i = 0; i < 4; ++i)
      if (has(gone, i) == goes) {
        moved.order[next++] = i;
        (goes ? at.extent : at.after) *= extent[static_cast<unsigned>(i)];
      }
  const Tensor in = c.value(0);
  return {
      c.add_step(op_code<ops::Permute>, pack(moved), {1, at.extent, at.after}, c.value(in).type, {&in, 1}),
      at};
}

/// MEAN and SUM of whole numbers.
void import_quantized_average(Context& c, ElementType type, const std::vector<int>& axes) {
  const Quantization from = c.quantization(c.input(0)), to = c.quantization(c.output());
  const Middle m = beside_each_other(c, axes);
  const auto recipe = c.op().kind == OperatorKind::sum ? int8::sum : int8::mean;
  c.define(c.add_step(recipe(m.windows(), type, from, to, int8::all_numbers(type)), m.out(), {&m.x, 1}));
}

}  // namespace

/// SUM, REDUCE_MAX, REDUCE_MIN and REDUCE_PROD; MEAN of real numbers over axes apart.
void import_reduce(Context& c) {
  const ElementType type = c.common_type(1);
  const FileTensor& x = c.input(0);
  const std::vector<int> axes = listed_axes(c);
  c.require_extents(c.output(), without_axes(c, axes));
  if (type != ElementType::real) {
    if (c.op().kind == OperatorKind::sum) return import_quantized_average(c, type, axes);
    c.require(c.op().kind != OperatorKind::reduce_prod, "is supported in float32 only");
    c.require_same_quantization(x, c.output());
  }
  kernels::Reduce reduce{reduce_kind(c.op().kind), c.four_extents(x), 0};
  for (const int at : of_four(x, axes)) reduce.axes |= 1 << at;
  const Tensor in = c.value(0);
  c.define(c.add_step(op_code<ops::Reduce>, pack(reduce), c.sample_shape(c.output()), type, {&in, 1}));
}

void import_mean(Context& c) {
  const ElementType type = c.common_type(1);
  const std::vector<int> axes = listed_axes(c);
  c.require_extents(c.output(), without_axes(c, axes));
  if (type != ElementType::real) return import_quantized_average(c, type, axes);
  if (axes.back() - axes.front() + 1 != static_cast<int>(axes.size())) return import_reduce(c);
  const Around at = Context::around(c.input(0), axes.front(), static_cast<int>(axes.size()));
  const Middle m{c.value(0, {at.before, at.extent, at.after}), at};
  c.define(c.add_step(op_code<ops::Pool>, pack(m.windows()), m.out(), ElementType::real, {&m.x, 1}));
}

}  // namespace etch::host::tflite
