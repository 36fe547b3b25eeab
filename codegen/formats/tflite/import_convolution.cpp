// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/filter_numbers.hpp>
#include <codegen/formats/tflite/operators.hpp>
#include <codegen/int8/filters.hpp>

#include <algorithm>

namespace etch::host::tflite {

namespace {

/// Elements of the lines that kernels keep of a depthwise convolution, one line more than a window covers,
/// along either axis.
std::int64_t most_covered(const ops::QuantizedConvolution::Attributes& a, const Shape& out) {
  const std::int64_t rows = std::int64_t{a.kernel_height - 1} * a.dilation_height + 1,
                     columns = std::int64_t{a.kernel_width - 1} * a.dilation_width + 1;
  return std::max((rows + 1) * (std::int64_t{out[1] - 1} * a.stride_width + columns),
                  (columns + 1) * (std::int64_t{out[0] - 1} * a.stride_height + rows));
}
/// What kernels scribble on is some tens of times as large at most.
constexpr std::int64_t most_scratch = 1 << 24;

void import_float_convolution(Context& c, const Words& words_of, const Shape& in, const Shape& out,
                              bool depthwise) {
  const auto a = unpack<ops::Convolution::Attributes>(words_of);
  c.require(c.output().kind == ElementKind::float32, "gives another type than it takes");
  std::vector<float> numbers = c.floats(c.input(1));
  const auto filters = static_cast<std::size_t>(out.last()), taps = numbers.size() / filters;
  if (!depthwise) {  // filters last, as Keras has them
    std::vector<float> turned(numbers.size());
    for (std::size_t f = 0; f < filters; ++f)
      for (std::size_t t = 0; t < taps; ++t) turned[t * filters + f] = numbers[f * taps + t];
    numbers = std::move(turned);
  }
  const int group_channels = in.last() / a.groups;
  std::vector<ConstantArray> weights{
      constant_of(numbers, ElementType::real, {a.kernel_height, a.kernel_width, group_channels, out.last()})};
  if (a.use_bias) {
    const FileTensor& bias = c.input(2);
    c.require(bias.kind == ElementKind::float32 && bias.elements() == out.last(),
              "is damaged: its bias has not a number for each filter");
    weights.push_back(constant_of(c.floats(bias), ElementType::real));
  }
  const Tensor x = c.value(0, in);
  Tensor y;
  if (a.kernel_height * a.kernel_width == 1 && a.stride_height * a.stride_width == 1 && a.groups == 1) {
    const ops::Dense::Attributes dense{out.last(), a.use_bias, linear, linear};
    weights[0].shape = {in.last(), out.last()};
    y = c.add_step(op_code<ops::Dense>, pack(dense), out, ElementType::real, {&x, 1}, weights);
  } else {
    y = c.add_step(op_code<ops::Convolution>, words_of, out, ElementType::real, {&x, 1}, weights);
  }
  c.define(c.apply_fused(y));
}

void import_int8_convolution(Context& c, ops::QuantizedConvolution::Attributes windows, const Shape& in,
                             const Shape& out, bool depthwise) {
  const FileTensor &x = c.input(0), &w = c.input(1), &y = c.output();
  require_filtered(c, {});
  const Quantization from = c.quantization(x), to = c.quantization(y);
  int8::Filters filters{depthwise, c.bytes(w), {}, {}};
  const auto count = static_cast<std::size_t>(out.last()), taps = filters.weights.size() / count;
  c.require(taps <= std::size_t{most_scratch} && (!depthwise || most_covered(windows, out) <= most_scratch),
            "has filters or windows over more than 16,777,216 numbers");
  windows.per_channel = w.scale_count() > 1;
  filters.scale = filter_scales(c, {}, depthwise ? 3 : 0);
  filters.bias = filter_biases(c, {}, count);
  if (depthwise && in.last() == 1 && count > 1) int8::as_convolution(filters);
  const int8::Bounds bounds = c.bounds_of(y);
  const kernels::Int8Io io{from.zero_point, to.zero_point, bounds.lowest, bounds.highest};
  const Tensor value_of_x = c.value(0, in);
  const std::int32_t offset = c.quantization(w, 0).zero_point;
  if (int8::take_offset(filters, offset))
    return c.define(c.add_step(int8::convolution(windows, element_type(x.kind), io, std::move(filters)), out,
                               {&value_of_x, 1}));
  c.require(is_int8(x), "has weights with a zero point, which are supported beside int8 and uint8 only");
  c.define(
      c.add_step(int8::offset_convolution(windows, io, std::move(filters), offset), out, {&value_of_x, 1}));
}

}  // namespace

void import_convolution(Context& c) {
  const bool depthwise = c.op().kind == OperatorKind::depthwise_conv_2d;
  const FileTensor &x = c.input(0), &w = c.input(1), &y = c.output();
  const FileOptions& o = c.options();
  c.require(x.shape.size() == 4 && w.shape.size() == 4 && y.shape.size() == 4, "needs tensors of 4 extents");
  c.require(x.shape[0] == 1, "is supported for a batch of one only");
  AxisWindows rows = c.windows(x.shape[1], w.shape[1], o.stride_height, o.dilation_height, o.same_padding);
  AxisWindows columns = c.windows(x.shape[2], w.shape[2], o.stride_width, o.dilation_width, o.same_padding);
  if (o.explicit_padding) {
    c.require(o.top >= 0 && o.left >= 0, "crops more than it pads, which is not supported");
    rows = {y.shape[1], o.top};
    columns = {y.shape[2], o.left};
  }
  const int channels = x.shape[3], filters = w.shape[depthwise ? 3 : 0];
  c.require(rows.out > 0 && columns.out > 0, "has a window larger than its input");
  c.require(y.shape[0] == 1 && y.shape[1] == rows.out && y.shape[2] == columns.out && y.shape[3] == filters,
            "is damaged: its result has another shape than it computes");
  const Shape in{x.shape[1], x.shape[2], channels}, out{rows.out, columns.out, filters};
  if (depthwise) {
    c.require(w.shape[0] == 1 && filters % channels == 0, "is damaged: its weights do not fit its channels");
    c.require(o.depth_multiplier == 0 || o.depth_multiplier == filters / channels,
              "is damaged: its depth multiplier does not fit its weights");
  } else {
    c.require(channels % w.shape[3] == 0 && filters % (channels / w.shape[3]) == 0,
              "is damaged: its weights do not fit its channels");
  }
  const int groups = depthwise ? channels : channels / w.shape[3];
  if (x.kind == ElementKind::float32) {
    const ops::Convolution::Attributes attributes{
        w.shape[1],       w.shape[2],  o.stride_height, o.stride_width, o.dilation_height,
        o.dilation_width, rows.before, columns.before,  groups,         c.has_input(2) ? 1 : 0};
    return import_float_convolution(c, pack(attributes), in, out, depthwise);
  }
  c.require(depthwise || groups == 1, "has groups of channels, which are supported in float32 only");
  const ops::QuantizedConvolution::Attributes attributes{w.shape[1],     w.shape[2],        o.stride_height,
                                                         o.stride_width, o.dilation_height, o.dilation_width,
                                                         rows.before,    columns.before,    1};
  import_int8_convolution(c, attributes, in, out, depthwise);
}

void import_fully_connected(Context& c) {
  const FileTensor &x = c.input(0), &w = c.input(1), &y = c.output();
  c.require(c.options().weights_format == 0, "has shuffled weights, which are not supported");
  c.require(w.shape.size() == 2, "needs weights of two extents");
  const int units = w.shape[0], in = w.shape[1];
  c.require(x.elements() % in == 0, "is damaged: its weights do not fit its input");
  const int positions = x.elements() / in;
  c.require(y.elements() == std::int64_t{positions} * units && !y.shape.empty() && y.shape.back() == units,
            "is damaged: its result has another shape than it computes");
  const Shape from = positions == 1 ? Shape{in} : Shape{positions, in};
  const Shape to = positions == 1 ? Shape{units} : Shape{positions, units};
  if (x.kind != ElementKind::float32) return import_int8_convolution(c, {}, from, to, false);
  ops::Convolution::Attributes attributes;
  attributes.use_bias = c.has_input(2) ? 1 : 0;
  import_float_convolution(c, pack(attributes), from, to, false);
}

}  // namespace etch::host::tflite
