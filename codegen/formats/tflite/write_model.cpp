// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/blockers.hpp>
#include <codegen/formats/tflite/file_writer.hpp>
#include <codegen/formats/tflite/import.hpp>
#include <codegen/formats/tflite/same_model.hpp>
#include <codegen/formats/tflite/step_writers.hpp>
#include <codegen/formats/tflite/write_model.hpp>
#include <codegen/prepare/prepare.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <iterator>

namespace etch::host {

namespace tflite {
namespace {

struct Entry {
  int op;
  void (*write)(GraphWriter& to, const Step& step);
};

constexpr Entry step_writers[]{
    {op_code<ops::QuantizedConvolution>, write_convolution},
    {op_code<ops::QuantizedDepthwiseConvolution>, write_convolution},
    {op_code<ops::QuantizedOffsetConvolution>, write_convolution},
    {op_code<ops::QuantizedPool>, write_average},
    {op_code<ops::Pool>, write_pool},
    {op_code<ops::Pad>, write_pad},
    {op_code<ops::QuantizedBinary>, write_binary},
    {op_code<ops::Concatenate>, write_concatenation},
    {op_code<ops::Permute>, write_permute},
    {op_code<ops::Int8Table>, write_table},
    {op_code<ops::Requantize>, write_requantize},
    {op_code<ops::Int16Gate>, write_gate},
    {op_code<ops::QuantizedPReLU>, write_leaky_relu},
    {op_code<ops::Int8Softmax>, write_softmax},
    {op_code<ops::Int16Softmax>, write_softmax},
    {op_code<ops::Quantize>, write_quantize},
    {op_code<ops::Dequantize>, write_dequantize},
};

std::string name_of(const Step& step) {
  return visit_op(step.op, [](auto op) { return decltype(op)::name; });
}

/// Why a step is none that may be written, whichever op it is of; null if it may.
const char* fault(const Graph<declaration_capacity>& g, const Step& step) {
  if (step.repeat != 1) return "takes the steps of a sequence one by one";
  const bool converts = step.op == op_code<ops::Quantize> || step.op == op_code<ops::Dequantize>;
  for (int k = 0; k < step.inputs - step.parameters + step.outputs; ++k) {
    const bool result = k >= step.inputs - step.parameters;
    const Value& v =
        g.values[result ? g.result(step, k - step.inputs + step.parameters) : g.operand(step, k)];
    if (v.role == Role::state) return "keeps a state";
    if (v.type == ElementType::real && !converts) return "is of real numbers";
    if (v.type == ElementType::i32) return "is of int32";
  }
  return nullptr;
}

/// Of a step that cannot be written, the result alone, for those that read it.
void write_step(GraphWriter& to, int s, Blockers& blockers) {
  const Step& step = to.graph().steps[s];
  try {
    if (const char* why = fault(to.graph(), step)) GraphWriter::refuse(why);
    const auto* const entry = std::ranges::find(step_writers, step.op, &Entry::op);
    GraphWriter::require(entry != std::end(step_writers), "has no operator that is written");
    entry->write(to, step);
  } catch (const NotWritten& reason) {
    blockers.add(name_of(step), s, reason.why);
    to.stand_in(step);
  }
}

[[noreturn]] void refuse(const ImportedModel& model, const std::string& why) {
  throw Error("'" + model.name + "' is not written as TensorFlow Lite: " + why);
}

void require_whole_numbers(const ImportedModel& model) {
  const auto& g = *model.graph;
  if (!std::any_of(g.values.begin() + g.parameters.count, g.values.end(),
                   [&](const Value& v) { return v.type == ElementType::i8 || v.type == ElementType::i16; }))
    refuse(model, "it is a model of floats: quantize it by --int8 or --int16, with samples by --calibrate");
}

/// Whether its bytes are numbers of uint8 outside: then they are in the file too.
bool is_unsigned(const ImportedModel& model) {
  return std::ranges::any_of(model.values, &ImportedValue::is_unsigned);
}

/// The file of a model whose steps all have an operator.
File file_of(const ImportedModel& model) {
  Blockers blockers("step");
  GraphWriter to(model, is_unsigned(model));
  for (int s = 0; s < model.graph->steps.count; ++s) write_step(to, s, blockers);
  if (!blockers.empty()) refuse(model, blockers.text());
  return to.finish();
}

}  // namespace
}  // namespace tflite

std::vector<std::byte> write_tflite(const ImportedModel& model) {
  tflite::require_whole_numbers(model);
  try {
    std::vector<std::byte> bytes = tflite::bytes_of(tflite::file_of(model), model.name);
    const ImportedModel again = import_tflite(bytes, model.name);
    // A padding that no option says is an operator of its own, which becomes a part of its step as models
    // ship.
    if (!tflite::difference(model, again).empty()) {
      const std::string other = tflite::difference(prepare(model), prepare(again));
      if (!other.empty()) tflite::refuse(model, "read again, " + other);
    }
    return bytes;
  } catch (const tflite::NotWritten& reason) {
    tflite::refuse(model, "an input or output " + reason.why);
  }
}

}  // namespace etch::host
