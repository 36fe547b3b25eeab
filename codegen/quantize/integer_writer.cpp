// SPDX-License-Identifier: BSL-1.0
#include <codegen/int8/conversions.hpp>
#include <codegen/quantize/integer_writer.hpp>
#include <codegen/quantize/real_weights.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace etch::host::quantization {

namespace {

std::string reason(const int8::Unfit& unfit) {
  const std::string count = std::to_string(unfit.count), most = std::to_string(unfit.most);
  switch (unfit.kind) {
    case int8::Unfit::Kind::scales:
      break;
    case int8::Unfit::Kind::function_scale:
      return "the range of its input is too large";
    case int8::Unfit::Kind::sum:
      return "the sum of its " + count + " products may not fit " + most + " bits" +
             (unfit.most == 32 ? ", which 16x8 has more of" : "");
    case int8::Unfit::Kind::average:
      return "it averages " + count + " numbers, and the sum of more than " + most + " may not fit 32 bits";
    case int8::Unfit::Kind::softmax:
      return "its rows have " + count + " numbers, and may have 65,536";
  }
  return "the ranges of its input and result lie too far apart";
}

/// Ops of several types are told by that of their result.
std::string kind_of(const int8::QuantizedStep& step) {
  constexpr std::string_view several = "Quantized";
  const std::string_view name = visit_op(step.op, [](auto op) { return decltype(op)::name; });
  if (!name.starts_with(several)) return std::string(name);
  return (step.type == ElementType::i16 ? "Int16" : "Int8") + std::string(name.substr(several.size()));
}

}  // namespace

IntegerWriter::IntegerWriter(const ImportedModel& real, const Scheme& scheme,
                             const std::vector<Quantization>& quantizations, const QuantizeOptions& options)
    : real_(real),
      scheme_(scheme),
      quantizations_(quantizations),
      options_(options),
      writer_(real.name, "'" + real.name + "' quantized: "),
      stored_(scheme.root.size()),
      reals_(scheme.root.size()) {}

std::vector<float> IntegerWriter::floats(int parameter) const { return floats_of(real_, parameter); }

ImportedValue IntegerWriter::noted(int value, bool quantized) const {
  ImportedValue noted = real_.values[at(value)];
  noted.quantization = quantized ? quantization(value) : Quantization{};
  return noted;
}

void IntegerWriter::refuse(const Step& step, const std::string& why) const {
  throw Error("'" + real_.name + "': '" + real_.values[at(real_.graph->result(step))].name + "' (" +
              visit_op(step.op, [](auto op) { return decltype(op)::name; }) +
              ") cannot be quantized: " + why);
}

void IntegerWriter::define(int value, const Tensor& tensor) { stored_[at(value)] = tensor; }

Tensor IntegerWriter::stored(int value) {
  auto& there = stored_[at(value)];
  if (there) return *there;
  const Quantization q = quantization(value);
  Tensor x = *reals_[at(value)];
  x.shape = {real_.graph->values[value].elements};
  return *(there = write(int8::quantize(q, scheme_.type), x.shape, {&x, 1}, noted(value, true)));
}

Tensor IntegerWriter::real_of(int value) {
  auto& there = reals_[at(value)];
  if (there) return *there;
  const Quantization q = quantization(value);
  Tensor x = *stored_[at(value)];
  x.shape = {real_.graph->values[value].elements};
  return *(there = write(int8::dequantize(q), x.shape, {&x, 1}, noted(value, false)));
}

void IntegerWriter::begin_operator(std::string kind) {
  if (writer_.full()) throw Error("'" + real_.name + "' has too many steps to be quantized");
  const int number = static_cast<int>(operators_.size());
  operators_.push_back({std::move(kind), number, {}});
  writer_.set_source(number);
}

void IntegerWriter::add_result(const Tensor& tensor, const ImportedValue& noted) {
  writer_.note(tensor, noted);
  operators_.back().results.push_back(tensor.value);
}

Tensor IntegerWriter::write(const int8::QuantizedStep& step, const Shape& out, std::span<const Tensor> inputs,
                            const ImportedValue& noted) {
  begin_operator(kind_of(step));
  const Tensor y = writer_.step(step.op, step.attributes, out, step.type, inputs, step.constants);
  add_result(y, noted);
  return y;
}

Tensor IntegerWriter::requantized(const Tensor& tensor, const Quantization& from, const Quantization& to) {
  const ImportedValue noted{"", tensor.shape, to};
  try {
    return write(wide() ? int8::requantize(from, to, scheme_.type, all_numbers(), 14)
                        : int8::requantize_int8(from, to),
                 tensor.shape, {&tensor, 1}, noted);
  } catch (const int8::Unfit&) {
    throw Error("'" + real_.name + "' has ranges that lie too far apart to be joined");
  }
}

/// The quantized step of a real step of one input, whose result is that of the bounds after it.
void IntegerWriter::add(int s, const int8::QuantizedStep& quantized, const Shape& in, const Shape& out) {
  Tensor x = stored(operand(real_.graph->steps[s], 0));
  x.shape = in;
  const int y = scheme_.result[at(s)];
  define(y, write(quantized, out, {&x, 1}, noted(y, true)));
}

int8::Bounds IntegerWriter::bounds(int s) const {
  return int8::stored_bounds(int8::real_bounds(scheme_.bounds[at(s)]), to(s), scheme_.type);
}

bool IntegerWriter::read_stored(int value) const {
  const auto& g = *real_.graph;
  for (int s = 0; s < g.steps.count; ++s)
    for (int k = 0; k < g.steps[s].inputs - g.steps[s].parameters; ++k)
      if (g.operand(g.steps[s], k) == value && scheme_.form[at(s)] != Form::real) return true;
  return false;
}

/// A step that has no quantized form, between real values.
void IntegerWriter::copy_step(int s) {
  const auto& g = *real_.graph;
  const Step& step = g.steps[s];
  std::vector<Tensor> inputs;
  std::vector<ConstantArray> constants;
  std::vector<Shape> outs;
  int results = step.outputs;  // states are written where they were read
  for (int k = 0; k < step.inputs; ++k) {
    const int v = operand(step, k);
    if (k >= step.inputs - step.parameters) {
      constants.push_back({g.parameters[v].shape, g.parameters[v].type, real_.parameters[at(v)], v});
      continue;
    }
    const bool state = g.values[v].role == Role::state;
    if (state) {
      reals_[at(v)] = writer_.state(g.values[v].elements);
      --results;
    }
    inputs.push_back(real_of(v));
    inputs.back().shape = k == 0 ? step.in : Shape{g.values[v].elements};
  }
  for (int k = 0; k < results; ++k)
    outs.push_back(k == 0 ? step.out : Shape{g.values[g.result(step, k)].elements / step.repeat});
  begin_operator(visit_op(step.op, [](auto op) { return decltype(op)::name; }));
  const auto made = writer_.copy(step, ElementType::real, outs, inputs, constants);
  for (int k = 0; k < results; ++k) {
    reals_[at(g.result(step, k))] = made[at(k)];
    add_result(made[at(k)], k == 0 ? noted(g.result(step), false) : ImportedValue{});
  }
}

void IntegerWriter::write_step(int s) {
  try {
    write_form(s);
  } catch (const int8::Unfit& unfit) {
    refuse(real_.graph->steps[s], reason(unfit));
  }
}

void IntegerWriter::write_form(int s) {
  switch (scheme_.form[at(s)]) {
    case Form::real:
      return copy_step(s);
    case Form::convolution:
    case Form::depthwise:
      return write_convolution(s);
    case Form::norm:
      return write_norm(s);
    case Form::sum:
    case Form::product:
      return write_binary(s);
    case Form::mean:
      return write_mean(s);
    case Form::share:
      return write_share(s);
    case Form::join:
      return write_join(s);
    case Form::table:
      return write_table(s);
    case Form::softmax:
      return write_softmax(s);
  }
}

IntegerModel IntegerWriter::write() {
  const auto& g = *real_.graph;
  writer_.set_numerics(g.numerics);
  for (int k = 0; k < g.inputs.count; ++k) {
    const int v = g.inputs[k];
    const bool quantized = !options_.real_ends && read_stored(v);
    const Tensor x = writer_.input(g.input_shapes[k], quantized ? scheme_.type : ElementType::real);
    writer_.note(x, noted(v, quantized));
    (quantized ? stored_ : reals_)[at(v)] = x;
  }
  for (int s = 0; s < g.steps.count; ++s)
    if (!scheme_.absorbed[at(s)]) write_step(s);
  for (int k = 0; k < g.outputs.count; ++k) {
    const int v = g.outputs[k];
    const bool quantized = !options_.real_ends && stored_[at(v)].has_value();
    Tensor y = quantized ? *stored_[at(v)] : real_of(v);
    y.shape = g.output_shapes[k];
    writer_.output(y);
  }
  IntegerModel written;
  written.model = writer_.finish(std::move(operators_));
  for (std::size_t v = 0; v < stored_.size(); ++v)
    written.value.push_back(stored_[v]  ? writer_.number(*stored_[v])
                            : reals_[v] ? writer_.number(*reals_[v])
                                        : -1);
  return written;
}

}  // namespace etch::host::quantization
