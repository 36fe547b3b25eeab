// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/operators.hpp>
#include <codegen/int8/averages.hpp>
#include <codegen/int8/conversions.hpp>

namespace etch::host::tflite {

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
