// SPDX-License-Identifier: BSL-1.0
// Everything of quantized steps that has no filters.
#include <codegen/int8/int16_tables.hpp>
#include <codegen/quantize/integer_writer.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host::quantization {

namespace {

/// What an element-wise step makes of one number.
double function_of(const Step& step, double x) {
  double y = 0;
  if (step.op == op_code<ops::Activation>) {
    kernels::activate<double>(unpack<ops::Activation::Attributes>(step.attributes).kind, &x, &y, 1, 1);
  } else if (step.op == op_code<ops::ParametricActivation>) {
    kernels::parametric_forward<double>(unpack<ops::ParametricActivation::Attributes>(step.attributes), 1, &x,
                                        &y);
  } else {
    const auto a = unpack<ops::Affine::Attributes>(step.attributes);
    y = static_cast<double>(a.scale[0]) * x + static_cast<double>(a.offset[0]);
  }
  return y;
}

}  // namespace

std::int32_t IntegerWriter::stored_number(double real, const Quantization& q) const {
  const double steps = std::round(real / static_cast<double>(q.scale));
  const tflite::Bounds all = all_numbers();
  return static_cast<std::int32_t>(
      std::clamp<double>(std::isnan(steps) ? 0.0 : steps + q.zero_point, all.lowest, all.highest));
}

Constant IntegerWriter::stored_constant(const std::vector<std::int32_t>& numbers) const {
  if (wide()) return constant_of(std::vector<std::int16_t>(numbers.begin(), numbers.end()), scheme_.type);
  return constant_of(std::vector<std::int8_t>(numbers.begin(), numbers.end()), scheme_.type);
}

/// Bounds and the functions whose scale is known are computed, any other is a table.
void IntegerWriter::write_wide_function(int s) {
  const Step& step = real_.graph->steps[s];
  const Quantization from = quantization(operand(step, 0)), to = quantization(scheme_.result[at(s)]);
  const auto kind = step.op == op_code<ops::Activation>
                        ? unpack<ops::Activation::Attributes>(step.attributes).kind
                        : ActivationKind::softmax;
  if (is_bound(kind)) {
    const double share = static_cast<double>(from.scale) / static_cast<double>(to.scale);
    const tflite::Bounds bound = bounds(kind, to);
    return add(s, op_code<ops::Requantize>, {}, step.in, step.out,
               {constant_of_words(kernels::RequantizeNumbers{0, 0, bound.lowest, bound.highest,
                                                             multiplier(step, share, 14)})});
  }
  if (kind == ActivationKind::sigmoid || kind == ActivationKind::tanh) {
    const auto numbers = tflite::sigmoid_numbers(from.scale);
    if (!numbers) refuse(step, "the range of its input is too large");
    const auto table = tflite::sigmoid_table();
    return add(s, op_code<ops::Int16Gate>, pack(ops::Int16Gate::Attributes{kind == ActivationKind::tanh}),
               step.in, step.out,
               {constant_of(std::vector(table.begin(), table.end()), ElementType::i16),
                constant_of_words(*numbers)});
  }
  const float reach = from.scale * 32768;
  if (!std::isfinite(2 * reach)) refuse(step, "the range of its input is too large");
  const auto table = tflite::int16_table(-reach, reach, to.scale, [&](float x) {
    return static_cast<float>(function_of(step, static_cast<double>(x)));
  });
  add(s, op_code<ops::Int16Table>, {}, step.in, step.out, {constant_of(table, ElementType::i16)});
}

void IntegerWriter::write_table(int s) {
  if (wide()) return write_wide_function(s);
  const Step& step = real_.graph->steps[s];
  const Quantization from = quantization(operand(step, 0)), to = quantization(scheme_.result[at(s)]);
  const tflite::Table table = tflite::make_table([&](std::int32_t x) {
    const double real = static_cast<double>(from.scale) * (x - from.zero_point);
    return stored_number(function_of(step, real), to);
  });
  add(s, op_code<ops::Int8Table>, {}, step.in, step.out,
      {constant_of(std::vector<std::int8_t>(table.begin(), table.end()), ElementType::i8)});
}

void IntegerWriter::write_softmax(int s) {
  const Step& step = real_.graph->steps[s];
  const float from = quantization(operand(step, 0)).scale;
  if (step.in.last() > kernels::most_softmax_width)
    refuse(step, "its rows have " + std::to_string(step.in.last()) + " numbers, and may have 65,536");
  if (wide()) {
    const auto scale = tflite::softmax_scale(from, 1);
    if (!scale) refuse(step, "the range of its input is too large");
    return add(s, op_code<ops::Int16Softmax>, {}, step.in, step.out,
               {constant_of_words(*scale), constant_of(tflite::softmax_exp_table(), ElementType::i16),
                constant_of(tflite::softmax_inverse_table(), ElementType::i16)});
  }
  // Differences of less than 2^-26 are none to a softmax.
  const auto numbers = tflite::softmax_numbers(std::max(from, std::ldexp(1.0f, -26)), 1);
  if (!numbers) refuse(step, "the range of its input is too large");
  add(s, op_code<ops::Int8Softmax>, pack(ops::Int8Softmax::Attributes{}), step.in, step.out,
      {constant_of_words(*numbers)});
}

void IntegerWriter::check_averaged(const Step& step, int taps, int most) const {
  if (taps > most)
    refuse(step, "it averages " + std::to_string(taps) + " numbers, and the sum of more than " +
                     std::to_string(most) + " may not fit 32 bits");
}

void IntegerWriter::write_mean(int s) {
  const Step& step = real_.graph->steps[s];
  const auto pool = unpack<ops::Pool::Attributes>(step.attributes);
  const Quantization from = quantization(operand(step, 0)), to = quantization(scheme_.result[at(s)]);
  check_averaged(step, pool.taps(),
                 wide() ? kernels::most_scaled<std::int16_t> : kernels::most_scaled<std::int8_t>);
  const auto scale = tflite::mean_scale(from, to, pool.taps());
  if (!scale || scale->shift > 0) refuse(step, "the ranges of its input and result lie too far apart");
  add(s, op_code<ops::Int8Pool>, step.attributes, step.in, step.out,
      {constant_of_words(io(s)), constant_of_words(*scale)});
}

void IntegerWriter::write_share(int s) {
  const Step& step = real_.graph->steps[s];
  const Quantization q = quantization(scheme_.result[at(s)]);
  int op = step.op;
  Words attributes = step.attributes;
  std::vector<Constant> constants;
  if (op == op_code<ops::Pad>) {
    const double filling = step.parameters == 1 ? static_cast<double>(floats(operand(step, 1))[0]) : 0;
    constants.push_back(stored_constant({stored_number(filling, q)}));
  } else if (op == op_code<ops::Pool>) {
    auto pool = unpack<ops::Pool::Attributes>(attributes);
    pool.saves_taps = 0;
    attributes = pack(pool);
    if (pool.kind == kernels::PoolKind::average) {
      check_averaged(step, pool.taps(),
                     wide() ? kernels::most_averaged<std::int16_t> : kernels::most_averaged<std::int8_t>);
      op = op_code<ops::Int8Pool>;
      constants.push_back(constant_of_words(
          kernels::Int8Io{q.zero_point, q.zero_point, all_numbers().lowest, all_numbers().highest}));
    }
  }
  add(s, op, attributes, step.in, step.out, constants);
}

void IntegerWriter::write_join(int s) {
  const Step& step = real_.graph->steps[s];
  const int y = scheme_.result[at(s)];
  const auto attributes = unpack<ops::Concatenate::Attributes>(step.attributes);
  std::vector<Tensor> inputs;
  for (int k = 0; k < step.inputs; ++k) {
    const int v = operand(step, k);
    inputs.push_back(stored(v));
    if (!(quantization(v) == quantization(y)))
      inputs.back() = requantized(inputs.back(), quantization(v), quantization(y));
    inputs.back().shape = step.out;
    inputs.back().shape.dim[at(attributes.axis)] = attributes.extent[at(k)];
  }
  define(y, writer_.step(step.op, step.attributes, step.out, scheme_.type, inputs, {}, noted(y, true)));
}

void IntegerWriter::write_binary(int s) {
  using enum kernels::BinaryKind;
  const Step& step = real_.graph->steps[s];
  const int y = scheme_.result[at(s)], n = step.out.size();
  auto binary = step.op == op_code<ops::Add>
                    ? kernels::broadcast(add, 1, {1, 1, 1, n}, {1, 1, 1, n}, {1, 1, 1, n})
                    : unpack<ops::Binary::Attributes>(step.attributes);
  const double share = binary.kind == average ? 1.0 / binary.count : 1;
  if (binary.kind == average) binary.kind = add;
  binary.count = 1;
  std::vector<Tensor> inputs{stored(operand(step, 0))};
  inputs[0].shape = step.in;
  std::vector<Constant> constants;
  const Quantization qa = quantization(operand(step, 0)), qy = quantization(y);
  Quantization qb;
  if (step.parameters == 0) {
    inputs.push_back(stored(operand(step, 1)));
    qb = quantization(operand(step, 1));
  } else {
    const std::vector<float> numbers = floats(operand(step, 1));
    const auto ends = std::minmax_element(numbers.begin(), numbers.end());
    qb = quantization_of({*ends.first, *ends.second}, scheme_.type);
    std::vector<std::int32_t> held;
    for (const float x : numbers) held.push_back(stored_number(static_cast<double>(x), qb));
    constants.push_back(stored_constant(held));
  }
  const tflite::Bounds bound = bounds(scheme_.bounds[at(s)], qy);
  const auto a = static_cast<double>(qa.scale), b = static_cast<double>(qb.scale),
             to = static_cast<double>(qy.scale);
  kernels::Int8BinaryNumbers numbers{
      qa.zero_point, qb.zero_point, qy.zero_point, bound.lowest, bound.highest, {}, {}, {}};
  if (binary.kind == multiply) {
    numbers.y = multiplier(step, a * b / to, wide() ? 0 : 14);
  } else {
    const double twice = 2 * std::max(a, b);
    numbers.a = multiplier(step, a / twice, 0);
    numbers.b = multiplier(step, b / twice, 0);
    const int raised = wide() ? kernels::int16_sum_shift : kernels::int8_sum_shift;
    numbers.y = multiplier(step, share * twice / ((1 << raised) * to), 0);
  }
  constants.push_back(constant_of_words(numbers));
  define(y, writer_.step(op_code<ops::Int8Binary>, pack(binary), step.out, scheme_.type, inputs, constants,
                         noted(y, true)));
}

}  // namespace etch::host::quantization
