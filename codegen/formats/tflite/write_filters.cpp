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

/// Whether a scale of weights gives a step this factor.
bool gives(const kernels::Int8Scale& wanted, double product, float to) {
  try {
    const kernels::Int8Scale made =
        int8::filter_factor(product / static_cast<double>(to), false, int8::Rounding::twice);
    return made.multiplier == wanted.multiplier && made.shift == wanted.shift;
  } catch (const int8::Unfit&) {
    return false;
  }
}

/// The scale of weights that gives a step's factor again. A factor has more bits than a scale: that which it
/// was made of is the nearest, or one beside it.
float weight_scale(const kernels::Int8Scale& wanted, float from, float to, bool in_float) {
  GraphWriter::require(wanted.multiplier >= 1 << 30 || wanted.shift < 0,
                       "rounds its products once, as ONNX does and TensorFlow Lite does not");
  const double real = std::ldexp(static_cast<double>(wanted.multiplier), wanted.shift - 31);
  const auto scale = scale_near(real * static_cast<double>(to) / static_cast<double>(from), [&](float near) {
    return gives(
        wanted,
        in_float ? static_cast<double>(from * near) : static_cast<double>(from) * static_cast<double>(near),
        to);
  });
  if (!scale) GraphWriter::refuse("has a filter whose factor no scale of its weights gives");
  return *scale;
}

/// The filters of a step as a file has them.
struct WrittenFilters {
  std::vector<std::int8_t> weights;
  std::vector<std::int32_t> bias;
  std::vector<float> scales, bias_scales;
};

/// Rows without the zeros that fill them up.
std::vector<std::int8_t> without_filling(const std::vector<std::int8_t>& rows, std::size_t taps) {
  const auto row = static_cast<std::size_t>(kernels::int8_row_bytes(static_cast<int>(taps)));
  std::vector<std::int8_t> weights;
  for (std::size_t at = 0; at < rows.size(); at += row)
    weights.insert(weights.end(), rows.data() + at, rows.data() + at + taps);
  return weights;
}

/// The bias is given back what the input's zero point has taken out of it.
std::vector<std::int32_t> biases(const GraphWriter& to, const Step& step,
                                 const std::vector<std::int8_t>& weights, std::int32_t zero_point,
                                 bool depthwise) {
  const std::vector<std::int32_t> folded = to.weight<std::int32_t>(step, 1);
  const std::size_t filters = folded.size(), taps = weights.size() / filters;
  std::vector<std::int32_t> bias;
  for (std::size_t f = 0; f < filters; ++f) {
    std::int64_t sum = 0;
    for (std::size_t t = 0; t < taps; ++t) sum += weights[depthwise ? t * filters + f : f * taps + t];
    const std::int64_t number = folded[f] + zero_point * sum;
    GraphWriter::require(number >= INT32_MIN && number <= INT32_MAX, "has a bias that 32 bits do not hold");
    bias.push_back(static_cast<std::int32_t>(number));
  }
  return bias;
}

WrittenFilters filters_of(const GraphWriter& to, const Step& step, std::size_t taps, bool depthwise,
                          bool dense) {
  const Quantization &x = to.of_input(step), &y = to.of_result(step);
  const auto io = to.weight_of<kernels::Int8Io>(step, 3);
  GraphWriter::require(io.input_zero_point == x.zero_point && io.output_zero_point == y.zero_point,
                       "has zero points that are not its values'");
  WrittenFilters f;
  f.weights = to.weight<std::int8_t>(step, 0);
  if (!depthwise) f.weights = without_filling(f.weights, taps);
  f.bias = biases(to, step, f.weights, x.zero_point, depthwise);
  const std::vector<std::int32_t> words = to.weight<std::int32_t>(step, 2);
  const bool in_float = dense && words.size() == 2;
  for (std::size_t i = 0; i < words.size(); i += 2) {
    f.scales.push_back(weight_scale({words[i], words[i + 1]}, x.scale, y.scale, in_float));
    f.bias_scales.push_back(x.scale * f.scales.back());
  }
  return f;
}

int weights_tensor(GraphWriter& to, const GraphWriter::Dims& dims, const WrittenFilters& f, int axis) {
  return to.constant(ElementKind::int8, dims, stored(f.weights), f.scales, axis);
}

int bias_tensor(GraphWriter& to, const WrittenFilters& f) {
  return to.constant(ElementKind::int32, {static_cast<int>(f.bias.size())}, stored(f.bias), f.bias_scales, 0);
}

/// [1, height, width, channels].
GraphWriter::Dims image(const Shape& shape) {
  GraphWriter::Dims dims = GraphWriter::with_batch(shape);
  while (dims.size() < 4) dims.insert(dims.begin(), 1);
  return dims;
}

FusedActivation fused(const GraphWriter& to, const Step& step) {
  const auto io = to.weight_of<kernels::Int8Io>(step, 3);
  return activation_of({io.lowest, io.highest}, to.of_result(step));
}

/// Of one position, or of several as rows.
void write_dense(GraphWriter& to, const Step& step) {
  const int in = step.in.last(), units = step.out.last(), positions = step.in.size() / in;
  FileOptions options;
  options.activation = fused(to, step);
  options.keep_dims = positions > 1;
  const WrittenFilters f = filters_of(to, step, static_cast<std::size_t>(in), false, true);
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

}  // namespace

void write_convolution(GraphWriter& to, const Step& step) {
  const auto a = unpack<Attributes>(step.attributes);
  const bool depthwise = step.op == op_code<ops::QuantizedDepthwiseConvolution>;
  const bool dense =
      !depthwise && step.in.rank < 3 && pack(a) == pack(Attributes{.per_channel = a.per_channel});
  if (dense) return write_dense(to, step);
  to.require(a.wide == 0, "is of int16");
  to.require(a.paired == 0, "has filters that are laid out for a core");
  const GraphWriter::Dims in = image(step.in), out = image(step.out);
  FileOptions options;
  options.activation = fused(to, step);
  const std::array<Axis, 2> axes{
      Axis{in[1], out[1], a.kernel_height, a.stride_height, a.dilation_height, a.top},
      Axis{in[2], out[2], a.kernel_width, a.stride_width, a.dilation_width, a.left}};
  const auto same = is_same_padding(axes);
  options.same_padding = same.value_or(false);
  options.stride_height = a.stride_height;
  options.stride_width = a.stride_width;
  options.dilation_height = a.dilation_height;
  options.dilation_width = a.dilation_width;
  options.depth_multiplier = out[3] / in[3];
  const int channels = depthwise ? 1 : in[3], taps = a.kernel_height * a.kernel_width * channels;
  const WrittenFilters f = filters_of(to, step, static_cast<std::size_t>(taps), depthwise, false);
  const GraphWriter::Dims dims{depthwise ? 1 : out[3], a.kernel_height, a.kernel_width,
                               depthwise ? out[3] : channels};
  const int from = to.input(step, 0, in), x = same ? from : padded(to, from, in, axes);
  const int w = weights_tensor(to, dims, f, depthwise ? 3 : 0), b = bias_tensor(to, f);
  to.add(depthwise ? OperatorKind::depthwise_conv_2d : OperatorKind::conv_2d, {x, w, b}, to.result(step, out),
         options);
}

}  // namespace etch::host::tflite
