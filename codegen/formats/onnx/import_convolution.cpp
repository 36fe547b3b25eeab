// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/onnx/combine.hpp>
#include <codegen/formats/onnx/integer_steps.hpp>
#include <codegen/formats/onnx/operators.hpp>
#include <codegen/formats/onnx/shapes.hpp>
#include <codegen/formats/onnx/windows.hpp>

#include <algorithm>

namespace etch::host::onnx {

namespace {

ops::Convolution::Attributes attributes_of(std::span<const WindowAxis> windows, int groups, bool bias) {
  const WindowAxis one;
  const WindowAxis& y = windows.size() > 1 ? windows[0] : one;
  const WindowAxis& x = windows.back();
  return {y.kernel, x.kernel, y.stride, x.stride, y.dilation, x.dilation, y.before, x.before, groups, bias};
}

Shape shape_of(std::span<const WindowAxis> windows, bool out, std::int64_t channels) {
  Shape shape;
  for (const WindowAxis& w : windows) shape.append(out ? w.out : w.in);
  shape.append(static_cast<int>(channels));
  return shape;
}

Dims result_dims(const Live& x, const std::vector<WindowAxis>& windows, std::int64_t filters) {
  Dims dims{x.dims[0], filters};
  for (const WindowAxis& w : windows) dims.push_back(w.out);
  return dims;
}

/// Filters last, as Keras has them.
ConstantArray kernel_of(const Array& weights) {
  std::vector<int> order;
  for (int i = 2; i < static_cast<int>(weights.dims.size()); ++i) order.push_back(i);
  order.insert(order.end(), {1, 0});
  const Array turned = transposed(weights, order);
  Shape shape;
  if (turned.dims.size() == 3) shape.append(1);
  for (const std::int64_t extent : turned.dims) shape.append(static_cast<int>(extent));
  return constant_of(floats(turned), ElementType::real, shape);
}

struct FilterBank {
  Array weights;
  std::optional<Array> bias;
  int groups = 1;
};

FilterBank filter_bank(Context& c, const Live& x, bool transposes) {
  FilterBank bank{c.constant(1, "weights"),
                  {},
                  static_cast<int>(std::clamp<std::int64_t>(c.integer("group", 1), 0, 1 << 24))};
  const Dims& w = bank.weights.dims;
  c.require(w.size() == x.dims.size() && w.size() >= 3 && bank.weights.elements() > 0,
            "is damaged: its weights do not fit its input");
  c.require(bank.groups >= 1 && x.dims[1] % bank.groups == 0 && w[0] % bank.groups == 0 &&
                (transposes ? w[0] == x.dims[1] : w[1] == x.dims[1] / bank.groups),
            "is damaged: its weights do not fit its channels");
  if (c.has_input(2)) {
    bank.bias = c.constant(2, "bias");
    c.require(bank.bias->elements() == (transposes ? w[1] * bank.groups : w[0]),
              "is damaged: its bias has not a number for each filter");
  }
  return bank;
}

std::vector<std::int64_t> kernel_shape(const Context& c, const Dims& weights) {
  std::vector<std::int64_t> kernel(weights.begin() + 2, weights.end());
  const auto told = c.list("kernel_shape");
  c.require(!told || *told == kernel, "is damaged: its kernel_shape is not that of its weights");
  return kernel;
}

/// Of one or two spatial axes. \param x lies channels last; its batch may hold further places.
Tensor convolved(Context& c, const Live& x, int times, std::span<const WindowAxis> windows,
                 const Array& weights, const std::optional<Array>& bias, int groups) {
  std::vector<ConstantArray> constants{kernel_of(weights)};
  const std::int64_t filters = weights.dims[0];
  if (bias) constants.push_back(constant_of(floats(*bias), ElementType::real));
  const Shape in = shape_of(windows, false, x.dims[1]), out = shape_of(windows, true, filters);
  const bool pixels = std::ranges::all_of(windows, &WindowAxis::plain) && groups == 1;
  if (!pixels)
    return c.add_repeated(times, op_code<ops::Convolution>,
                          pack(attributes_of(windows, groups, bias.has_value())), in, out, ElementType::real,
                          x.tensor, constants);
  constants[0].shape = {in.last(), out.last()};
  const ops::Dense::Attributes dense{out.last(), bias.has_value(), linear, linear};
  Tensor positions = x.tensor;
  positions.shape = times == 1 ? in : Shape{times * in.size() / in.last(), in.last()};
  return c.add_step(op_code<ops::Dense>, pack(dense),
                    times == 1 ? out : Shape{positions.shape[0], out.last()}, ElementType::real,
                    {&positions, 1}, constants);
}

/// Of three spatial axes: the sum of those of two, one for each place of the window along the first.
void import_deep_convolution(Context& c, const Live& from, const std::vector<WindowAxis>& windows,
                             const FilterBank& bank) {
  const WindowAxis& depth = windows[0];
  const ConstantArray zero = constant_of(std::vector{0.0f}, ElementType::real);
  Live x = c.channels_last(from);
  if (depth.before + depth.after > 0) x = padded(c, x, 2, depth.before, depth.after, zero);
  const Dims dims = result_dims(x, windows, bank.weights.dims[0]);
  std::optional<Live> sum;
  for (int k = 0; k < depth.kernel; ++k) {
    std::vector<Places> places;
    for (const std::int64_t extent : x.dims) places.push_back({0, 1, extent});
    places[2] = {std::int64_t{k} * depth.dilation, depth.stride, depth.out};
    const Live slice = sliced(c, x, places);
    Array plane = transposed(bank.weights, {2, 0, 1, 3, 4});
    const std::size_t bytes = plane.bytes.size() / static_cast<std::size_t>(depth.kernel);
    const auto begin = plane.bytes.begin() + static_cast<std::ptrdiff_t>(bytes * static_cast<std::size_t>(k));
    plane = {plane.type,
             {plane.dims.begin() + 1, plane.dims.end()},
             {begin, begin + static_cast<std::ptrdiff_t>(bytes)}};
    const int times = static_cast<int>(x.dims[0]) * depth.out;
    const Tensor y = convolved(c, slice, times, std::span(windows).subspan(1), plane,
                               k == 0 ? bank.bias : std::nullopt, bank.groups);
    const Live part = last_result(x, dims, y);
    sum = sum ? combined(c, kernels::BinaryKind::add, *sum, part) : part;
  }
  c.define(*sum);
}

}  // namespace

void import_convolution(Context& c) {
  if (whole_convolution(c)) return;
  const Live x = c.live(0);
  const FilterBank bank = filter_bank(c, x, false);
  const std::vector<WindowAxis> windows = windows_of(c, x.dims, kernel_shape(c, bank.weights.dims));
  if (windows.size() == 3) return import_deep_convolution(c, x, windows, bank);
  c.require(windows.size() <= 2, "has more than three spatial axes, which is not supported");
  const Live in = c.channels_last(x);
  const Tensor y =
      convolved(c, in, static_cast<int>(x.dims[0]), windows, bank.weights, bank.bias, bank.groups);
  c.define(last_result(in, result_dims(x, windows, bank.weights.dims[0]), y));
}

void import_transposed_convolution(Context& c) {
  const Live x = c.live(0);
  const FilterBank bank = filter_bank(c, x, true);
  const std::vector<WindowAxis> windows =
      transposed_windows_of(c, x.dims, kernel_shape(c, bank.weights.dims));
  c.require(windows.size() <= 2, "has three spatial axes, which is supported for Conv only");
  const Live in = c.channels_last(x);
  const std::int64_t filters = bank.weights.dims[1] * bank.groups;
  std::vector<ConstantArray> constants{kernel_of(bank.weights)};
  if (bank.bias) constants.push_back(constant_of(floats(*bank.bias), ElementType::real));
  const Tensor y = c.add_repeated(static_cast<int>(x.dims[0]), op_code<ops::TransposedConvolution>,
                                  pack(attributes_of(windows, bank.groups, bank.bias.has_value())),
                                  shape_of(windows, false, x.dims[1]), shape_of(windows, true, filters),
                                  ElementType::real, in.tensor, constants);
  c.define(last_result(in, result_dims(x, windows, filters), y));
}

}  // namespace etch::host::onnx
