// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/filters.hpp>
#include <codegen/int8/recurrent.hpp>
#include <codegen/int8/unfit.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace etch::host::int8 {

namespace {

/// What factors between scales may be shifted by to the left.
constexpr int most_shift = 22;

kernels::Int8Scale factor(float from, float weights, float to) {
  return multiplier(static_cast<double>(from * weights / to), most_shift);
}

/// The biases of rows that sum what has this zero point, behind what `to` holds.
void append_folded(const std::vector<std::int8_t>& rows, int columns, std::int32_t zero_point,
                   const std::vector<std::int32_t>& bias, std::vector<std::int32_t>& to) {
  Filters sums{false, rows, {bias.begin(), bias.end()}, {}};
  sums.bias.resize(rows.size() / static_cast<std::size_t>(columns));
  fold_zero_point(sums, zero_point, false);
  to.insert(to.end(), sums.bias.begin(), sums.bias.end());
}

void append_padded(const std::vector<std::int8_t>& rows, int columns, std::vector<std::int8_t>& to) {
  const auto padded = padded_rows(rows, static_cast<std::size_t>(columns));
  to.insert(to.end(), padded.begin(), padded.end());
}

/// Sums of the gates have 12 binary places, gates 15.
constexpr double sum_scale = 1.0 / 4096, gate_scale = 1.0 / 32768;

kernels::Int8LstmNumbers numbers_of(const Lstm& of) {
  kernels::Int8LstmNumbers numbers;
  for (std::size_t g = 0; g < of.gates.size(); ++g) {
    const Lstm::Gate& gate = of.gates[g];
    numbers.input[g] =
        multiplier(static_cast<double>(of.from.scale * gate.kernel.scale) / sum_scale, most_shift);
    numbers.recurrent[g] =
        multiplier(static_cast<double>(of.to.scale * gate.recurrent.scale) / sum_scale, most_shift);
  }
  const double cell_scale = std::ldexp(1.0, of.cell_power);
  numbers.keep = multiplier(gate_scale, most_shift);
  numbers.add = multiplier(gate_scale * gate_scale / cell_scale, 0);
  numbers.output = multiplier(gate_scale * gate_scale / static_cast<double>(of.to.scale), 0);
  numbers.output_zero_point = of.to.zero_point;
  numbers.cell_clip = static_cast<std::int32_t>(std::min(of.cell_clip / cell_scale, 32767.0));
  const int tanh_power = 12 + of.cell_power;
  numbers.tanh_multiplier = tanh_power >= 0 ? 3 << tanh_power : 3;
  numbers.tanh_shift = tanh_power >= 0 ? 0 : -tanh_power;
  return numbers;
}

}  // namespace

QuantizedStep lstm(const Lstm& of) {
  std::vector<std::int8_t> kernel, recurrent;
  std::vector<std::int32_t> bias, recurrent_bias;
  for (const Lstm::Gate& gate : of.gates) {
    append_padded(gate.kernel.numbers, of.features, kernel);
    append_padded(gate.recurrent.numbers, of.units, recurrent);
    append_folded(gate.kernel.numbers, of.features, of.from.zero_point, gate.bias, bias);
    append_folded(gate.recurrent.numbers, of.units, of.to.zero_point, {}, recurrent_bias);
  }
  const int rows = static_cast<int>(of.gates.size()) * of.units;
  const auto table = sigmoid_table();
  return {op_code<ops::Int8Lstm>,
          pack(ops::Int8Lstm::Attributes{}),
          ElementType::i8,
          {constant_of(kernel, ElementType::i8, {rows, kernels::int8_row_bytes(of.features)}),
           constant_of(recurrent, ElementType::i8, {rows, kernels::int8_row_bytes(of.units)}),
           constant_of(bias, ElementType::i32), constant_of(recurrent_bias, ElementType::i32),
           constant_of_words(numbers_of(of)),
           constant_of(std::vector(table.begin(), table.end()), ElementType::i16)}};
}

QuantizedStep svdf(const Svdf& of) {
  const int filters = static_cast<int>(of.bias.size()) * of.rank;
  std::vector<std::int32_t> feature_bias;
  append_folded(of.feature.numbers, of.features, of.from.zero_point, {}, feature_bias);
  for (const std::int32_t b : of.bias)
    if (std::llabs(b) + std::int64_t{of.rank} * of.memory * 128 * 255 > INT32_MAX)
      throw Unfit(Unfit::Kind::sum, std::int64_t{of.rank} * of.memory, 32);
  kernels::Int8SvdfNumbers numbers;
  numbers.feature = factor(of.from.scale, of.feature.scale, of.state.scale);
  numbers.time = factor(of.state.scale, of.time.scale, of.to.scale);
  numbers.state_zero_point = of.state.zero_point;
  numbers.output_zero_point = of.to.zero_point;
  return {op_code<ops::Int8Svdf>,
          pack(ops::Int8Svdf::Attributes{of.rank, of.memory}),
          ElementType::i8,
          {constant_of(padded_rows(of.feature.numbers, static_cast<std::size_t>(of.features)),
                       ElementType::i8, {filters, kernels::int8_row_bytes(of.features)}),
           constant_of(feature_bias, ElementType::i32),
           constant_of(of.time.numbers, ElementType::i8, {filters, of.memory}),
           constant_of(of.bias, ElementType::i32), constant_of_words(numbers)}};
}

}  // namespace etch::host::int8
