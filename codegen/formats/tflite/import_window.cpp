// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/operators.hpp>
#include <codegen/int8/averages.hpp>
#include <codegen/int8/conversions.hpp>

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

/// What is left of the first input's shape without some axes, which may stay as extents of 1.
std::vector<int> without_axes(const Context& c, const std::vector<int>& axes) {
  std::vector<int> remaining;
  const std::vector<int>& shape = c.input(0).shape;
  for (int i = 0; i < static_cast<int>(shape.size()); ++i) {
    const bool gone = std::ranges::find(axes, i) != axes.end();
    if (!gone || c.options().keep_dims) remaining.push_back(gone ? 1 : shape[static_cast<std::size_t>(i)]);
  }
  return remaining;
}

bool follow_each_other(const std::vector<int>& axes) {
  return axes.back() - axes.front() + 1 == static_cast<int>(axes.size());
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

}  // namespace

void import_pool(Context& c) {
  const ElementType type = c.common_type(1);
  const bool average = c.op().kind == OperatorKind::average_pool_2d;
  const FileTensor &x = c.input(0), &y = c.output();
  const FileOptions& o = c.options();
  c.require(x.shape.size() == 4 && y.shape.size() == 4 && x.shape[0] == 1,
            "needs tensors of 4 extents and a batch of one");
  const AxisWindows rows = c.windows(x.shape[1], o.filter_height, o.stride_height, 1, o.same_padding);
  const AxisWindows columns = c.windows(x.shape[2], o.filter_width, o.stride_width, 1, o.same_padding);
  c.require(rows.out > 0 && columns.out > 0, "has a window larger than its input");
  c.require(y.shape == std::vector<int>{1, rows.out, columns.out, x.shape[3]},
            "is damaged: its result has another shape than it computes");
  const kernels::Pool pool{average ? kernels::PoolKind::average : kernels::PoolKind::max,
                           x.shape[1],
                           x.shape[2],
                           x.shape[3],
                           rows.out,
                           columns.out,
                           o.filter_height,
                           o.filter_width,
                           o.stride_height,
                           o.stride_width,
                           rows.before,
                           columns.before,
                           0};
  const Tensor in = c.value(0);
  const Shape out{rows.out, columns.out, x.shape[3]};
  if (type == ElementType::real)
    return c.define(
        c.apply_fused(c.add_step(op_code<ops::Pool>, pack(pool), out, ElementType::real, {&in, 1})));
  c.require_same_quantization(x, y);
  const int8::Bounds bounds = c.bounds_of(y);
  if (average)
    return c.define(
        c.add_step(int8::average(pool, type, c.quantization(y), bounds, x.shifted), out, {&in, 1}));
  Tensor result = c.add_step(op_code<ops::Pool>, pack(pool), out, type, {&in, 1});
  if (!(bounds == int8::all_numbers(type)))
    result = c.add_step(int8::bounded(type, bounds), out, {&result, 1});
  c.define(result);
}

/// SUM, REDUCE_MAX, REDUCE_MIN and REDUCE_PROD; MEAN of real numbers over axes apart.
void import_reduce(Context& c) {
  const ElementType type = c.common_type(1);
  const FileTensor& x = c.input(0);
  const std::vector<int> axes = listed_axes(c);
  kernels::Reduce reduce{reduce_kind(c.op().kind), c.four_extents(x), 0};
  const bool picks = c.op().kind == OperatorKind::reduce_max || c.op().kind == OperatorKind::reduce_min;
  c.require(type == ElementType::real || picks, "is supported in float32 only");
  if (type != ElementType::real) c.require_same_quantization(x, c.output());
  c.require_extents(c.output(), without_axes(c, axes));
  for (const int axis : axes) {
    const int at = 4 - static_cast<int>(x.shape.size()) + axis;  // what lies before has an extent of 1
    if (at >= 0) reduce.axes |= 1 << at;
  }
  const Tensor in = c.value(0);
  c.define(c.add_step(op_code<ops::Reduce>, pack(reduce), c.sample_shape(c.output()), type, {&in, 1}));
}

void import_mean(Context& c) {
  const ElementType type = c.common_type(1);
  const FileTensor& x = c.input(0);
  const std::vector<int> axes = listed_axes(c);
  if (!follow_each_other(axes)) {
    c.require(type == ElementType::real,
              "is supported over axes that follow each other only, but in float32");
    return import_reduce(c);
  }
  c.require_extents(c.output(), without_axes(c, axes));
  const Around at = Context::around(x, axes.front(), static_cast<int>(axes.size()));
  // Rows are what stands before the axes, columns the numbers that are averaged.
  const kernels::Pool pool{kernels::PoolKind::average,
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
  const Tensor in = c.value(0, {at.before, at.extent, at.after});
  const Shape out{at.before, 1, at.after};
  if (type == ElementType::real)
    return c.define(c.add_step(op_code<ops::Pool>, pack(pool), out, ElementType::real, {&in, 1}));
  c.define(c.add_step(
      int8::mean(pool, type, c.quantization(x), c.quantization(c.output()), int8::all_numbers(type)), out,
      {&in, 1}));
}

void import_pad(Context& c) {
  const ElementType type = c.common_type(1);
  const FileTensor &x = c.input(0), &y = c.output();
  const std::vector<int> amounts = c.small_numbers(1);
  const std::size_t rank = x.shape.size();
  c.require(amounts.size() == 2 * rank && y.shape.size() == rank,
            "is damaged: its amounts do not fit its input");
  for (std::size_t i = 0; i < rank; ++i)
    c.require(amounts[2 * i] >= 0 && amounts[2 * i + 1] >= 0 && amounts[2 * i] < 1 << 24 &&
                  amounts[2 * i + 1] < 1 << 24 &&
                  x.shape[i] + amounts[2 * i] + amounts[2 * i + 1] == y.shape[i],
              "is damaged: its result has another shape than it computes");
  std::vector<ConstantArray> filling;
  if (type != ElementType::real) {
    c.require_same_quantization(x, y);
    filling.push_back(c.has_input(2) ? c.whole_constant(c.input(2))
                                     : int8::stored_constant({c.quantization(y).zero_point}, type));
    c.require(filling[0].shape.size() == 1 && filling[0].type == type,
              "is damaged: it fills with more than one number, or one of another type");
  } else if (c.has_input(2)) {
    const std::vector<float> outside = c.floats(c.input(2));
    c.require(outside.size() == 1, "is damaged: it fills with more than one number");
    filling.push_back(constant_of(outside, ElementType::real));
  }
  Tensor t = c.value(0);
  std::vector<int> shape = x.shape;
  for (std::size_t i = 0; i < rank; ++i) {
    if (amounts[2 * i] + amounts[2 * i + 1] == 0) continue;
    // Two axes that follow each other take one step, where nothing stands before them.
    FileTensor now;
    now.shape = shape;
    const Around one = Context::around(now, static_cast<int>(i));
    const bool two = one.before == 1 && i + 1 < rank && amounts[2 * i + 2] + amounts[2 * i + 3] > 0;
    kernels::Pad pad;
    if (two) {
      pad = {shape[i],       shape[i + 1],   one.after / shape[i + 1], y.shape[i],
             y.shape[i + 1], amounts[2 * i], amounts[2 * i + 2]};
      shape[i + 1] = y.shape[i + 1];
    } else {
      pad = {one.before, shape[i], one.after, one.before, y.shape[i], 0, amounts[2 * i]};
    }
    shape[i] = y.shape[i];
    t.shape = {pad.height, pad.width, pad.channels};
    t = c.add_step(op_code<ops::Pad>, pack(pad), {pad.out_height, pad.out_width, pad.channels}, type, {&t, 1},
                   filling);
    if (two) ++i;
  }
  c.define(t.value == c.value(0).value ? c.copy_of(t) : t);
}

}  // namespace etch::host::tflite
