// SPDX-License-Identifier: BSL-1.0
// Convolutions and products in whole numbers.
#include <codegen/formats/onnx/integer_steps.hpp>
#include <codegen/formats/onnx/operators.hpp>
#include <codegen/formats/onnx/product.hpp>
#include <codegen/int8/filters.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host::onnx {

namespace {

/// Elements of the lines that kernels keep of windows; what they scribble on is some tens of times as large.
constexpr std::int64_t most_covered = 1 << 24;

Stored transposed(const Stored& stored, const std::vector<int>& order) {
  Stored to = stored;
  to.array = transposed(stored.array, order);
  to.axis = static_cast<int>(std::ranges::find(order, stored.axis) - order.begin());
  return to;
}

int8::Filters filters_of(Context& c, const Live& x, const WholeFilters& from, bool depthwise,
                         std::size_t count, const WholeResult& to) {
  const auto weights = symmetric_weights(from.weights);
  c.require(weights.has_value(), "has weights with a zero point, which is not supported");
  int8::Filters filters{depthwise, *weights, std::vector<std::int64_t>(count), {}, int8::Rounding::once};
  const auto of_x = static_cast<double>(x.stands_for->scale);
  for (const float scale : from.weights.scales)
    filters.scale.push_back(of_x * static_cast<double>(scale) / static_cast<double>(to.quantization.scale));
  if (from.sums_bias) filters.bias = integers(*from.sums_bias);
  if (from.bias) {
    const std::vector<double> bias = reals(*from.bias);
    for (std::size_t f = 0; f < bias.size(); ++f) {
      const double step = of_x * static_cast<double>(from.weights.scales[f % from.weights.scales.size()]);
      const double sums = std::round(bias[f] / step);
      c.require(std::fabs(sums) < 2147483648.0, "has a bias that does not fit the steps of its sums");
      filters.bias[f] = static_cast<std::int64_t>(sums);
    }
  }
  c.require(filters.bias.size() == count, "is damaged: its bias has not a number for each filter");
  return filters;
}

int8::QuantizedStep step_of(ops::QuantizedConvolution::Attributes windows, const Live& x,
                            int8::Filters filters, const WholeResult& to) {
  windows.per_channel = filters.scale.size() > 1;
  return int8::convolution(
      windows, ElementType::i8,
      {x.stands_for->zero_point, to.quantization.zero_point, to.bounds.lowest, to.bounds.highest},
      std::move(filters));
}

/// The groups of a convolution that whole numbers do: one, or as many as channels.
bool groups_fit(Context& c, const Live& x) {
  const std::int64_t groups = c.integer("group", 1);
  return x.rank() >= 3 && x.rank() <= 4 && (groups == 1 || groups == x.dims[1]);
}

}  // namespace

std::vector<std::int32_t> int8_numbers(const Array& array) {
  std::vector<std::int32_t> numbers;
  for (const std::int64_t n : integers(array))
    numbers.push_back(static_cast<std::int32_t>(array.type == DataType::uint8 ? n - 128 : n));
  return numbers;
}

std::optional<std::vector<std::int8_t>> symmetric_weights(const Stored& weights) {
  const std::vector<std::int64_t> numbers = integers(weights.array);
  std::int64_t inner = 1;
  for (std::size_t i = static_cast<std::size_t>(weights.axis) + 1; i < weights.array.dims.size(); ++i)
    inner *= weights.array.dims[i];
  std::vector<std::int8_t> symmetric;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::size_t channel = i / static_cast<std::size_t>(inner) % weights.zeros.size();
    const std::int64_t n = numbers[i] - weights.zeros[channel];
    if (n < -128 || n > 127) return {};
    symmetric.push_back(static_cast<std::int8_t>(n));
  }
  return symmetric;
}

Tensor whole_convolution(Context& c, const Live& from, const WholeFilters& bank, const WholeResult& to,
                         Live& like) {
  const Live x = c.channels_last(from);
  const Dims& w = bank.weights.array.dims;
  const std::int64_t groups = c.integer("group", 1), channels = x.dims[1];
  c.require(w.size() == x.dims.size() && bank.weights.array.elements() > 0 && w[1] == channels / groups &&
                w[0] % groups == 0,
            "is damaged: its weights do not fit its channels");
  const std::vector<WindowAxis> windows = windows_of(c, x.dims, {w.begin() + 2, w.end()});
  const bool depthwise = groups > 1;
  const WindowAxis one, &h = windows.size() > 1 ? windows[0] : one, &v = windows.back();
  const Shape in{h.in, v.in, static_cast<int>(channels)}, out{h.out, v.out, static_cast<int>(w[0])};
  c.require(elements_of({w[1], h.kernel, v.kernel}) <= most_covered &&
                (h.reach() + 1) * (std::int64_t{v.out - 1} * v.stride + v.reach()) <= most_covered &&
                (v.reach() + 1) * (std::int64_t{h.out - 1} * h.stride + h.reach()) <= most_covered,
            "has filters or windows over more than 16,777,216 numbers");
  std::vector<int> order;
  for (int i = 2; i < x.rank(); ++i) order.push_back(i);
  if (depthwise)
    order.insert(order.end(), {1, 0});
  else
    order.insert(order.begin(), 0), order.push_back(1);
  WholeFilters turned = bank;
  turned.weights = transposed(bank.weights, order);
  const ops::QuantizedConvolution::Attributes attributes{h.kernel,   v.kernel, h.stride, v.stride, h.dilation,
                                                         v.dilation, h.before, v.before, 1};
  const int8::QuantizedStep step =
      step_of(attributes, x, filters_of(c, x, turned, depthwise, static_cast<std::size_t>(w[0]), to), to);
  Dims dims{x.dims[0], w[0]};
  for (const WindowAxis& axis : windows) dims.push_back(axis.out);
  const Tensor y = c.add_repeated(static_cast<int>(x.dims[0]), step.op, step.attributes, in, out, step.type,
                                  x.tensor, step.constants);
  like = last_result(x, dims, y);
  return y;
}

Tensor whole_product(Context& c, const Live& from, const WholeFilters& bank, const WholeResult& to,
                     Live& like) {
  c.require(!from.dims.empty(), "needs an input with axes");
  const Rows rows = rows_for(c, from);
  const Dims& w = bank.weights.array.dims;  // [in, units]
  c.require(w.size() == 2 && w[0] == from.dims.back() && bank.weights.array.elements() > 0,
            "is damaged: its weights do not fit its input");
  WholeFilters turned = bank;
  turned.weights.array = rows.put(bank.weights.array);
  turned.weights = transposed(turned.weights, {1, 0});
  const int in = static_cast<int>(w[0]), units = static_cast<int>(w[1]);
  c.require(in <= most_covered, "has filters over more than 16,777,216 numbers");
  const int8::QuantizedStep step =
      step_of({}, from, filters_of(c, from, turned, false, static_cast<std::size_t>(units), to), to);
  Tensor x = rows.x.tensor;
  const int positions = x.shape.size() / in;
  x.shape = positions == 1 ? Shape{in} : Shape{positions, in};
  like = rows.result(units);
  return c.add_step(step, positions == 1 ? Shape{units} : Shape{positions, units}, {&x, 1});
}

namespace {

/// Weights that the file quantized, with scales along `axis`; those with a number for each channel along
/// another axis, and those that are real, are none.
const Stored* quantized_weights(const Context& c, int i, int axis) {
  const Known& w = c.known(i);
  if (!w.stored || bytes_of(w.stored->array.type) != 1) return nullptr;
  if (w.stored->scales.size() > 1 && w.stored->axis != axis) return nullptr;
  return symmetric_weights(*w.stored) ? w.stored.get() : nullptr;
}

std::optional<WholeFilters> filters_of_node(const Context& c, int axis) {
  if (c.is_constant(0) || !c.stored(0).stands_for) return {};
  const Stored* const weights = c.is_constant(1) ? quantized_weights(c, 1, axis) : nullptr;
  if (!weights || (c.has_input(2) && !c.is_constant(2))) return {};
  WholeFilters filters{*weights, {}, {}};
  if (c.has_input(2)) filters.bias = c.constant(2, "bias");
  return filters;
}

}  // namespace

bool whole_convolution(Context& c) {
  const auto filters = filters_of_node(c, 0);
  if (!filters || !groups_fit(c, c.stored(0))) return false;
  const auto to = c.whole_result();
  if (!to) return false;
  Live like;
  const Tensor y = whole_convolution(c, c.stored(0), *filters, *to, like);
  c.define_whole(*to, like, y);
  return true;
}

bool whole_gemm(Context& c) {
  const bool transposes = c.integer("transB", 0) != 0;
  auto filters = filters_of_node(c, transposes ? 0 : 1);
  if (!filters || c.integer("transA", 0) || c.real("alpha", 1) != 1 || c.real("beta", 1) != 1) return false;
  if (filters->weights.array.dims.size() != 2 || c.dims(0).size() != 2) return false;
  if (transposes) filters->weights = transposed(filters->weights, {1, 0});
  if (filters->bias && filters->bias->elements() != filters->weights.array.dims[1]) return false;
  const auto to = c.whole_result();
  if (!to) return false;
  Live like;
  const Tensor y = whole_product(c, c.stored(0), *filters, *to, like);
  c.define_whole(*to, like, y);
  return true;
}

bool whole_mat_mul(Context& c) {
  const auto filters = filters_of_node(c, 1);
  if (!filters || filters->weights.array.dims.size() != 2 || c.dims(0).empty()) return false;
  const auto to = c.whole_result();
  if (!to) return false;
  Live like;
  const Tensor y = whole_product(c, c.stored(0), *filters, *to, like);
  c.define_whole(*to, like, y);
  return true;
}

}  // namespace etch::host::onnx
