// SPDX-License-Identifier: BSL-1.0
// Convolutions and dense layers. A step knows the factor from a filter's sums to its results; a file has the
// scales that the factor is made of.
#include <codegen/formats/tflite/step_writers.hpp>
#include <codegen/int8/filters.hpp>
#include <codegen/int8/unfit.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host::tflite {

namespace {

using Attributes = ops::QuantizedConvolution::Attributes;

/// Whether a scale of weights gives a step this factor. \param wide of a step of int16
bool gives(const kernels::Int8Scale& wanted, double product, float to, bool wide) {
  try {
    const kernels::Int8Scale made =
        int8::filter_factor(product / static_cast<double>(to), wide, int8::Rounding::twice);
    return made.multiplier == wanted.multiplier && made.shift == wanted.shift;
  } catch (const int8::Unfit&) {
    return false;
  }
}

/// The scale of weights that gives a step's factor again. A factor has more bits than a scale: that which it
/// was made of is the nearest, or one beside it.
float weight_scale(const kernels::Int8Scale& wanted, float from, float to, bool in_float, bool wide) {
  GraphWriter::require(wanted.multiplier >= 1 << 30 || wanted.shift < 0 || wanted.multiplier == 0,
                       "rounds its products once, as ONNX does and TensorFlow Lite does not");
  const double real = std::ldexp(static_cast<double>(wanted.multiplier), wanted.shift - 31);
  const auto scale = scale_near(real * static_cast<double>(to) / static_cast<double>(from), [&](float near) {
    return gives(
        wanted,
        in_float ? static_cast<double>(from * near) : static_cast<double>(from) * static_cast<double>(near),
        to, wide);
  });
  if (!scale) GraphWriter::refuse("has a filter whose factor no scale of its weights gives");
  return *scale;
}

/// The filters of a step as a file has them.
struct WrittenFilters {
  std::vector<std::int8_t> weights;
  std::vector<std::int64_t> bias;
  std::vector<float> scales, bias_scales;
  std::int32_t offset = 0;  ///< the zero point of the weights
  bool wide = false;        ///< beside inputs and results of int16
};

/// Rows without the zeros that fill them up.
std::vector<std::int8_t> without_filling(const std::vector<std::int8_t>& rows, std::size_t taps) {
  const auto row = static_cast<std::size_t>(kernels::int8_row_bytes(static_cast<int>(taps)));
  std::vector<std::int8_t> weights;
  for (std::size_t at = 0; at < rows.size(); at += row)
    weights.insert(weights.end(), rows.data() + at, rows.data() + at + taps);
  return weights;
}

std::vector<std::int64_t> stored_biases(const GraphWriter& to, const Step& step, bool wide) {
  if (!wide) {
    const std::vector<std::int32_t> words = to.weight<std::int32_t>(step, 1);
    return {words.begin(), words.end()};
  }
  const std::vector<kernels::WideBias> words = to.weight<kernels::WideBias>(step, 1);
  return {words.begin(), words.end()};
}

/// The bias is given back what the input's zero point has taken out of it.
void give_back(WrittenFilters& f, std::int32_t zero_point, bool depthwise) {
  const std::size_t filters = f.bias.size(), taps = f.weights.size() / filters;
  for (std::size_t i = 0; i < filters; ++i) {
    std::int64_t sum = 0;
    for (std::size_t t = 0; t < taps; ++t)
      sum += f.weights[depthwise ? t * filters + i : i * taps + t] - f.offset;
    f.bias[i] += zero_point * sum;
    GraphWriter::require(f.wide || (f.bias[i] >= INT32_MIN && f.bias[i] <= INT32_MAX),
                         "has a bias that 32 bits do not hold");
  }
}

/// What a step's attributes say of its filters.
struct FilterForm {
  std::size_t taps = 0;
  bool depthwise = false, dense = false;
  std::int32_t offset = 0;
};

WrittenFilters filters_of(const GraphWriter& to, const Step& step, const FilterForm& form) {
  const Quantization &x = to.of_input(step), &y = to.of_result(step);
  const auto io = to.weight_of<kernels::Int8Io>(step, 3);
  GraphWriter::require(io.input_zero_point == x.zero_point && io.output_zero_point == y.zero_point,
                       "has zero points that are not its values'");
  WrittenFilters f;
  f.offset = form.offset;
  f.wide = to.is_wide(step);
  f.weights = to.weight<std::int8_t>(step, 0);
  if (!form.depthwise) f.weights = without_filling(f.weights, form.taps);
  f.bias = stored_biases(to, step, f.wide);
  give_back(f, x.zero_point, form.depthwise);
  const std::vector<std::int32_t> words = to.weight<std::int32_t>(step, 2);
  const bool in_float = (form.dense || to.is_unsigned()) && words.size() == 2;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    f.scales.push_back(weight_scale({words[i], words[i + 1]}, x.scale, y.scale, in_float, f.wide));
    f.bias_scales.push_back(x.scale * f.scales.back());
  }
  return f;
}

int weights_tensor(GraphWriter& to, const GraphWriter::Dims& dims, const WrittenFilters& f, int axis) {
  return to.constant(ElementKind::int8, dims, stored(f.weights), f.scales, axis, f.offset);
}

int bias_tensor(GraphWriter& to, const WrittenFilters& f) {
  const GraphWriter::Dims dims{static_cast<int>(f.bias.size())};
  if (f.wide) return to.constant(ElementKind::int64, dims, stored(f.bias), f.bias_scales, 0);
  const std::vector<std::int32_t> words(f.bias.begin(), f.bias.end());
  return to.constant(ElementKind::int32, dims, stored(words), f.bias_scales, 0);
}

/// [1, height, width, channels].
GraphWriter::Dims image(const Shape& shape) {
  GraphWriter::Dims dims = GraphWriter::with_batch(shape);
  while (dims.size() < 4) dims.insert(dims.begin(), 1);
  return dims;
}

FusedActivation fused(const GraphWriter& to, const Step& step) {
  const auto io = to.weight_of<kernels::Int8Io>(step, 3);
  return activation_of({io.lowest, io.highest}, to.of_result(step), to.type_of_result(step));
}

/// Of one position, or of several as rows.
void write_dense(GraphWriter& to, const Step& step, std::int32_t offset) {
  const int in = step.in.last(), units = step.out.last(), positions = step.in.size() / in;
  FileOptions options;
  options.activation = fused(to, step);
  options.keep_dims = positions > 1;
  const WrittenFilters f = filters_of(to, step, {static_cast<std::size_t>(in), false, true, offset});
  const auto dims = [&](int last) {
    return positions > 1 ? GraphWriter::Dims{1, positions, last} : GraphWriter::Dims{1, last};
  };
  const int x = to.input(step, 0, dims(in)), w = weights_tensor(to, {units, in}, f, 0),
            b = bias_tensor(to, f);
  to.add(OperatorKind::fully_connected, {x, w, b}, to.result(step, dims(units)), options);
}

/// Windows that are padded as no option says: an operator before them pads with zeros.
int padded(GraphWriter& to, int x, const GraphWriter::Dims& in, const std::array<Axis, 2>& axes) {
  GraphWriter::Dims dims = in;
  std::vector<std::int32_t> amounts(8);
  for (std::size_t i = 0; i < 2; ++i) {
    const Axis& a = axes[i];
    const int after = std::max((a.out - 1) * a.stride + a.reach() - a.in - a.before, 0);
    dims[i + 1] += a.before + after;
    amounts[2 * i + 2] = a.before;
    amounts[2 * i + 3] = after;
    to.require((dims[i + 1] - a.reach()) / a.stride + 1 == a.out,
               "leaves out windows at the end of its input");
  }
  const int result = to.between(x, dims);
  to.add(OperatorKind::pad, {x, to.words(amounts, {4, 2})}, result);
  return result;
}

/// A convolution of any kind: its windows, and what is left of its weights' zero point.
struct Convolution {
  Attributes windows;
  bool depthwise = false;
  std::int32_t offset = 0;
};

Convolution convolution_of(const Step& step) {
  if (step.op != op_code<ops::QuantizedOffsetConvolution>)
    return {unpack<Attributes>(step.attributes), step.op == op_code<ops::QuantizedDepthwiseConvolution>};
  const auto a = unpack<ops::QuantizedOffsetConvolution::Attributes>(step.attributes);
  return {a.windows, a.depthwise != 0, a.offset};
}

FileOptions window_options(const Attributes& a) {
  FileOptions options;
  options.stride_height = a.stride_height;
  options.stride_width = a.stride_width;
  options.dilation_height = a.dilation_height;
  options.dilation_width = a.dilation_width;
  return options;
}

}  // namespace

void write_convolution(GraphWriter& to, const Step& step) {
  const auto [a, depthwise, offset] = convolution_of(step);
  const bool dense = !depthwise && step.in.rank < 3 &&
                     pack(a) == pack(Attributes{.per_channel = a.per_channel, .wide = a.wide});
  if (dense) return write_dense(to, step, offset);
  to.require(a.paired == 0 && a.short_scales == 0, "has filters that are laid out for a core");
  const GraphWriter::Dims in = image(step.in), out = image(step.out);
  FileOptions options = window_options(a);
  options.activation = fused(to, step);
  const std::array<Axis, 2> axes{
      Axis{in[1], out[1], a.kernel_height, a.stride_height, a.dilation_height, a.top},
      Axis{in[2], out[2], a.kernel_width, a.stride_width, a.dilation_width, a.left}};
  const auto same = is_same_padding(axes);
  options.same_padding = same.value_or(false);
  options.depth_multiplier = out[3] / in[3];
  const int channels = depthwise ? 1 : in[3], taps = a.kernel_height * a.kernel_width * channels;
  const WrittenFilters f = filters_of(to, step, {static_cast<std::size_t>(taps), depthwise, false, offset});
  const GraphWriter::Dims dims{depthwise ? 1 : out[3], a.kernel_height, a.kernel_width,
                               depthwise ? out[3] : channels};
  const int from = to.input(step, 0, in), x = same ? from : padded(to, from, in, axes);
  const int w = weights_tensor(to, dims, f, depthwise ? 3 : 0), b = bias_tensor(to, f);
  to.add(depthwise ? OperatorKind::depthwise_conv_2d : OperatorKind::conv_2d, {x, w, b}, to.result(step, out),
         options);
}

}  // namespace etch::host::tflite
