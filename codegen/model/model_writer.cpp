// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/model_writer.hpp>
#include <runtime/host/error.hpp>

#include <string_view>

namespace etch::host::quantization {

ModelWriter::ModelWriter(std::string name) : builder_(std::make_unique<Builder>()) {
  model_.name = std::move(name);
}

void ModelWriter::check() const {
  if (builder_->graph.fault)
    throw Error("'" + model_.name + "' quantized: " + builder_->graph.fault.sentence);
}

void ModelWriter::note(const Tensor& tensor, const ImportedValue& noted) {
  const auto at = static_cast<std::size_t>(tensor.value);
  if (noted_.size() <= at) noted_.resize(at + 1);
  noted_[at] = noted;
}

Tensor ModelWriter::input(const Shape& shape, ElementType type, const ImportedValue& noted) {
  const Tensor x = builder_->input(shape, nullptr, 0);
  check();
  builder_->set_type(x, type);
  note(x, noted);
  return x;
}

LayerState ModelWriter::state_of(const std::vector<ConstantArray>& constants) {
  const auto& graph = builder_->graph;
  if (graph.operands.count + etch::detail::max_operands > declaration_capacity.operands)
    throw Error("'" + model_.name + "' has too many steps to be quantized");
  LayerState state{0};
  builder_->first_call(state);
  for (const ConstantArray& c : constants) {
    builder_->parameter(state, {.shape = c.shape, .type = c.type});
    model_.parameters.push_back(c.bytes);
  }
  return state;
}

Tensor ModelWriter::step(int op, const Words& attributes, const Shape& out, ElementType type,
                         std::span<const Tensor> inputs, const std::vector<ConstantArray>& constants,
                         const ImportedValue& noted) {
  LayerState state = state_of(constants);
  const Tensor y = builder_->apply(rule_of(op), state, attributes, out, inputs, nullptr, type);
  check();
  note(y, noted);
  results_.push_back({y});
  return y;
}

std::vector<Tensor> ModelWriter::copy(const Step& step, std::span<const Shape> outs,
                                      std::span<const Tensor> inputs, const std::vector<ConstantArray>& constants,
                                      const ImportedValue& noted) {
  LayerState state = state_of(constants);
  std::vector<Tensor> results(outs.size());
  const int before = builder_->repeat(step.repeat);
  builder_->apply_many(rule_of(step.op), state, step.attributes, outs, inputs, results, step.primitive);
  builder_->repeat_as(before);
  check();
  note(results[0], noted);
  results_.push_back(results);
  return results;
}

Tensor ModelWriter::state(int elements) {
  const Tensor kept = builder_->state(elements, 0);
  check();
  return kept;
}

/// Ops of int8 that give int16 are told by that.
std::string ModelWriter::kind_of(const Step& step) const {
  const std::string_view name = visit_op(step.op, [](auto o) { return decltype(o)::name; }), narrow = "Int8";
  const auto& graph = builder_->graph;
  if (graph.values[graph.result(step)].type != ElementType::i16 || !name.starts_with(narrow))
    return std::string(name);
  return "Int16" + std::string(name.substr(narrow.size()));
}

void ModelWriter::output(const Tensor& tensor, const Shape& shape) {
  Tensor y = tensor;
  y.shape = shape;
  builder_->output(y, 0);
}

ImportedModel ModelWriter::finish() {
  builder_->finish(0);
  check();
  const auto& graph = builder_->graph;
  model_.values.resize(static_cast<std::size_t>(graph.parameters.count));
  model_.values.insert(model_.values.end(), noted_.begin(), noted_.end());
  model_.values.resize(static_cast<std::size_t>(graph.values.count));
  for (int s = 0; s < graph.steps.count; ++s) {
    SourceOperator op{kind_of(graph.steps[s]), s, {}};
    for (const Tensor& t : results_[static_cast<std::size_t>(s)]) op.results.push_back(final_value(t));
    model_.operators.push_back(std::move(op));
    model_.source.push_back(s);
  }
  model_.graph = std::make_unique<Graph<declaration_capacity>>(graph);
  return std::move(model_);
}

}  // namespace etch::host::quantization
