// SPDX-License-Identifier: BSL-1.0
// Everything of quantized steps that has no filters.
#include <codegen/int8/averages.hpp>
#include <codegen/int8/binary.hpp>
#include <codegen/int8/conversions.hpp>
#include <codegen/int8/functions.hpp>
#include <codegen/int8/prelu.hpp>
#include <codegen/quantize/integer_writer.hpp>
#include <codegen/quantize/tflite_functions.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace etch::host::quantization {

namespace {

/// What a step whose form is a table makes of one number.
double function_of(const Step& step, double x) {
  return visit_op(step.op, [&](auto op) -> double {
    if constexpr (requires { op.template function<double>(step, x); })
      return op.template function<double>(step, x);
    else
      std::abort();
  });
}

}  // namespace

/// In int16, bounds and the functions whose scale is known are computed; any other is a table.
void IntegerWriter::write_table(int s) {
  const Step& step = real_.graph->steps[s];
  if (options_.tflite_functions && !wide())
    if (const auto table = tflite_table(step, from(step), to(s)))
      return add(s, int8::looked_up(*table), step.in, step.out);
  const auto kind = wide() && step.op == op_code<ops::Activation>
                        ? unpack<ops::Activation::Attributes>(step.attributes).kind
                        : ActivationKind::softmax;
  const auto slope = options_.tflite_functions && wide() ? leaky_slope(step) : std::nullopt;
  const auto quantized = [&] {
    if (slope) return int8::leaky_relu(scheme_.type, from(step), to(s), *slope);
    if (is_bound(kind))
      return int8::requantize(from(step), to(s), scheme_.type,
                              int8::stored_bounds(int8::real_bounds(kind), to(s), scheme_.type), 14);
    if (kind == ActivationKind::sigmoid || kind == ActivationKind::tanh)
      return int8::gate(kind == ActivationKind::tanh, from(step));
    return int8::function(scheme_.type, from(step), to(s), [&](double x) { return function_of(step, x); });
  };
  add(s, quantized(), step.in, step.out);
}

void IntegerWriter::write_softmax(int s) {
  const Step& step = real_.graph->steps[s];
  const float scale = from(step).scale, beta = wide() ? 1 : int8::softmax_factor(scale);
  add(s, int8::softmax(scheme_.type, scheme_.type, scale, beta, step.in.last()), step.in, step.out);
}

/// Rows, each of which becomes one average, as TensorFlow Lite has it.
void IntegerWriter::write_mean(int s) {
  const Step& step = real_.graph->steps[s];
  const auto of = unpack<ops::Pool::Attributes>(step.attributes);
  const int rows = of.out_height, extent = of.pool_height * of.width;
  const kernels::Pool pool{of.kind, rows, extent, of.channels, rows, 1, 1, extent, 1, extent, 0, 0, 0};
  add(s, int8::mean(pool, scheme_.type, from(step), to(s), bounds(s)), {rows, extent, of.channels},
      {rows, 1, of.channels});
}

void IntegerWriter::write_share(int s) {
  const Step& step = real_.graph->steps[s];
  int8::QuantizedStep quantized{step.op, step.attributes, scheme_.type, {}};
  if (step.op == op_code<ops::Pad>) {
    const double filling = step.parameters == 1 ? static_cast<double>(floats(operand(step, 1))[0]) : 0;
    quantized = int8::pad(unpack<ops::Pad::Attributes>(step.attributes), scheme_.type,
                          int8::stored(filling, to(s), scheme_.type));
  } else if (step.op == op_code<ops::Pool>) {
    auto pool = unpack<ops::Pool::Attributes>(step.attributes);
    pool.saves_taps = 0;
    quantized.attributes = pack(pool);
    if (pool.kind == kernels::PoolKind::average)
      quantized = int8::average(pool, scheme_.type, to(s), all_numbers());
  }
  add(s, quantized, step.in, step.out);
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
  define(y, write({step.op, step.attributes, scheme_.type, {}}, step.out, inputs, noted(y, true)));
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
  std::optional<ConstantArray> constant;
  int8::BinaryQuantizations q{from(step), {}, to(s)};
  if (step.parameters == 0) {
    inputs.push_back(stored(operand(step, 1)));
    q.b = quantization(operand(step, 1));
  } else {
    const std::vector<float> numbers = floats(operand(step, 1));
    const auto extremes = std::minmax_element(numbers.begin(), numbers.end());
    q.b = quantization_of({*extremes.first, *extremes.second}, scheme_.type);
    std::vector<std::int32_t> held;
    for (const float x : numbers) held.push_back(int8::stored(static_cast<double>(x), q.b, scheme_.type));
    constant = int8::stored_constant(held, scheme_.type);
  }
  define(y, write(int8::binary(binary, scheme_.type, q, bounds(s), share, std::move(constant)), step.out,
                  inputs, noted(y, true)));
}

}  // namespace etch::host::quantization
