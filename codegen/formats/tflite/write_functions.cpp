// SPDX-License-Identifier: BSL-1.0
// Functions of one number: a step has a table, or the numbers that an operator makes of its scales; a file
// has the name of what makes them.
#include <codegen/formats/tflite/step_writers.hpp>
#include <codegen/formats/tflite/unsigned.hpp>
#include <codegen/int8/conversions.hpp>
#include <codegen/int8/functions.hpp>
#include <codegen/int8/prelu.hpp>
#include <codegen/int8/unfit.hpp>

#include <algorithm>

namespace etch::host::tflite {

namespace {

struct Function {
  OperatorKind kind;
  FileOptions options{};
};

/// Whether a recipe makes a step's numbers.
template <class Recipe>
bool is_made(const GraphWriter& to, const Step& step, Recipe&& recipe) {
  try {
    const int8::QuantizedStep made = recipe();
    bool same = made.op == step.op && made.attributes == step.attributes &&
                made.constants.size() == static_cast<std::size_t>(step.parameters);
    for (int k = 0; same && k < step.parameters; ++k)
      same = made.constants[static_cast<std::size_t>(k)].bytes == to.weight<std::byte>(step, k);
    return same;
  } catch (const int8::Unfit&) {
    return false;
  }
}

/// Slopes as people write them, and others that come to the same: the first that a step was made with.
template <class IsMade>
std::optional<Function> leaky_relu(IsMade&& is_made_with) {
  constexpr int finest = 1000;
  Function function{OperatorKind::leaky_relu};
  for (int i = 0; i <= finest; ++i) {
    function.options.alpha = static_cast<float>(i / double{finest});
    if (is_made_with(function.options.alpha)) return function;
  }
  return {};
}

/// Sigmoid or tanh of int8. Those of uint8 are computed in real numbers, with results of any scale.
std::optional<Function> gate_of(const GraphWriter& to, const int8::Table& table, const Quantization& from,
                                const Quantization& result) {
  const auto is = [&](const std::optional<int8::Table>& other) { return other && *other == table; };
  if (!to.is_unsigned()) {
    if (result == Quantization{1.0f / 256, -128} && is(int8::logistic_table(from)))
      return Function{OperatorKind::logistic};
    if (result == Quantization{1.0f / 128, 0} && is(int8::tanh_table(from)))
      return Function{OperatorKind::tanh};
    return {};
  }
  const auto is_real = [&](const std::function<double(double)>& real) {
    const auto made = int8::function(ElementType::i8, from, result, real);
    return std::ranges::equal(made.constants[0].numbers<std::int8_t>(), table);
  };
  if (is_real([](double x) { return 1 / (1 + std::exp(-x)); })) return Function{OperatorKind::logistic};
  if (is_real([](double x) { return std::tanh(x); })) return Function{OperatorKind::tanh};
  return {};
}

/// The operator that fills a table.
Function function_of(const GraphWriter& to, const int8::Table& table, const Quantization& from,
                     const Quantization& result) {
  const int8::Bounds relu = int8::stored_bounds({.lowest = 0}, result, ElementType::i8);
  const auto is = [&](const std::optional<int8::Table>& other) { return other && *other == table; };
  const bool same = from == result;
  if (is(int8::requantize_table(from, result, relu))) return {OperatorKind::relu};
  if (same && is(int8::relu6_table(from))) return {OperatorKind::relu6};
  if (!same && is(int8::requantize_table(from, result, {}))) return {OperatorKind::quantize};
  if (const auto gate = gate_of(to, table, from, result)) return *gate;
  if (is(int8::hard_swish_table(from, result))) return {OperatorKind::hard_swish};
  const auto leaky = leaky_relu([&](float slope) { return is(int8::leaky_relu_table(from, result, slope)); });
  if (leaky) return *leaky;
  GraphWriter::refuse("is a table that no operator of int8 computes");
}

void add_function(GraphWriter& to, const Step& step, const Function& function) {
  const GraphWriter::Dims dims = to.dims_of(step, 0);
  const int x = to.input(step, 0, dims);
  to.add(function.kind, {x}, to.result(step, dims), function.options);
}

void learn_from_input(GraphWriter& to, const Step& step) {
  if (!to.knows(to.graph().result(step))) to.learn(to.graph().result(step), to.of_input(step));
}

}  // namespace

void write_table(GraphWriter& to, const Step& step) {
  learn_from_input(to, step);
  const std::vector<std::int8_t> stored = to.weight<std::int8_t>(step, 0);
  int8::Table table{};
  std::ranges::copy(stored, table.begin());
  const auto& g = to.graph();
  const bool at_end = to.is_unsigned_end(g.operand(step, 0)) || to.is_unsigned_end(g.result(step));
  if (at_end && table == other_sign()) return to.rename(step);
  add_function(to, step, function_of(to, table, to.of_input(step), to.of_result(step)));
}

/// Of int16: bounds, and another scale.
void write_requantize(GraphWriter& to, const Step& step) {
  learn_from_input(to, step);
  const Quantization &from = to.of_input(step), &result = to.of_result(step);
  const ElementType type = to.type_of_result(step);
  constexpr int most = 22;  // beyond it no importer takes a factor
  const auto is = [&](const int8::RealBounds& bounds) {
    return is_made(to, step, [&] {
      return int8::requantize(from, result, type, int8::stored_bounds(bounds, result, type), most);
    });
  };
  const bool within = type == ElementType::i16 && to.type_of_input(step) == type;
  if (within && is({.lowest = 0})) return add_function(to, step, {OperatorKind::relu});
  if (within && from == result && is({0, 6})) return add_function(to, step, {OperatorKind::relu6});
  to.require(is({}), "holds its result between bounds that no operator has");
  add_function(to, step, {OperatorKind::quantize});
}

void write_gate(GraphWriter& to, const Step& step) {
  const bool tanh = unpack<ops::Int16Gate::Attributes>(step.attributes).tanh != 0;
  to.require((to.of_result(step) == Quantization{1.0f / 32768, 0}) &&
                 is_made(to, step, [&] { return int8::gate(tanh, to.of_input(step)); }),
             "has a scale that is not of its values");
  add_function(to, step, {tanh ? OperatorKind::tanh : OperatorKind::logistic});
}

void write_leaky_relu(GraphWriter& to, const Step& step) {
  const ElementType type = to.type_of_result(step);
  to.require(type == ElementType::i16, "has slopes of its own, which no operator that is written has");
  const auto function = leaky_relu([&](float slope) {
    return is_made(to, step,
                   [&] { return int8::leaky_relu(type, to.of_input(step), to.of_result(step), slope); });
  });
  if (!function) GraphWriter::refuse("has slopes of its own, which no operator that is written has");
  add_function(to, step, *function);
}

/// The factor before it is 1, or what raises an input of steps that are too small for it.
void write_softmax(GraphWriter& to, const Step& step) {
  const float scale = to.of_input(step).scale;
  const GraphWriter::Dims dims = GraphWriter::with_batch(step.in);
  for (const float beta : {1.0f, int8::softmax_factor(scale)}) {
    const auto recipe = [&] {
      return int8::softmax(to.type_of_input(step), to.type_of_result(step), scale, beta, step.in.last());
    };
    if (!is_made(to, step, recipe)) continue;
    FileOptions options;
    options.beta = beta;
    const int x = to.input(step, 0, dims);
    return to.add(OperatorKind::softmax, {x}, to.result(step, dims), options);
  }
  GraphWriter::refuse("has a factor that is not of its input's scale");
}

void write_quantize(GraphWriter& to, const Step& step) {
  to.require(unpack<ops::Quantize::Attributes>(step.attributes).to_even == 0,
             "rounds halves to even numbers");
  to.learn(to.graph().result(step),
           {to.weight<float>(step, 0).at(0), to.weight<std::int32_t>(step, 1).at(0)});
  add_function(to, step, {OperatorKind::quantize});
}

void write_dequantize(GraphWriter& to, const Step& step) {
  to.learn(to.graph().operand(step, 0),
           {to.weight<float>(step, 0).at(0), to.weight<std::int32_t>(step, 1).at(0)});
  add_function(to, step, {OperatorKind::dequantize});
}

}  // namespace etch::host::tflite
