// SPDX-License-Identifier: BSL-1.0
// Dense layers, convolutions and normalization as steps of whole numbers.
#include <codegen/quantize/integer_writer.hpp>
#include <codegen/quantize/real_weights.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host::quantization {

namespace {

/// The weights of one filter, symmetric around 0, and its bias in steps of input scale * weight scale.
struct Filter {
  double scale = 1;
  std::vector<std::int8_t> weights;
  std::int64_t bias = 0;
};

/// \param weights [taps][filters].
Filter quantized_filter(const std::vector<float>& weights, std::size_t filters, std::size_t f, double scale,
                        float bias, const Quantization& from) {
  Filter filter{scale, {}, 0};
  std::int64_t sum = 0;
  for (std::size_t i = f; i < weights.size(); i += filters) {
    const double stored = std::clamp(std::round(static_cast<double>(weights[i]) / scale), -127.0, 127.0);
    filter.weights.push_back(static_cast<std::int8_t>(stored));
    sum += std::int64_t{filter.weights.back()};
  }
  const auto steps = static_cast<std::int64_t>(
      std::round(static_cast<double>(bias) / (static_cast<double>(from.scale) * scale)));
  filter.bias = steps - from.zero_point * sum;
  return filter;
}

}  // namespace

kernels::Int8Scale IntegerWriter::multiplier(const Step& step, double real, int most_shift) const {
  const auto scale = tflite::quantized_multiplier(real);
  if (!scale || scale->shift > most_shift)
    refuse(step, "the ranges of its input and result lie too far apart");
  return *scale;
}

tflite::Bounds IntegerWriter::bounds(ActivationKind kind, const Quantization& q) const {
  using tflite::FusedActivation;
  const auto fused = kind == ActivationKind::relu    ? FusedActivation::relu
                     : kind == ActivationKind::relu6 ? FusedActivation::relu6
                                                     : FusedActivation::none;
  return *tflite::activation_bounds(fused, q, all_numbers());
}

/// What a step of one input knows of both ends.
kernels::Int8Io IntegerWriter::io(int s) const {
  const Quantization from = quantization(operand(real_.graph->steps[s], 0)),
                     to = quantization(scheme_.result[at(s)]);
  const tflite::Bounds bound = bounds(scheme_.bounds[at(s)], to);
  return {from.zero_point, to.zero_point, bound.lowest, bound.highest};
}

Constant IntegerWriter::bias_constant(const std::vector<std::int64_t>& bias) const {
  if (!wide()) return constant_of(std::vector<std::int32_t>(bias.begin(), bias.end()), ElementType::i32);
  return constant_of(std::vector<kernels::WideBias>(bias.begin(), bias.end()), ElementType::i32,
                     {2 * static_cast<int>(bias.size())});
}

/// Sums keep below 2^31 on their way and, of 64 bits, below 2^47.
void IntegerWriter::check_sum(const Step& step, std::span<const std::int8_t> filter,
                              std::int64_t bias) const {
  std::int64_t most = std::abs(bias);
  for (const std::int8_t w : filter) most += (wide() ? 32768 : 128) * std::abs(int{w});
  if (most <= (wide() ? std::int64_t{1} << 46 : INT32_MAX)) return;
  refuse(step, "the sum of its " + std::to_string(filter.size()) + " products may not fit " +
                   (wide() ? "47 bits" : "32 bits, which 16x8 has more of"));
}

void IntegerWriter::write_filters(int s, int op, ops::Int8Convolution::Attributes attributes, const Shape& in,
                                  const Shape& out) {
  const Step& step = real_.graph->steps[s];
  const Quantization from = quantization(operand(step, 0)), to = quantization(scheme_.result[at(s)]);
  const FilterWeights of = filter_weights(real_, step);
  const auto filters = static_cast<std::size_t>(out.last()), taps = of.weights.size() / filters;
  const std::vector<float> reaches = filter_reaches(of, filters);
  const bool rows = op == op_code<ops::Int8Convolution>;
  const std::size_t row =
      rows ? static_cast<std::size_t>(kernels::int8_row_bytes(static_cast<int>(taps))) : 1;
  std::vector<std::int8_t> stored(rows ? filters * row : filters * taps);
  std::vector<std::int64_t> biases;
  std::vector<std::int32_t> scales;
  for (std::size_t f = 0; f < filters; ++f) {
    const float bias = of.bias.empty() ? 0 : of.bias[f];
    const double steps = filter_scale(reaches[f], bias, from.scale, to.scale, bias_bits_of(scheme_.type));
    const Filter filter = quantized_filter(of.weights, filters, f, steps, bias, from);
    check_sum(step, filter.weights, filter.bias);
    for (std::size_t t = 0; t < taps; ++t) stored[rows ? f * row + t : t * filters + f] = filter.weights[t];
    biases.push_back(filter.bias);
    const double share = static_cast<double>(from.scale) * filter.scale / static_cast<double>(to.scale);
    const kernels::Int8Scale scale = multiplier(step, share, wide() ? 7 : 22);
    scales.insert(scales.end(), {scale.multiplier, scale.shift});
  }
  const Shape shape =
      rows ? Shape{out.last(), static_cast<int>(row)} : Shape{static_cast<int>(taps), out.last()};
  attributes.wide = wide();
  add(s, op, pack(attributes), in, out,
      {constant_of(stored, ElementType::i8, shape), bias_constant(biases),
       constant_of(scales, ElementType::i32), constant_of_words(io(s))});
}

void IntegerWriter::write_convolution(int s) {
  const Step& step = real_.graph->steps[s];
  ops::Int8Convolution::Attributes attributes;
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
  const bool depthwise = scheme_.form[at(s)] == Form::depthwise;
  write_filters(s, depthwise ? op_code<ops::Int8DepthwiseConvolution> : op_code<ops::Int8Convolution>,
                attributes, in, out);
}

/// A depthwise convolution of 1x1: each channel's factor is its one weight, so it loses nothing.
void IntegerWriter::write_norm(int s) {
  const Step& step = real_.graph->steps[s];
  const int channels = step.in.last(), positions = step.in.size() / channels;
  const Shape shape = positions == 1 ? Shape{channels} : Shape{positions, channels};
  write_filters(s, op_code<ops::Int8DepthwiseConvolution>, {}, shape, shape);
}

}  // namespace etch::host::quantization
