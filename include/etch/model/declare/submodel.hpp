// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/builder.hpp>

#include <string_view>

namespace etch {

/// The part of a declared model from the result of layer `from` (an input's name, or a layer's) to the result
/// of layer `to`. It keeps the parent's parameters in their places, so it runs on the parent's weights
/// without a copy; only what it reads is shipped when it is deployed.
template <const auto& Parent>
struct Submodel {
  const char* from;
  const char* to;
  int line = 0;

  constexpr void trace(Builder& g) const {
    Notes notes;
    Builder whole(g.training(), &notes);
    whole.trace_at_run_time(g.runs());
    Parent.trace(whole);
    const int first = find(notes, from), last = find(notes, to);
    g.graph = whole.graph;
    g.check(first >= 0, "submodel: the parent has no layer named as `from`", 0, 1, line);
    g.check(last >= 0, "submodel: the parent has no layer named as `to`", 0, 1, line);
    if (g.graph.fault) return;
    const int p = g.graph.parameters.count;
    const auto begin = static_cast<std::int16_t>(notes.rows[first].value + p);
    const auto end = static_cast<std::int16_t>(notes.rows[last].value + p);
    g.graph.inputs.count = g.graph.outputs.count = 0;
    g.graph.input_shapes.count = g.graph.output_shapes.count = g.graph.output_masks.count = 0;
    g.graph.inputs.push(begin);
    g.graph.input_shapes.push(notes.rows[first].out);
    g.graph.outputs.push(end);
    g.graph.output_shapes.push(notes.rows[last].out);
    g.graph.output_masks.push(-1);
    g.graph.values[begin].role = Role::input;
    g.check(keep_between(g.graph, begin, end), "submodel: `to` cannot be computed from `from` alone", 0, 1,
            line);
  }

 private:
  static constexpr int find(const Notes& notes, std::string_view name) {
    for (int i = 0; i < notes.rows.count; ++i)
      if (notes.path(notes.rows[i].path) == name) return i;
    return -1;
  }

  /// Drops the steps that do not lie between the two values; false where another input would be needed.
  template <class G>
  static constexpr bool keep_between(G& graph, int begin, int end) {
    List<bool, G::room.values> wanted{};
    wanted[end] = true;
    List<Step, G::room.steps> kept;
    for (int s = graph.steps.count - 1; s >= 0; --s) {
      const Step& step = graph.steps[s];
      bool needed = false;
      for (int k = 0; k < step.outputs; ++k) needed = needed || wanted[graph.result(step, k)];
      if (!needed || graph.result(step) == begin) continue;  // what came before the new input is not computed
      for (int k = 0; k < step.inputs; ++k) wanted[graph.operand(step, k)] = true;
      kept.push(step);
    }
    for (int v = graph.parameters.count; v < graph.values.count; ++v)
      if (wanted[v] && v != begin && graph.values[v].role == Role::input) return false;
    graph.steps.count = 0;
    for (int i = kept.count - 1; i >= 0; --i) graph.steps.push(kept[i]);
    return true;
  }
};

/// `submodel<autoencoder>("input", "code")` is the encoder.
template <const auto& Parent>
constexpr auto submodel(const char* from, const char* to, int line = __builtin_LINE()) {
  return Submodel<Parent>{from, to, line};
}

}  // namespace etch
