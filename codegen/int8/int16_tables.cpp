// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/int16_tables.hpp>
#include <codegen/int8/quantization.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host::int8 {

namespace {

constexpr float int16_steps = 65535;

}  // namespace

std::vector<std::int16_t> int16_table(float lowest, float highest, float scale,
                                      const std::function<float(float)>& function) {
  constexpr int lines = kernels::int16_table_size - 1;
  const float step = (highest - lowest) / lines;
  const auto kept = [](float number) {
    return static_cast<std::int16_t>(std::isnan(number) ? 0 : std::clamp(number, -32768.0f, 32767.0f));
  };
  std::vector<std::int16_t> table;
  for (int i = 0; i < lines; ++i) {
    const float x = lowest + static_cast<float>(i) * step;
    const float here = std::round(function(x) / scale),
                next = function(lowest + static_cast<float>(i + 1) * step) / scale;
    const float middle = std::round(function(x + step / 2) / scale);
    const float error = std::round((next + here) / 2) - middle;
    table.push_back(kept(here - std::round(error / 2)));
  }
  table.push_back(kept(std::round(function(highest) / scale)));
  return table;
}

std::vector<std::int16_t> softmax_exp_table() {
  return int16_table(-10, 0, 2 / int16_steps, [](float x) { return std::exp(x); });
}
std::vector<std::int16_t> softmax_inverse_table() {
  return int16_table(0, 1, 2 / int16_steps, [](float x) { return 1 / (1 + x); });
}

std::optional<kernels::Int8Scale> softmax_scale(float scale, float beta) {
  return quantized_multiplier(static_cast<double>(scale) * static_cast<double>(beta) /
                              (10.0 / static_cast<double>(int16_steps)));
}

std::optional<kernels::Int16SigmoidNumbers> sigmoid_numbers(float scale) {
  double multiplier = static_cast<double>(scale) * 4096 * 3;
  kernels::Int16SigmoidNumbers numbers{0, 0};
  for (; multiplier <= 32767.0 / 2 && numbers.shift <= 30; ++numbers.shift) multiplier *= 2;
  if (!(multiplier <= 32767)) return {};
  numbers.multiplier = static_cast<std::int32_t>(multiplier);
  return numbers;
}

}  // namespace etch::host::int8
