// SPDX-License-Identifier: BSL-1.0
#include <codegen/model/model_draft.hpp>
#include <codegen/prepare/cut.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <charconv>
#include <string>

namespace etch::host {

namespace {

/// The value that an operator gives, -1 where there is no such operator.
int result_of(const ImportedModel& model, std::string_view at) {
  int number = -1;
  const auto read = std::from_chars(at.data(), at.data() + at.size(), number);
  if (read.ec != std::errc() || read.ptr != at.data() + at.size()) return -1;
  for (const SourceOperator& op : model.operators)
    if (op.index == number && !op.results.empty()) return op.results.front();
  return -1;
}

int value_named(const ImportedModel& model, std::string_view name) {
  int found = -1;
  for (std::size_t v = static_cast<std::size_t>(model.graph->parameters.count); v < model.values.size();
       ++v) {
    if (model.values[v].name != name) continue;
    if (found >= 0)
      throw Error("'" + model.name + "' cannot be cut at '" + std::string(name) +
                  "': several values have that name; give the number of an operator instead");
    found = static_cast<int>(v);
  }
  return found;
}

int value_at(const ImportedModel& model, std::string_view at) {
  const int named = at.empty() ? -1 : value_named(model, at);
  const int value = named >= 0 ? named : result_of(model, at);
  const auto& g = *model.graph;
  const std::string sentence = "'" + model.name + "' cannot be cut at '" + std::string(at) + "': ";
  if (value < 0)
    throw Error(sentence +
                "it has no value of that name and no operator of that number with a result; "
                "`etch inspect` lists them");
  if (std::ranges::count(g.inputs, value) > 0) throw Error(sentence + "that is an input of it");
  if (value < g.parameters.count || g.values[value].role == Role::state)
    throw Error(sentence + "that is a number it keeps and no result");
  return value;
}

/// Leaves only steps that the outputs need, the last first. A state is needed by whoever reads it.
void drop_unneeded(ModelDraft& draft) {
  std::vector<bool> needed(draft.values.size());
  const auto need = [&](int v) {
    if (v >= 0) needed[static_cast<std::size_t>(v)] = true;
  };
  for (const int v : draft.outputs) need(v);
  const auto is_needed = [&](int v) { return v >= 0 && needed[static_cast<std::size_t>(v)]; };
  std::vector<bool> kept(draft.steps.size());
  for (bool changed = true; changed;) {  // states are written behind the steps that read them
    changed = false;
    for (std::size_t s = draft.steps.size(); s-- > 0;) {
      const DraftStep& step = draft.steps[s];
      if (kept[s] || std::ranges::none_of(step.outputs, is_needed)) continue;
      kept[s] = changed = true;
      for (const int v : step.inputs) need(v);
    }
  }
  std::vector<DraftStep> steps;
  for (std::size_t s = 0; s < kept.size(); ++s)
    if (kept[s]) steps.push_back(std::move(draft.steps[s]));
  draft.steps = std::move(steps);
}

/// Leaves only operators that still have a step, or rename a value that still has one.
void drop_operators(ModelDraft& draft) {
  std::vector<bool> made(draft.values.size());
  for (const DraftStep& step : draft.steps)
    for (const int v : step.outputs)
      if (v >= 0) made[static_cast<std::size_t>(v)] = true;
  std::vector<int> number(draft.operators.size(), -1);
  std::vector<SourceOperator> operators;
  for (std::size_t k = 0; k < draft.operators.size(); ++k) {
    const SourceOperator& op = draft.operators[k];
    if (std::ranges::none_of(op.results, [&](int v) { return v >= 0 && made[static_cast<std::size_t>(v)]; }))
      continue;
    number[k] = static_cast<int>(operators.size());
    operators.push_back(op);
  }
  for (DraftStep& step : draft.steps)
    if (step.source >= 0) step.source = number[static_cast<std::size_t>(step.source)];
  draft.operators = std::move(operators);
}

}  // namespace

ImportedModel cut(const ImportedModel& model, std::string_view at) {
  const int value = value_at(model, at);
  ModelDraft draft(model);
  draft.outputs = {value};
  draft.masks = {-1};
  draft.output_shapes = {model.values[static_cast<std::size_t>(value)].shape};
  drop_unneeded(draft);
  drop_operators(draft);
  return draft.model();
}

}  // namespace etch::host
