// SPDX-License-Identifier: BSL-1.0
// Everything of int8 steps that has no filters.
#include <codegen/quantize/int8_writer.hpp>
#include <codegen/tflite/quantization.hpp>

#include <algorithm>
#include <cmath>

namespace etch::host::quantization {

namespace {

std::int8_t stored_of(double real, const Quantization& q) {
  const double steps = std::round(real / static_cast<double>(q.scale));
  return static_cast<std::int8_t>(std::clamp(std::isnan(steps) ? 0.0 : steps + q.zero_point, -128.0, 127.0));
}

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

void Int8Writer::write_table(int s) {
  const Step& step = real_.graph->steps[s];
  const Quantization from = quantization(operand(step, 0)), to = quantization(scheme_.result[at(s)]);
  const tflite::Table table = tflite::make_table([&](std::int32_t x) {
    const double real = static_cast<double>(from.scale) * (x - from.zero_point);
    return std::int32_t{stored_of(function_of(step, real), to)};
  });
  add(s, op_code<ops::Int8Table>, {}, step.in, step.out,
      {constant_of(std::vector<std::int8_t>(table.begin(), table.end()), ElementType::i8)});
}

void Int8Writer::write_softmax(int s) {
  const Step& step = real_.graph->steps[s];
  const auto numbers = tflite::softmax_numbers(quantization(operand(step, 0)).scale, 1);
  if (!numbers) refuse(step, "the range of its input is too small");
  add(s, op_code<ops::Int8Softmax>, pack(ops::Int8Softmax::Attributes{}), step.in, step.out,
      {constant_of_words(*numbers)});
}

void Int8Writer::write_mean(int s) {
  const Step& step = real_.graph->steps[s];
  const auto pool = unpack<ops::Pool::Attributes>(step.attributes);
  const Quantization from = quantization(operand(step, 0)), to = quantization(scheme_.result[at(s)]);
  const auto scale = tflite::mean_scale(from, to, pool.taps());
  if (!scale || scale->shift > 0 || pool.taps() > 1 << 22)
    refuse(step, "the ranges of its input and result lie too far apart");
  const auto bound = bounds(scheme_.bounds[at(s)], to);
  const kernels::Int8Io io{from.zero_point, to.zero_point, bound[0], bound[1]};
  add(s, op_code<ops::Int8Pool>, step.attributes, step.in, step.out,
      {constant_of_words(io), constant_of_words(*scale)});
}

void Int8Writer::write_share(int s) {
  const Step& step = real_.graph->steps[s];
  const Quantization q = quantization(scheme_.result[at(s)]);
  int op = step.op;
  Words attributes = step.attributes;
  std::vector<Constant> constants;
  if (op == op_code<ops::Pad>) {
    const double filling = step.parameters == 1 ? static_cast<double>(floats(operand(step, 1))[0]) : 0;
    constants.push_back(constant_of(std::vector{stored_of(filling, q)}, ElementType::i8));
  } else if (op == op_code<ops::Pool>) {
    auto pool = unpack<ops::Pool::Attributes>(attributes);
    pool.saves_taps = 0;
    attributes = pack(pool);
    if (pool.kind == kernels::PoolKind::average) {
      op = op_code<ops::Int8Pool>;
      constants.push_back(constant_of_words(kernels::Int8Io{q.zero_point, q.zero_point, -128, 127}));
    }
  }
  add(s, op, attributes, step.in, step.out, constants);
}

void Int8Writer::write_join(int s) {
  const Step& step = real_.graph->steps[s];
  const int y = scheme_.result[at(s)];
  const auto attributes = unpack<ops::Concatenate::Attributes>(step.attributes);
  std::vector<Tensor> inputs;
  for (int k = 0; k < step.inputs; ++k) {
    const int v = operand(step, k);
    inputs.push_back(int8(v));
    if (!(quantization(v) == quantization(y)))
      inputs.back() = requantized(inputs.back(), quantization(v), quantization(y));
    inputs.back().shape = step.out;
    inputs.back().shape.dim[at(attributes.axis)] = attributes.extent[at(k)];
  }
  define(y, writer_.step(step.op, step.attributes, step.out, ElementType::i8, inputs, {}, noted(y, true)));
}

void Int8Writer::write_binary(int s) {
  using enum kernels::BinaryKind;
  const Step& step = real_.graph->steps[s];
  const int y = scheme_.result[at(s)], n = step.out.size();
  auto binary = step.op == op_code<ops::Add>
                    ? kernels::broadcast(add, 1, {1, 1, 1, n}, {1, 1, 1, n}, {1, 1, 1, n})
                    : unpack<ops::Binary::Attributes>(step.attributes);
  const double share = binary.kind == average ? 1.0 / binary.count : 1;
  if (binary.kind == average) binary.kind = add;
  binary.count = 1;
  std::vector<Tensor> inputs{int8(operand(step, 0))};
  inputs[0].shape = step.in;
  std::vector<Constant> constants;
  const Quantization qa = quantization(operand(step, 0)), qy = quantization(y);
  Quantization qb;
  if (step.parameters == 0) {
    inputs.push_back(int8(operand(step, 1)));
    qb = quantization(operand(step, 1));
  } else {
    const std::vector<float> numbers = floats(operand(step, 1));
    const auto ends = std::minmax_element(numbers.begin(), numbers.end());
    qb = asymmetric({*ends.first, *ends.second});
    std::vector<std::int8_t> stored;
    for (const float x : numbers) stored.push_back(stored_of(static_cast<double>(x), qb));
    constants.push_back(constant_of(stored, ElementType::i8));
  }
  const auto bound = bounds(scheme_.bounds[at(s)], qy);
  const auto a = static_cast<double>(qa.scale), b = static_cast<double>(qb.scale),
             to = static_cast<double>(qy.scale);
  kernels::Int8BinaryNumbers numbers{
      qa.zero_point, qb.zero_point, qy.zero_point, bound[0], bound[1], {}, {}, {}};
  if (binary.kind == multiply) {
    numbers.y = multiplier(step, a * b / to, 14);
  } else {
    const double twice = 2 * std::max(a, b);
    numbers.a = multiplier(step, a / twice, 0);
    numbers.b = multiplier(step, b / twice, 0);
    numbers.y = multiplier(step, share * twice / ((1 << kernels::int8_sum_shift) * to), 0);
  }
  constants.push_back(constant_of_words(numbers));
  define(y, writer_.step(op_code<ops::Int8Binary>, pack(binary), step.out, ElementType::i8, inputs, constants,
                         noted(y, true)));
}

}  // namespace etch::host::quantization
