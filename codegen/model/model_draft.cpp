// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/model_draft.hpp>
#include <codegen/model/model_writer.hpp>
#include <runtime/host/error.hpp>

#include <optional>

namespace etch::host {

namespace {

template <class List, class To>
void append(const List& from, To& to) {
  for (int i = 0; i < from.count; ++i) to.push_back(from.item[i]);
}

/// Writes a draft: its numbers are given again.
class Assembly {
 public:
  explicit Assembly(const ModelDraft& draft)
      : draft_(draft), writer_(draft.name, "'" + draft.name + "': "), tensors_(draft.values.size()) {}

  ImportedModel model() {
    writer_.set_numerics(draft_.numerics);
    for (std::size_t k = 0; k < draft_.inputs.size(); ++k) {
      const int v = draft_.inputs[k];
      define(v, writer_.input(draft_.input_shapes[k], draft_.value(v).value.type));
    }
    for (const DraftStep& step : draft_.steps) write_step(step);
    for (std::size_t k = 0; k < draft_.outputs.size(); ++k) {
      Tensor y = made(draft_.outputs[k]);
      y.shape = draft_.output_shapes[k];
      if (draft_.masks[k] >= 0) y.mask = made(draft_.masks[k]).value;
      writer_.output(y);
    }
    std::vector<SourceOperator> operators = draft_.operators;
    for (SourceOperator& op : operators)
      for (int& v : op.results) v = v >= 0 && tensor(v) ? tensor(v)->value : -1;
    ImportedModel model = writer_.finish(std::move(operators));
    model.widened = draft_.widened;
    model.int4_weights = draft_.int4_weights;
    return model;
  }

 private:
  std::optional<Tensor>& tensor(int v) { return tensors_[static_cast<std::size_t>(v)]; }
  bool is_state(int v) const { return draft_.value(v).value.role == Role::state; }

  void define(int v, const Tensor& made) {
    tensor(v) = made;
    writer_.note(made, draft_.value(v).imported);
  }
  /// States begin where they are read first.
  const Tensor& made(int v) {
    if (v < 0) writer_.refuse("a step leaves out an operand");
    const Value& value = draft_.value(v).value;
    if (!tensor(v) && is_state(v)) define(v, writer_.state(value.elements, value.type));
    if (!tensor(v)) writer_.refuse("a step reads what nothing before it makes");
    return *tensor(v);
  }

  void write_step(const DraftStep& from) {
    if (writer_.full()) writer_.refuse("it has too many steps");
    const Step& step = from.step;
    std::vector<Tensor> inputs;
    for (const int v : from.inputs) inputs.push_back(made(v));
    if (!inputs.empty()) inputs[0].shape = step.in;
    std::vector<ConstantArray> constants;
    for (const int p : from.parameters) {
      constants.push_back(draft_.parameters[static_cast<std::size_t>(p)]);
      constants.back().shared = p;
    }
    std::vector<Shape> outs;
    for (const int v : from.outputs)
      if (!is_state(v))
        outs.push_back(outs.empty() ? step.out : Shape{draft_.value(v).value.elements / step.repeat});
    writer_.set_source(from.source);
    const ElementType type = draft_.value(from.output()).value.type;
    const std::vector<Tensor> results = writer_.copy(step, type, outs, inputs, constants);
    for (std::size_t k = 0; k < results.size(); ++k) define(from.outputs[k], results[k]);
  }

  const ModelDraft& draft_;
  ModelWriter writer_;
  std::vector<std::optional<Tensor>> tensors_;  // by value of the draft
};

}  // namespace

ModelDraft::ModelDraft(const ImportedModel& model) : ModelDraft(model, *model.graph) {
  for (std::size_t s = 0; s < steps.size(); ++s) steps[s].source = model.source[s];
  operators = model.operators;
}

ModelDraft::ModelDraft(const ImportedModel& model, const Graph<declaration_capacity>& g)
    : name(model.name),
      values(static_cast<std::size_t>(g.values.count)),
      widened(model.widened),
      int4_weights(model.int4_weights),
      numerics(g.numerics) {
  for (int p = 0; p < g.parameters.count; ++p)
    parameters.push_back(
        {g.parameters[p].shape, g.parameters[p].type, model.parameters[static_cast<std::size_t>(p)]});
  for (int v = g.parameters.count; v < g.values.count; ++v) {
    const auto at = static_cast<std::size_t>(v);
    values[at] = {g.values[v], at < model.values.size() ? model.values[at] : ImportedValue{}};
  }
  for (const Step& from : g.steps) {
    DraftStep& step = steps.emplace_back(DraftStep{from, {}, {}, {}});
    const int data = from.inputs - from.parameters;
    for (int k = 0; k < from.inputs + from.outputs; ++k) {
      const int v = g.operand(from, k);
      const bool weight = k >= data && k < from.inputs;
      if (weight != (v >= 0 && v < g.parameters.count))
        throw Error("'" + name + "' has steps that make weights, which only its own program can run");
      (weight ? step.parameters : k < data ? step.inputs : step.outputs).push_back(v);
    }
  }
  append(g.inputs, inputs);
  append(g.outputs, outputs);
  append(g.output_masks, masks);
  append(g.input_shapes, input_shapes);
  append(g.output_shapes, output_shapes);
}

ImportedModel ModelDraft::model() const { return Assembly(*this).model(); }

}  // namespace etch::host
