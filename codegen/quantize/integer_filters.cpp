// SPDX-License-Identifier: BSL-1.0
// Dense layers, convolutions and normalization as steps of whole numbers.
#include <codegen/int8/filters.hpp>
#include <codegen/quantize/integer_writer.hpp>
#include <codegen/quantize/real_weights.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host::quantization {

namespace {

std::int8_t stored_weight(float weight, double scale) {
  return static_cast<std::int8_t>(std::clamp(std::round(static_cast<double>(weight) / scale), -127.0, 127.0));
}

}  // namespace

/// A file of TensorFlow Lite that has one scale for all weights does not say that it is a filter's. Dense
/// layers then multiply it in float there, as `dense` does here.
void IntegerWriter::write_filters(int s, bool depthwise, ops::QuantizedConvolution::Attributes windows,
                                  const Shape& in, const Shape& out) {
  const Step& step = real_.graph->steps[s];
  const FilterWeights of = filter_weights(real_, step);  // [taps][filters]
  const auto filters = static_cast<std::size_t>(out.last()), taps = of.weights.size() / filters;
  const std::vector<float> reaches = filter_reaches(of, filters);
  const double x = static_cast<double>(from(step).scale), y = static_cast<double>(to(s).scale);
  windows.per_channel = filters > 1 ? 1 : 0;
  const bool in_float = filters == 1 && step.op == op_code<ops::Dense>;
  int8::Filters quantized{depthwise, std::vector<std::int8_t>(of.weights.size()), {}, {}};
  for (std::size_t f = 0; f < filters; ++f) {
    const float bias = of.bias.empty() ? 0 : of.bias[f];
    const double scale =
        filter_scale(reaches[f], bias, from(step).scale, to(s).scale, bias_bits_of(scheme_.type));
    for (std::size_t t = 0; t < taps; ++t)
      quantized.weights[depthwise ? t * filters + f : f * taps + t] =
          stored_weight(of.weights[t * filters + f], scale);
    quantized.bias.push_back(static_cast<std::int64_t>(std::round(static_cast<double>(bias) / (x * scale))));
    const double product = in_float ? static_cast<double>(static_cast<float>(x * scale)) : x * scale;
    quantized.scale.push_back(product / y);
  }
  const int8::Bounds bound = bounds(s);
  add(s,
      int8::convolution(windows, scheme_.type,
                        {from(step).zero_point, to(s).zero_point, bound.lowest, bound.highest},
                        std::move(quantized)),
      in, out);
}

void IntegerWriter::write_convolution(int s) {
  const Step& step = real_.graph->steps[s];
  ops::QuantizedConvolution::Attributes attributes;
  Shape in = step.in, out = step.out;
  if (step.op == op_code<ops::Dense>) {
    const int positions = in.size() / in.last();
    in = positions == 1 ? Shape{in.last()} : Shape{positions, in.last()};
    out = positions == 1 ? Shape{out.last()} : Shape{positions, out.last()};
  } else {
    const auto a = unpack<ops::Convolution::Attributes>(step.attributes);
    attributes = {a.kernel_height,
                  a.kernel_width,
                  a.stride_height,
                  a.stride_width,
                  a.dilation_height,
                  a.dilation_width,
                  a.top,
                  a.left,
                  1};
  }
  write_filters(s, scheme_.form[at(s)] == Form::depthwise, attributes, in, out);
}

/// A depthwise convolution of 1x1: each channel's factor is its one weight, so it loses nothing.
void IntegerWriter::write_norm(int s) {
  const Step& step = real_.graph->steps[s];
  const int channels = step.in.last(), positions = step.in.size() / channels;
  const Shape shape = positions == 1 ? Shape{channels} : Shape{positions, channels};
  write_filters(s, true, {}, shape, shape);
}

}  // namespace etch::host::quantization
