// SPDX-License-Identifier: BSL-1.0
// Functions of one number: a step has a table, a file the name of what fills it.
#include <codegen/formats/tflite/step_writers.hpp>
#include <codegen/int8/functions.hpp>

#include <algorithm>

namespace etch::host::tflite {

namespace {

struct Function {
  OperatorKind kind;
  FileOptions options;
};

/// The operator that fills a table.
Function function_of(const int8::Table& table, const Quantization& from, const Quantization& to) {
  const int8::Bounds relu = int8::stored_bounds({.lowest = 0}, to, ElementType::i8);
  const auto is = [&](const std::optional<int8::Table>& other) { return other && *other == table; };
  const bool same = from == to;
  if (is(int8::requantize_table(from, to, relu))) return {OperatorKind::relu, {}};
  if (same && is(int8::relu6_table(from))) return {OperatorKind::relu6, {}};
  if (!same && is(int8::requantize_table(from, to, {}))) return {OperatorKind::quantize, {}};
  if (to == Quantization{1.0f / 256, -128} && is(int8::logistic_table(from)))
    return {OperatorKind::logistic, {}};
  if (to == Quantization{1.0f / 128, 0} && is(int8::tanh_table(from))) return {OperatorKind::tanh, {}};
  if (is(int8::hard_swish_table(from, to))) return {OperatorKind::hard_swish, {}};
  constexpr int finest = 1000;  // slopes as people write them, and others that come to the same
  for (int i = 0; i <= finest; ++i) {
    FileOptions options;
    options.alpha = static_cast<float>(i / double{finest});
    if (is(int8::leaky_relu_table(from, to, options.alpha))) return {OperatorKind::leaky_relu, options};
  }
  GraphWriter::refuse("is a table that no operator of int8 computes");
}

/// The factor before a softmax: 1, or what raises an input of steps that are too small for it.
float beta_of(const std::vector<std::int32_t>& numbers, float scale) {
  for (const float beta : {1.0f, int8::softmax_factor(scale)}) {
    const auto made = int8::softmax_numbers(scale, beta);
    if (made && constant_of_words(*made).numbers<std::int32_t>() == numbers) return beta;
  }
  GraphWriter::refuse("has a factor that is not of its input's scale");
}

}  // namespace

void write_table(GraphWriter& to, const Step& step) {
  if (!to.knows(to.graph().result(step))) to.learn(to.graph().result(step), to.of_input(step));
  const std::vector<std::int8_t> stored = to.weight<std::int8_t>(step, 0);
  int8::Table table{};
  std::ranges::copy(stored, table.begin());
  const Function function = function_of(table, to.of_input(step), to.of_result(step));
  const GraphWriter::Dims dims = to.dims_of(step, 0);
  const int x = to.input(step, 0, dims);
  to.add(function.kind, {x}, to.result(step, dims), function.options);
}

void write_softmax(GraphWriter& to, const Step& step) {
  to.require(unpack<ops::Int8Softmax::Attributes>(step.attributes).wide == 0, "gives int16");
  FileOptions options;
  options.beta = beta_of(to.weight<std::int32_t>(step, 0), to.of_input(step).scale);
  const GraphWriter::Dims dims = GraphWriter::with_batch(step.in);
  const int x = to.input(step, 0, dims);
  to.add(OperatorKind::softmax, {x}, to.result(step, dims), options);
}

void write_quantize(GraphWriter& to, const Step& step) {
  to.require(unpack<ops::Quantize::Attributes>(step.attributes).to_even == 0,
             "rounds halves to even numbers");
  to.learn(to.graph().result(step),
           {to.weight<float>(step, 0).at(0), to.weight<std::int32_t>(step, 1).at(0)});
  const GraphWriter::Dims dims = to.dims_of(step, 0);
  const int x = to.input(step, 0, dims);
  to.add(OperatorKind::quantize, {x}, to.result(step, dims));
}

void write_dequantize(GraphWriter& to, const Step& step) {
  to.learn(to.graph().operand(step, 0),
           {to.weight<float>(step, 0).at(0), to.weight<std::int32_t>(step, 1).at(0)});
  const GraphWriter::Dims dims = to.dims_of(step, 0);
  const int x = to.input(step, 0, dims);
  to.add(OperatorKind::dequantize, {x}, to.result(step, dims));
}

}  // namespace etch::host::tflite
