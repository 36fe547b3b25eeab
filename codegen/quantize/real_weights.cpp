// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/constant_array.hpp>
#include <codegen/quantize/real_weights.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace etch::host::quantization {

namespace {

/// Factor and offset of each channel.
FilterWeights norm_weights(const ImportedModel& real, const Step& step) {
  const auto a = unpack<ops::BatchNormalization::Attributes>(step.attributes);
  const auto n = static_cast<std::size_t>(step.in.last());
  int next = step.inputs - step.parameters;
  const auto weight = [&](bool there, float otherwise) {
    return there ? floats_of(real, real.graph->operand(step, next++)) : std::vector<float>(n, otherwise);
  };
  const std::vector<float> gamma = weight(a.scale != 0, 1), beta = weight(a.center != 0, 0);
  const std::vector<float> mean = weight(true, 0), variance = weight(true, 0);
  FilterWeights norm{std::vector<float>(n), std::vector<float>(n)};
  for (std::size_t c = 0; c < n; ++c) {
    norm.weights[c] = gamma[c] / std::sqrt(variance[c] + a.epsilon);
    norm.bias[c] = beta[c] - mean[c] * norm.weights[c];
  }
  return norm;
}

}  // namespace

std::vector<float> floats_of(const ImportedModel& real, int parameter) {
  return numbers_in<float>(real.parameters[static_cast<std::size_t>(parameter)]);
}

void check_weights(const ImportedModel& real) {
  const auto& g = *real.graph;
  for (const Step& step : g.steps)
    for (int k = step.inputs - step.parameters; k < step.inputs; ++k) {
      const int p = g.operand(step, k);
      if (g.parameters[p].type != ElementType::real) continue;
      const std::vector<float> numbers = floats_of(real, p);
      const auto found = std::ranges::find_if(numbers, [](float x) { return !std::isfinite(x); });
      if (found == numbers.end() || (step.op == op_code<ops::Pad> && !std::isnan(*found))) continue;
      throw Error("'" + real.name + "' cannot be quantized: the weight '" +
                  real.values[static_cast<std::size_t>(p)].name + "' is " + name_of_nonfinite(*found) +
                  " at element " + std::to_string(found - numbers.begin()) + ": train the model again");
    }
}

bool pads_with_infinity(const ImportedModel& real) {
  const auto& g = *real.graph;
  return std::any_of(g.steps.begin(), g.steps.end(), [&](const Step& step) {
    return step.op == op_code<ops::Pad> && step.parameters == 1 &&
           !std::isfinite(floats_of(real, g.operand(step, 1)).at(0));
  });
}

const char* name_of_nonfinite(float x) {
  return std::isnan(x) ? "NaN" : x > 0 ? "infinity" : "minus infinity";
}

FilterWeights filter_weights(const ImportedModel& real, const Step& step) {
  if (int8_form(step) == Int8Form::norm) return norm_weights(real, step);
  const auto operand = [&](int k) { return floats_of(real, real.graph->operand(step, k)); };
  return {operand(1), step.parameters > 1 ? operand(2) : std::vector<float>()};
}

std::vector<float> filter_reaches(const FilterWeights& of, std::size_t filters) {
  std::vector<float> most(filters);
  for (std::size_t i = 0; i < of.weights.size(); ++i)
    most[i % filters] = std::max(most[i % filters], std::abs(of.weights[i]));
  return most;
}

double filter_scale(float reach, float bias, float from, float to, int bias_bits) {
  constexpr int finer = -10;  // bits below a step of the result
  const float steps = reach / 127.0f;
  const double input = static_cast<double>(from);
  const double own =
      steps > 0 ? static_cast<double>(steps) : std::ldexp(static_cast<double>(to) / input, finer);
  const double least = std::max(own, std::ldexp(std::abs(static_cast<double>(bias)) / input, -bias_bits));
  const auto rounded = static_cast<float>(least);
  return static_cast<double>(static_cast<double>(rounded) < least
                                 ? std::nextafter(rounded, std::numeric_limits<float>::infinity())
                                 : rounded);
}

}  // namespace etch::host::quantization
