// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/model_draft.hpp>
#include <etch/model/program/program.hpp>
#include <etch/passes/rewrite.hpp>
#include <runtime/host/error.hpp>

namespace etch::host {

namespace {

template <class List, class To>
void append(const List& from, To& to) {
  for (int i = 0; i < from.count; ++i) to.push_back(from.item[i]);
}

/// The graph of a draft: numbers are given again, parameters first.
class Assembly {
 public:
  explicit Assembly(const ModelDraft& draft)
      : draft_(draft),
        graph_(std::make_unique<Graph<declaration_capacity>>()),
        parameter_id_(draft.parameters.size(), -1),
        value_id_(draft.values.size(), -1) {}

  ImportedModel model() {
    for (const DraftStep& step : draft_.steps)
      for (const int p : step.parameters) name_parameter(p);
    for (const int v : draft_.inputs) name_value(v);
    for (const DraftStep& step : draft_.steps)
      for (const auto* list : {&step.inputs, &step.outputs})
        for (const int v : *list) name_value(v);
    if (graph_->parameters.count + static_cast<int>(order_.size()) > declaration_capacity.values)
      throw Error("'" + draft_.name + "' has more values than a graph has room for");
    write_values();
    for (const DraftStep& step : draft_.steps) write_step(step);
    write_ends();
    to_.name = draft_.name;
    to_.widened = draft_.widened;
    for (SourceOperator op : draft_.operators) {
      for (int& v : op.results) v = id(v);
      to_.operators.push_back(std::move(op));
    }
    to_.graph = std::move(graph_);
    return std::move(to_);
  }

 private:
  void name_parameter(int p) {
    int& id = parameter_id_[static_cast<std::size_t>(p)];
    if (id >= 0) return;
    if (graph_->parameters.count == declaration_capacity.parameters)
      throw Error("'" + draft_.name + "' has more weight arrays than a graph has room for");
    const DraftParameter& from = draft_.parameters[static_cast<std::size_t>(p)];
    id = graph_->parameters.push(from.parameter);
    roles_.push_back(from.role);
    to_.parameters.push_back(from.bytes);
    to_.values.emplace_back();
  }
  /// Once all parameters have their numbers.
  void name_value(int v) {
    if (v < 0 || value_id_[static_cast<std::size_t>(v)] >= 0) return;
    value_id_[static_cast<std::size_t>(v)] = graph_->parameters.count + static_cast<int>(order_.size());
    order_.push_back(v);
  }
  int id(int v) const { return v < 0 ? -1 : value_id_[static_cast<std::size_t>(v)]; }
  void write_values() {
    for (int p = 0; p < graph_->parameters.count; ++p) {
      const Parameter& parameter = graph_->parameters[p];
      graph_->values.push(
          {parameter.shape.size(), roles_[static_cast<std::size_t>(p)], false, parameter.type});
    }
    for (const int v : order_) {
      graph_->values.push(draft_.value(v).value);
      to_.values.push_back(draft_.value(v).imported);
    }
  }
  void write_step(const DraftStep& from) {
    std::int16_t operands[etch::detail::max_operands]{};
    int count = 0;
    const auto push = [&](int operand) { operands[count++] = static_cast<std::int16_t>(operand); };
    for (const int v : from.inputs) push(id(v));
    for (const int p : from.parameters) push(parameter_id_[static_cast<std::size_t>(p)]);
    const int inputs = count;
    for (const int v : from.outputs) push(id(v));
    Step step = from.step;
    step.parameters = static_cast<std::uint8_t>(from.parameters.size());
    etch::detail::append_step(*graph_, step, operands, inputs, count - inputs);
    to_.source.push_back(from.source);
  }
  void write_ends() {
    for (const int v : draft_.inputs) graph_->inputs.push(static_cast<std::int16_t>(id(v)));
    for (const int v : draft_.outputs) graph_->outputs.push(static_cast<std::int16_t>(id(v)));
    for (const int v : draft_.masks) graph_->output_masks.push(static_cast<std::int16_t>(id(v)));
    for (const Shape& shape : draft_.input_shapes) graph_->input_shapes.push(shape);
    for (const Shape& shape : draft_.output_shapes) graph_->output_shapes.push(shape);
  }

  const ModelDraft& draft_;
  ImportedModel to_;
  std::unique_ptr<Graph<declaration_capacity>> graph_;
  std::vector<int> parameter_id_, value_id_, order_;
  std::vector<Role> roles_;
};

}  // namespace

ModelDraft::ModelDraft(const ImportedModel& model)
    : name(model.name), operators(model.operators), widened(model.widened) {
  const auto& g = *model.graph;
  const int p = g.parameters.count;
  for (int i = 0; i < p; ++i)
    parameters.push_back({g.parameters[i], g.values[i].role, model.parameters[static_cast<std::size_t>(i)]});
  values.resize(static_cast<std::size_t>(p));
  for (int v = p; v < g.values.count; ++v)
    values.push_back({g.values[v], static_cast<std::size_t>(v) < model.values.size()
                                       ? model.values[static_cast<std::size_t>(v)]
                                       : ImportedValue{}});
  for (int s = 0; s < g.steps.count; ++s) {
    DraftStep step{g.steps[s], {}, {}, {}, model.source[static_cast<std::size_t>(s)]};
    const int data = step.step.inputs - step.step.parameters;
    for (int k = 0; k < step.step.inputs + step.step.outputs; ++k) {
      const int v = g.operands[step.step.first + k];
      if (k >= data && k < step.step.inputs)
        step.parameters.push_back(v);
      else
        (k < data ? step.inputs : step.outputs).push_back(v);
    }
    steps.push_back(std::move(step));
  }
  append(g.inputs, inputs);
  append(g.outputs, outputs);
  append(g.output_masks, masks);
  append(g.input_shapes, input_shapes);
  append(g.output_shapes, output_shapes);
}

ImportedModel ModelDraft::model() const { return Assembly(*this).model(); }

}  // namespace etch::host
