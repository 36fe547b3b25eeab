// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/model_draft.hpp>
#include <codegen/quantize/real_model.hpp>
#include <codegen/quantize/real_weights.hpp>
#include <etch/passes/infer.hpp>
#include <runtime/host/error.hpp>

#include <optional>

namespace etch::host::quantization {

namespace {

void check(const ImportedModel& model) {
  const auto& values = model.graph->values;
  for (int v = 0; v < values.count; ++v) {
    const bool table = v < model.graph->parameters.count && values[v].type == ElementType::i32;  // of places
    if (values[v].type != ElementType::real && !table)
      throw Error("'" + model.name + "' is quantized already: quantize takes models of floats");
  }
  check_weights(model);
}

/// Takes a function that is no bound out of a step that has it fused.
std::optional<ActivationKind> take_activation(Step& step) {
  Step without = step;
  const ActivationKind kind = split_activation(without);
  if (is_bound(kind)) return {};
  step = without;
  return kind;
}

}  // namespace

ActivationKind split_activation(Step& step) {
  return visit_op(step.op, [&](auto op) { return decltype(op)::split_activation(step.attributes); });
}

ImportedModel separate_activations(const ImportedModel& model) {
  const auto simple =
      std::make_unique<Graph<declaration_capacity>>(shrink<declaration_capacity>(simplify(*model.graph)));
  ModelDraft draft(model, *simple);
  check(model);
  std::vector<DraftStep> steps;
  for (DraftStep& step : draft.steps) {
    const auto kind = take_activation(step.step);
    if (!kind) {
      steps.push_back(std::move(step));
      continue;
    }
    const int result = step.output(), before = static_cast<int>(draft.values.size());
    DraftValue value = draft.value(result);
    value.imported = {value.imported.name, step.step.out, {}};
    draft.values.push_back(std::move(value));
    DraftStep activation{make_step<ops::Activation>({*kind}), {before}, {}, {result}};
    activation.step.in = activation.step.out = step.step.out;
    activation.step.repeat = step.step.repeat;
    step.outputs[0] = before;
    steps.push_back(std::move(step));
    steps.push_back(std::move(activation));
  }
  draft.steps = std::move(steps);
  return draft.model();
}

}  // namespace etch::host::quantization
