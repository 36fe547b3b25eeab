// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/builder.hpp>
#include <etch/ops/op_list.hpp>

#include <string_view>

// Weights of a declared model by name, and what it means that some of them are not trained.
namespace etch::detail {

constexpr bool normalizes_batches(const Step& step) { return step.op == op_code<ops::BatchNormalization>; }

/// Freezes all weights from `first` on that do not stay, as if they had been made so. Batch normalization
/// whose gamma (beta, where it has none) does not stay normalizes by its moving averages.
template <Sizes S, class Stays>
constexpr void freeze_others(Graph<S>& graph, int first, const Stays& stays) {
  for (int p = first; p < graph.parameters.count; ++p) {
    if (stays(p)) continue;
    graph.parameters.item[p].trainable = false;
    graph.values.item[p].role = Role::statistic;
  }
  for (int s = 0; s < graph.steps.count; ++s) {
    Step& step = graph.steps.item[s];
    if (!normalizes_batches(step) || stays(graph.operand(step, step.inputs - step.parameters))) continue;
    auto attributes = unpack<ops::BatchNormalization::Attributes>(step.attributes);
    attributes.frozen = 1;
    step.attributes = pack(attributes);
  }
}

/// The same while a model is declared: its summary shows it.
template <class Stays>
constexpr void freeze_others(Builder& g, int first, const Stays& stays) {
  auto& graph = g.graph;
  freeze_others(graph, first, stays);
  if (Notes* const notes = g.notes())
    for (int r = 0; r < notes->rows.count; ++r) {
      NoteRow& row = notes->rows.item[r];
      bool weights = false, trained = false;
      for (int p = 0; p < graph.parameters.count; ++p)
        if (graph.parameters.item[p].layer == row.layer) {
          weights = true;
          trained = trained || graph.parameters.item[p].trainable;
        }
      if (weights) row.trainable = trained;
    }
}

/// The names of a model's weights.
struct WeightNames {
  const Notes& notes;
  int first = 0;  ///< weights of its graph that have none

  constexpr bool has(int p) const {
    return p >= first && p - first < notes.parameter_name.count && notes.parameter_name.item[p - first];
  }
  constexpr std::string_view layer(int p) const { return notes.path(notes.parameter_path.item[p - first]); }
  constexpr std::string_view last(int p) const { return notes.parameter_name.item[p - first]; }
};

/// Whether `whole` is `end`, or ends in it behind a slash.
constexpr bool ends_in(std::string_view whole, std::string_view end) {
  return !end.empty() && whole.ends_with(end) &&
         (whole.size() == end.size() || whole[whole.size() - end.size() - 1] == '/');
}

/// Whether the full name of a weight is `name`, or ends in it behind a slash.
constexpr bool is_named(const WeightNames& names, int p, std::string_view name) {
  if (!names.has(p)) return false;
  const std::string_view last = names.last(p);
  if (ends_in(last, name)) return true;
  if (!ends_in(name, last) || name.size() < last.size() + 2) return false;
  return ends_in(names.layer(p), name.substr(0, name.size() - last.size() - 1));
}

/// The same of its layer's name.
constexpr bool is_of_layer(const WeightNames& names, int p, std::string_view name) {
  return names.has(p) && ends_in(names.layer(p), name);
}

/// Calls `use` with the names of the weights of `declared`, which has been traced in `g` from weight `first`
/// on. Names are there while a summary is asked for, else the declaration is traced for them once more.
template <class Declared, class Use>
constexpr void with_names(const Declared& declared, const Builder& g, int first, const Use& use) {
  if (g.notes()) return use(WeightNames{*g.notes()});
  Notes notes;
  Builder named(g.training(), &notes);
  named.trace_at_run_time(g.runs());
  declared.trace(named);
  use(WeightNames{notes, first});
}

}  // namespace etch::detail
