// SPDX-License-Identifier: BSL-1.0
// Sums, averages, functions and joined values in whole numbers.
#include <codegen/formats/onnx/combine.hpp>
#include <codegen/formats/onnx/integer_steps.hpp>
#include <codegen/formats/onnx/operators.hpp>
#include <codegen/int8/averages.hpp>
#include <codegen/int8/binary.hpp>
#include <codegen/int8/conversions.hpp>
#include <codegen/int8/functions.hpp>
#include <runtime/kernels/portable/activation.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace etch::host::onnx {

double activation_of(ActivationKind kind, double x) {
  double y = 0;
  kernels::activate<double>(kind, &x, &y, 1, 1);
  return y;
}

namespace {

Tensor looked_up(Context& c, const Live& x, const int8::QuantizedStep& step) {
  return c.add_step(step, x.tensor.shape, {&x.tensor, 1});
}

/// What a step gives in one quantization, in another and within bounds.
Tensor requantized(Context& c, const Live& x, const Quantization& from, const WholeResult& to) {
  if (from == to.quantization && to.bounds == int8::Bounds{}) return x.tensor;
  const auto same = [&](double v) {
    const double lowest = static_cast<double>(to.quantization.scale) *
                          (to.bounds.lowest - to.quantization.zero_point),
                 highest = static_cast<double>(to.quantization.scale) *
                           (to.bounds.highest - to.quantization.zero_point);
    return std::clamp(v, lowest, highest);
  };
  return looked_up(c, x, int8::function(ElementType::i8, from, to.quantization, same));
}

/// A constant in int8, with a quantization: the file's, or one that just holds it.
Stored stored_constant(const Known& known) {
  if (known.stored && known.stored->scales.size() == 1 && bytes_of(known.stored->array.type) == 1)
    return *known.stored;
  const Array& real = known.array();
  double most = 0;
  for (const double v : reals(real)) most = std::max(most, std::fabs(v));
  const double scale = most > 0 ? most / 127 : 1;
  std::vector<std::int64_t> numbers;
  for (const double v : reals(real)) numbers.push_back(std::llround(v / scale));
  return {array_of(numbers, real.dims, DataType::int8), {static_cast<float>(scale)}, {0}, 0};
}

}  // namespace

Tensor whole_function(Context& c, const Live& x, const std::function<double(double)>& real,
                      const WholeResult& to, Live& like) {
  like = x;
  const auto held = [&](double v) {
    const double lowest = static_cast<double>(to.quantization.scale) *
                          (to.bounds.lowest - to.quantization.zero_point),
                 highest = static_cast<double>(to.quantization.scale) *
                           (to.bounds.highest - to.quantization.zero_point);
    return std::clamp(real(v), lowest, highest);
  };
  return looked_up(c, x, int8::function(ElementType::i8, *x.stands_for, to.quantization, held));
}

Tensor whole_sum(Context& c, kernels::BinaryKind kind, const Live& a, const Live& b, const WholeResult& to,
                 Live& like) {
  Paired pair = paired(c, a, b);
  pair.binary.kind = kind;
  const int8::QuantizedStep step =
      int8::binary(pair.binary, ElementType::i8, {*a.stands_for, *b.stands_for, to.quantization}, to.bounds);
  like = pair.like;
  const Tensor inputs[]{pair.a.tensor, pair.b.tensor};
  return c.add_step(step, like.tensor.shape, inputs);
}

Tensor whole_sum(Context& c, kernels::BinaryKind kind, const Live& x, const Stored& b, const WholeResult& to,
                 Live& like) {
  PairedConstant pair = paired(c, x, b.array);
  pair.binary.kind = kind;
  const Quantization of_b = int8_quantization(b.scales[0], b.zeros[0], b.array.type);
  const int8::QuantizedStep step =
      int8::binary(pair.binary, ElementType::i8, {*x.stands_for, of_b, to.quantization}, to.bounds, 1,
                   int8::stored_constant(int8_numbers(pair.constant), ElementType::i8));
  like = pair.like;
  return c.add_step(step, like.tensor.shape, {&pair.x.tensor, 1});
}

Tensor whole_average(Context& c, const Live& from, const std::vector<WindowAxis>& windows,
                     const WholeResult& to, Live& like) {
  c.require(windows.size() <= 2, "has three spatial axes, which is not supported in whole numbers");
  const bool all = std::ranges::all_of(
      windows, [](const WindowAxis& w) { return w.out == 1 && w.kernel == w.in && w.before == 0; });
  std::vector<int> axes(windows.size());
  std::iota(axes.begin(), axes.end(), 2);
  if (all) return whole_mean(c, from, axes, to, like);
  const Live x = c.channels_last(from);
  const int channels = static_cast<int>(x.dims[1]);
  const WindowAxis one, &h = windows.size() > 1 ? windows[0] : one, &w = windows.back();
  const kernels::Pool pool{kernels::PoolKind::average,
                           h.in,
                           w.in,
                           channels,
                           h.out,
                           w.out,
                           h.kernel,
                           w.kernel,
                           h.stride,
                           w.stride,
                           h.before,
                           w.before,
                           0};
  const int8::QuantizedStep step = int8::average(pool, ElementType::i8, *x.stands_for, {});
  Dims dims{x.dims[0], channels};
  for (const WindowAxis& axis : windows) dims.push_back(axis.out);
  like = last_result(
      x, dims,
      c.add_repeated(static_cast<int>(x.dims[0]), step.op, step.attributes, {h.in, w.in, channels},
                     {h.out, w.out, channels}, step.type, x.tensor, step.constants));
  return requantized(c, like, *x.stands_for, to);
}

Tensor whole_mean(Context& c, const Live& from, const std::vector<int>& axes, const WholeResult& to,
                  Live& like) {
  auto [x, block] = c.with_block(from, axes);
  const kernels::Pool pool = pool_over(kernels::PoolKind::average, block);
  const int8::QuantizedStep step =
      int8::mean_rounded_once(pool, ElementType::i8, *x.stands_for, to.quantization, to.bounds);
  like = with_one_place(x, axes);
  x.tensor.shape = {block.outside, block.extent, block.inside};
  like.tensor.shape = {block.outside, 1, block.inside};
  return c.add_step(step, like.tensor.shape, {&x.tensor, 1});
}

Tensor whole_softmax(Context& c, const Live& from, int axis, const WholeResult& to, Live& like) {
  auto [x, block] = c.with_block(from, {axis});
  if (block.inside > 1) {
    std::vector<int> order;
    for (const int other : x.layout.axes_in_memory())
      if (other != axis) order.push_back(other);
    order.push_back(axis);
    x = c.ordered(x, order);
  }
  like = x;
  const int width = static_cast<int>(x.dims[static_cast<std::size_t>(axis)]);
  x.tensor.shape = {x.elements() / width, width};
  const float scale = x.stands_for->scale;
  if (to.quantization == Quantization{1.0f / 256, -128} && to.bounds == int8::Bounds{})
    return c.add_step(int8::softmax(ElementType::i8, ElementType::i8, scale, 1, width), x.tensor.shape,
                      {&x.tensor, 1});
  // In finer steps first, so that it is rounded once to those of the file.
  const Tensor fine = c.add_step(int8::softmax(ElementType::i8, ElementType::i16, scale, 1, width),
                                 x.tensor.shape, {&x.tensor, 1});
  return c.add_step(int8::requantize({1.0f / 65536, -32768}, to.quantization, ElementType::i8, to.bounds, 30),
                    fine.shape, {&fine, 1});
}

Tensor whole_concat(Context& c, std::vector<Live> parts, int axis, const WholeResult& to, Live& like) {
  for (Live& part : parts) {
    part.tensor = requantized(c, part, *part.stands_for, to);
    part.stands_for = to.quantization;
  }
  like = joined(c, parts, axis);
  return like.tensor;
}

namespace {

bool stands(const Context& c, int i) { return !c.is_constant(i) && c.stored(i).stands_for.has_value(); }

/// What `make` adds as a step of whole numbers, where the result becomes whole again.
template <class Make>
bool made_whole(Context& c, bool activations, Make make) {
  const auto to = c.whole_result(activations);
  if (!to) return false;
  Live like;
  const Tensor y = make(*to, like);
  c.define_whole(*to, like, y);
  return true;
}

}  // namespace

bool whole_binary(Context& c, kernels::BinaryKind kind) {
  using enum kernels::BinaryKind;
  if (kind != add && kind != subtract && kind != multiply) return false;
  const bool first = stands(c, 0), second = stands(c, 1);
  const bool constant = (first && c.is_constant(1)) || (second && c.is_constant(0) && kind != subtract);
  if (!constant && !(first && second)) return false;
  return made_whole(c, true, [&](const WholeResult& to, Live& like) {
    if (!constant) return whole_sum(c, kind, c.stored(0), c.stored(1), to, like);
    return whole_sum(c, kind, c.stored(first ? 0 : 1), stored_constant(c.known(first ? 1 : 0)), to, like);
  });
}

bool whole_average(Context& c, const std::vector<WindowAxis>& windows) {
  if (!stands(c, 0) || windows.size() > 2) return false;
  return made_whole(c, true, [&](const WholeResult& to, Live& like) {
    return whole_average(c, c.stored(0), windows, to, like);
  });
}

bool whole_mean(Context& c, const std::vector<int>& axes, bool keeps_axes) {
  if (!stands(c, 0)) return false;
  return made_whole(c, true, [&](const WholeResult& to, Live& like) {
    like.tensor = whole_mean(c, c.stored(0), axes, to, like);
    like.layout.join();
    if (!keeps_axes) like = without(c, like, axes);
    return like.tensor;
  });
}

bool whole_softmax(Context& c, const std::vector<int>& axes) {
  if (!stands(c, 0) || axes.size() != 1) return false;
  return made_whole(c, false, [&](const WholeResult& to, Live& like) {
    return whole_softmax(c, c.stored(0), axes[0], to, like);
  });
}

bool whole_function(Context& c, const std::function<double(double)>& real) {
  if (!stands(c, 0)) return false;
  return made_whole(c, true, [&](const WholeResult& to, Live& like) {
    return whole_function(c, c.stored(0), real, to, like);
  });
}

bool whole_concat(Context& c, const std::vector<Live>& parts, int axis) {
  for (const Live& part : parts)
    if (!part.stands_for) return false;
  return made_whole(
      c, true, [&](const WholeResult& to, Live& like) { return whole_concat(c, parts, axis, to, like); });
}

}  // namespace etch::host::onnx
