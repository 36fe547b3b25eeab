// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/tflite/importer.hpp>
#include <codegen/int8/filters.hpp>

#include <algorithm>

namespace etch::host::tflite {

namespace {

/// Elements of the lines that kernels keep of a depthwise convolution, one line more than a window covers,
/// along either axis.
std::int64_t most_covered(const ops::Int8Convolution::Attributes& a, const Shape& out) {
  const std::int64_t rows = std::int64_t{a.kernel_height - 1} * a.dilation_height + 1,
                     columns = std::int64_t{a.kernel_width - 1} * a.dilation_width + 1;
  return std::max((rows + 1) * (std::int64_t{out[1] - 1} * a.stride_width + columns),
                  (columns + 1) * (std::int64_t{out[0] - 1} * a.stride_height + rows));
}
/// What kernels scribble on is some tens of times as large at most.
constexpr std::int64_t most_scratch = 1 << 24;

}  // namespace

AxisWindows Importer::windows(int in, int kernel, int stride, int dilation) const {
  require(kernel >= 1 && kernel <= 4096 && stride >= 1 && stride <= 4096 && dilation >= 1 && dilation <= 4096,
          "has a window, stride or dilation that is not between 1 and 4,096");
  const int reach = (kernel - 1) * dilation + 1;
  if (!op_->options.same_padding) return {in >= reach ? (in - reach) / stride + 1 : 0, 0};
  const int out = (in + stride - 1) / stride;
  const int padding = (out - 1) * stride + reach - in;
  return {out, padding > 0 ? padding / 2 : 0};
}

void Importer::import_convolution() {
  const bool depthwise = op_->kind == OperatorKind::depthwise_conv_2d;
  const FileTensor &x = input(0), &w = input(1), &y = output();
  const FileOptions& o = op_->options;
  require(x.shape.size() == 4 && w.shape.size() == 4 && y.shape.size() == 4, "needs tensors of 4 extents");
  require(x.shape[0] == 1, "is supported for a batch of one only");
  const AxisWindows rows = windows(x.shape[1], w.shape[1], o.stride_height, o.dilation_height);
  const AxisWindows columns = windows(x.shape[2], w.shape[2], o.stride_width, o.dilation_width);
  const int channels = x.shape[3], filters = w.shape[depthwise ? 3 : 0];
  require(rows.out > 0 && columns.out > 0, "has a window larger than its input");
  require(y.shape[0] == 1 && y.shape[1] == rows.out && y.shape[2] == columns.out && y.shape[3] == filters,
          "is damaged: its result has another shape than it computes");
  const Shape in{x.shape[1], x.shape[2], channels}, out{rows.out, columns.out, filters};
  if (depthwise) {
    require(w.shape[0] == 1 && filters % channels == 0, "is damaged: its weights do not fit its channels");
    require(o.depth_multiplier == 0 || o.depth_multiplier == filters / channels,
            "is damaged: its depth multiplier does not fit its weights");
  } else {
    require(channels % w.shape[3] == 0 && filters % (channels / w.shape[3]) == 0,
            "is damaged: its weights do not fit its channels");
  }
  const int groups = depthwise ? channels : channels / w.shape[3];
  if (x.kind == ElementKind::float32) {
    const ops::Convolution::Attributes attributes{
        w.shape[1],       w.shape[2],  o.stride_height, o.stride_width, o.dilation_height,
        o.dilation_width, rows.before, columns.before,  groups,         has_input(2) ? 1 : 0};
    return import_float_convolution(pack(attributes), in, out, depthwise);
  }
  require(depthwise || groups == 1, "has groups of channels, which are supported in float32 only");
  const ops::Int8Convolution::Attributes attributes{w.shape[1],     w.shape[2],        o.stride_height,
                                                    o.stride_width, o.dilation_height, o.dilation_width,
                                                    rows.before,    columns.before,    1};
  import_int8_convolution(attributes, in, out, depthwise);
}

void Importer::import_fully_connected() {
  const FileTensor &x = input(0), &w = input(1), &y = output();
  require(op_->options.weights_format == 0, "has shuffled weights, which are not supported");
  require(w.shape.size() == 2, "needs weights of two extents");
  const int units = w.shape[0], in = w.shape[1];
  require(x.elements() % in == 0, "is damaged: its weights do not fit its input");
  const int positions = x.elements() / in;
  require(y.elements() == std::int64_t{positions} * units && !y.shape.empty() && y.shape.back() == units,
          "is damaged: its result has another shape than it computes");
  const Shape from = positions == 1 ? Shape{in} : Shape{positions, in};
  const Shape to = positions == 1 ? Shape{units} : Shape{positions, units};
  if (x.kind != ElementKind::float32) return import_int8_convolution({}, from, to, false);
  ops::Convolution::Attributes attributes;
  attributes.use_bias = has_input(2) ? 1 : 0;
  import_float_convolution(pack(attributes), from, to, false);
}

void Importer::import_int8_convolution(ops::Int8Convolution::Attributes windows, const Shape& in,
                                       const Shape& out, bool depthwise) {
  const FileTensor &x = input(0), &w = input(1), &y = output();
  const bool wide = is_int16(x);
  require(is_int8(w) && x.kind == y.kind && (wide || is_int8(x)),
          "is supported with int8 weights, and inputs and results of int8 or both of int16, only");
  if (wide) {
    require_symmetric(x);
    require_symmetric(y);
  }
  const Quantization from = quantization(x), to = quantization(y);
  int8::Filters filters{depthwise, bytes(w), {}, {}};
  const auto count = static_cast<std::size_t>(out.last()), taps = filters.weights.size() / count;
  require(taps <= std::size_t{most_scratch} && (!depthwise || most_covered(windows, out) <= most_scratch),
          "has filters or windows over more than 16,777,216 numbers");
  windows.per_channel = w.scale_count() > 1;
  filters.scale = filter_scales(depthwise);
  filters.bias = filter_biases(count);
  const int8::Bounds bounds = bounds_of(y);
  const Tensor value_of_x = value(0, in);
  define(output_number(),
         add_step(int8::convolution(windows, element_type(x.kind),
                                    {from.zero_point, to.zero_point, bounds.lowest, bounds.highest},
                                    std::move(filters)),
                  out, {&value_of_x, 1}));
}

/// Steps of the result to one of each filter's sums, or of all.
std::vector<double> Importer::filter_scales(bool depthwise) const {
  const FileTensor& w = input(1);
  const float from = quantization(input(0)).scale, to = quantization(output()).scale;
  const int filters = w.shape[depthwise ? 3 : 0], count = w.scale_count();
  require(count == 1 || (count == filters && w.quantized_dimension == (depthwise ? 3 : 0)),
          "needs weights with one scale, or one for each filter");
  // Fully connected layers with one scale multiply it in float, the others in double.
  const bool in_float = op_->kind == OperatorKind::fully_connected && count == 1;
  std::vector<double> scales;
  for (int f = 0; f < count; ++f) {
    require(quantization(w, f).zero_point == 0, "has weights with a zero point, which is not supported");
    const double product = in_float ? static_cast<double>(from * w.scale(f))
                                    : static_cast<double>(from) * static_cast<double>(w.scale(f));
    scales.push_back(product / static_cast<double>(to));
  }
  return scales;
}

std::vector<std::int64_t> Importer::filter_biases(std::size_t filters) const {
  if (!has_input(2)) return std::vector<std::int64_t>(filters);
  const FileTensor& bias = input(2);
  const bool wide = is_int16(input(0));
  require(bias.constant() && bias.kind == (wide ? ElementKind::int64 : ElementKind::int32),
          wide ? "needs constant int64 numbers as its bias beside int16 inputs"
               : "needs constant int32 numbers as its bias");
  require(bias.elements() == static_cast<int>(filters),
          "is damaged: its bias has not a number for each filter");
  return *known_numbers(input_number(2));
}

void Importer::import_float_convolution(const Words& words_of, const Shape& in, const Shape& out,
                                        bool depthwise) {
  const auto a = unpack<ops::Convolution::Attributes>(words_of);
  require(output().kind == ElementKind::float32, "gives another type than it takes");
  std::vector<float> numbers = floats(input(1));
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
    const FileTensor& bias = input(2);
    require(bias.kind == ElementKind::float32 && bias.elements() == out.last(),
            "is damaged: its bias has not a number for each filter");
    weights.push_back(constant_of(floats(bias), ElementType::real));
  }
  const Tensor x = value(0, in);
  Tensor y;
  if (a.kernel_height * a.kernel_width == 1 && a.stride_height * a.stride_width == 1 && a.groups == 1) {
    const ops::Dense::Attributes dense{out.last(), a.use_bias, linear, linear};
    weights[0].shape = {in.last(), out.last()};
    y = add_step(op_code<ops::Dense>, pack(dense), out, ElementType::real, {&x, 1}, weights);
  } else {
    y = add_step(op_code<ops::Convolution>, words_of, out, ElementType::real, {&x, 1}, weights);
  }
  define(output_number(), apply_fused(y, op_->options.activation));
}

}  // namespace etch::host::tflite
