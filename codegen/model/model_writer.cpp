// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/model_writer.hpp>
#include <etch/model/program/program.hpp>
#include <runtime/host/error.hpp>

namespace etch::host {

ModelWriter::ModelWriter(std::string name, std::string subject)
    : subject_(std::move(subject)), builder_(std::make_unique<Builder>()) {
  model_.name = std::move(name);
  builder_->first_call(layer_);
}

void ModelWriter::refuse(const std::string& why) const { throw Error(subject_ + why); }

void ModelWriter::check() const {
  if (builder_->graph.fault) refuse(builder_->graph.fault.sentence);
}

bool ModelWriter::full() const {
  return builder_->graph.operands.count + etch::detail::max_forward_operands > declaration_capacity.operands;
}

bool ModelWriter::faulty() const { return static_cast<bool>(builder_->graph.fault); }

void ModelWriter::note(const Tensor& tensor, const ImportedValue& noted) {
  const auto at = static_cast<std::size_t>(tensor.value);
  if (noted_.size() <= at) noted_.resize(at + 1);
  noted_[at] = noted;
}

bool ModelWriter::is_noted(const Tensor& tensor) const {
  const auto at = static_cast<std::size_t>(tensor.value);
  return at < noted_.size() && !noted_[at].name.empty();
}

Tensor ModelWriter::input(const Shape& shape, ElementType type) {
  const Tensor x = builder_->input(shape, nullptr, 0);
  check();
  builder_->set_type(x, type);
  return x;
}

Tensor ModelWriter::state(int elements, ElementType type) {
  const Tensor kept = builder_->state(elements, 0, type);
  check();
  return kept;
}

LayerState ModelWriter::made_of(const std::vector<ConstantArray>& constants) {
  LayerState state = layer_;
  state.first_parameter = static_cast<std::int16_t>(builder_->graph.parameters.count);
  for (const ConstantArray& c : constants) builder_->parameter(state, {.shape = c.shape, .type = c.type});
  check();
  return state;
}

Tensor ModelWriter::step(int op, const Words& attributes, const Shape& out, ElementType type,
                         std::span<const Tensor> inputs, const std::vector<ConstantArray>& constants) {
  Step step;
  step.op = static_cast<std::int16_t>(op);
  step.attributes = attributes;
  return copy(step, type, {&out, 1}, inputs, constants)[0];
}

std::vector<Tensor> ModelWriter::copy(const Step& step, ElementType type, std::span<const Shape> outs,
                                      std::span<const Tensor> inputs,
                                      const std::vector<ConstantArray>& constants) {
  if (inputs.empty()) refuse("a step has no input");
  LayerState state = made_of(constants);
  std::vector<Tensor> results(outs.size());
  const int before = builder_->repeat(step.repeat);
  builder_->apply_many(rule_of(step.op), state, step.attributes, outs, inputs, results, step.primitive, type);
  builder_->repeat_as(before);
  check();
  store(constants);
  model_.source.push_back(source_);
  return results;
}

void ModelWriter::output(const Tensor& tensor) {
  builder_->output(tensor, 0);
  check();
}

ImportedModel ModelWriter::finish(std::vector<SourceOperator> operators) {
  builder_->finish(0);
  check();
  const auto& graph = builder_->graph;
  model_.values.resize(static_cast<std::size_t>(graph.parameters.count));
  model_.values.insert(model_.values.end(), noted_.begin(), noted_.end());
  model_.values.resize(static_cast<std::size_t>(graph.values.count));
  for (SourceOperator& op : operators)
    for (int& result : op.results)
      if (result >= 0) result += graph.parameters.count;
  model_.operators = std::move(operators);
  model_.graph = std::make_unique<Graph<declaration_capacity>>(graph);
  return std::move(model_);
}

}  // namespace etch::host
