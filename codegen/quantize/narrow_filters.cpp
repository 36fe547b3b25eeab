// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/filters.hpp>
#include <codegen/int8/unfit.hpp>
#include <codegen/prepare/pack_int4.hpp>
#include <codegen/quantize/narrow_filters.hpp>

#include <cmath>

namespace etch::host::quantization {

namespace {

using Op = ops::QuantizedConvolution;

/// A filter's factor, as the recipe of convolutions makes it again.
double real_factor(const kernels::Int8Scale& scale) {
  return std::ldexp(static_cast<double>(scale.multiplier), scale.shift - 31);
}

/// Factors that round once have all of their shift in the multiplier (`int8::Rounding`).
int8::Rounding rounding_of(const std::vector<kernels::Int8Scale>& scales) {
  for (const kernels::Int8Scale& scale : scales)
    if (scale.shift == 0 && scale.multiplier < 1 << 30) return int8::Rounding::once;
  return int8::Rounding::twice;
}

std::vector<std::int64_t> biases_of(const ConstantArray& bias, bool wide) {
  std::vector<std::int64_t> numbers;
  if (wide)
    for (const kernels::WideBias& b : bias.numbers<kernels::WideBias>()) numbers.push_back(b);
  else
    for (const std::int32_t b : bias.numbers<std::int32_t>()) numbers.push_back(b);
  return numbers;
}

}  // namespace

bool may_narrow(const ModelDraft& model, const DraftStep& step) {
  if (!step.is<ops::QuantizedConvolution>() || unpack<Op::Attributes>(step.step.attributes).paired != 0 ||
      unpack<Op::Attributes>(step.step.attributes).short_scales != 0)
    return false;
  const auto bytes = static_cast<std::int64_t>(model.parameter(step, 0).bytes.size());
  return int4_bytes(Op::convolution(step.step)) < bytes;
}

const FilterNarrowing::Rounded& FilterNarrowing::rounded(std::size_t number) {
  const DraftStep& step = model_.steps[number];
  const kernels::Int8Convolution c = Op::convolution(step.step);
  Rounded& all = done_[{step.parameters[0], c.row}];
  if (!all.parts.empty()) return all;
  const std::vector<std::int8_t> rows = model_.parameter(step, 0).numbers<std::int8_t>();
  const auto taps = static_cast<std::size_t>(c.taps()), row = static_cast<std::size_t>(c.row);
  const WeightRounding rounding = moments_[number] ? WeightRounding(*moments_[number]) : WeightRounding(taps);
  std::vector<FilterNumbers> together;
  for (std::size_t f = 0; f < static_cast<std::size_t>(c.filters); ++f) {
    together.push_back(std::span(rows).subspan(f * row, taps));
    if (c.per_channel == 0 && f + 1 < static_cast<std::size_t>(c.filters)) continue;
    all.parts.push_back(rounding.round(together));
    together.clear();
  }
  return all;
}

bool FilterNarrowing::narrow(std::size_t number) {
  DraftStep& step = model_.steps[number];
  const auto attributes = unpack<Op::Attributes>(step.step.attributes);
  const kernels::Int8Convolution c = Op::convolution(step.step);
  const auto key = std::pair(step.parameters[0], c.row);
  const std::vector<RoundedFilters>& parts = rounded(number).parts;
  const std::vector<std::int8_t> rows = model_.parameter(step, 0).numbers<std::int8_t>();
  const auto scales = model_.parameter(step, 2).numbers<kernels::Int8Scale>();
  const kernels::Int8Io io = model_.parameter(step, 3).numbers<kernels::Int8Io>()[0];
  const InputMoments* const moments = moments_[number];
  const auto taps = static_cast<std::size_t>(c.taps()), row = static_cast<std::size_t>(c.row);

  int8::Filters made;
  made.rounding = rounding_of(scales);
  made.bias = biases_of(model_.parameter(step, 1), attributes.wide != 0);
  for (std::size_t part = 0, f = 0; part < parts.size(); ++part) {
    const double ratio = parts[part].ratio;
    made.scale.push_back(ratio * real_factor(scales[part]));
    for (const std::vector<std::int8_t>& filter : parts[part].weights) {
      std::int64_t& bias = made.bias[f];
      double lost = 0;
      for (std::size_t tap = 0; tap < taps; ++tap) {
        const std::int8_t before = rows[f * row + tap];
        bias += io.input_zero_point * before;  // the recipe takes it out again
        if (moments) lost += (before - ratio * filter[tap]) * moments->mean[tap];
      }
      bias = std::llround((static_cast<double>(bias) + lost) / ratio);
      made.weights.insert(made.weights.end(), filter.begin(), filter.end());
      ++f;
    }
  }
  try {
    int8::QuantizedStep result = int8::convolution(
        attributes, attributes.wide ? ElementType::i16 : ElementType::i8, io, std::move(made));
    int& shared = done_[key].parameter;
    if (shared < 0) {
      model_.replace(step, 0, std::move(result.constants[0]));
      shared = step.parameters[0];
    }
    step.parameters[0] = shared;
    model_.replace(step, 1, std::move(result.constants[1]));
    model_.replace(step, 2, std::move(result.constants[2]));
    step.step.attributes = result.attributes;
  } catch (const int8::Unfit&) {
    return false;
  }
  return true;
}

}  // namespace etch::host::quantization
