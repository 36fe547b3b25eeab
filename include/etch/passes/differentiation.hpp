// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/passes/rewrite.hpp>
#include <etch/passes/training_graph.hpp>

namespace etch::detail {

constexpr Sizes training_sizes(Sizes s) {
  const int steps = 4 * s.steps + 4 * s.parameters + 4 * s.ends + 4;
  return {s.parameters, s.values + 8 * s.steps + 8 * s.parameters + 8 * s.ends, steps,
          4 * s.operands + 24 * s.steps + 16 * s.parameters + 16 * s.ends + 64, s.ends + 2};
}

/// A share in a parameter's gradient that is complete once all parts of a batch have run.
struct PartSum {
  int parameter = -1;
  std::int16_t value = -1;
};

/// A training graph while its steps are appended, and what is known of the graph it is made from.
template <Sizes S>
struct Differentiation {
  static constexpr Sizes room = training_sizes(S);
  const Graph<S>& from;
  TrainingOptions options;
  TrainingGraph<room> out{};
  Uses<S> uses{};
  std::int16_t gradient[room.values]{};  // of each value, so far
  int contributions[S.parameters > 0 ? S.parameters
                                     : 1]{};         // calls that have a share in a parameter's gradient
  int added[S.parameters > 0 ? S.parameters : 1]{};  // of them, how many are in it so far
  List<PartSum, S.operands> part_sums{};
  std::int16_t saved[S.steps > 0 ? S.steps : 1][4]{};
  std::int16_t producer[S.values > 0 ? S.values : 1]{};
  bool needs[S.values > 0 ? S.values : 1]{};     // some trainable parameter lies before it
  bool live[S.steps > 0 ? S.steps : 1]{};        // its result reaches the loss
  std::int16_t slope_of[max_trained_outputs]{};  // of each loss, to be added to the gradient of its target
  int slope_target[max_trained_outputs]{};
  bool bypassed[S.steps > 0 ? S.steps : 1]{};  // its gradient is taken inside the step after it

  constexpr Graph<room>& to() { return out.graph; }
  constexpr bool trained(int v) const { return from.values.item[v].role == Role::parameter; }

  /// Numbers of the gradient of a value or parameter.
  constexpr int gradient_elements(int v) const {
    return v < from.parameters.count ? trained_shape(from.parameters.item[v]).size()
                                     : from.values.item[v].elements;
  }

  /// The parameter behind a weight that a step made of it and that passes its gradient on (fake
  /// quantization), else the weight itself.
  constexpr int weight_of(int v) const {
    const int s = v < from.parameters.count ? -1 : producer[v];
    if (s < 0 || !makes_weight(from.steps.item[s])) return v;
    return from.operand(from.steps.item[s], 0);
  }
  static constexpr bool makes_weight(const Step& step) {
    return step.parameters == step.inputs && gradient_rule(step).passes;
  }

  /// What the loss never sees is left out: it would only run, and a layer shared with it would wait for its
  /// gradient.
  constexpr void mark_live_steps() {
    bool wanted[S.values > 0 ? S.values : 1]{};
    for (int k = 0; k < from.outputs.count; ++k) {
      wanted[from.outputs.item[k]] = true;
      if (from.output_masks.item[k] >= 0) wanted[from.output_masks.item[k]] = true;
    }
    for (int s = from.steps.count - 1; s >= 0; --s) {
      const Step& step = from.steps.item[s];
      for (int k = 0; k < step.outputs; ++k) live[s] = live[s] || wanted[from.result(step, k)];
      for (int k = 0; live[s] && k < step.inputs; ++k) wanted[from.operand(step, k)] = true;
    }
  }

  constexpr void prepare() {
    mark_live_steps();
    copy_values(from, to());
    uses = uses_of(from);
    for (auto& id : gradient) id = -1;
    for (auto& id : producer) id = -1;
    for (auto& id : slope_of) id = -1;
    for (int p = 0; p < from.parameters.count; ++p) {
      out.gradient_of[p] = out.slots_of[p] = -1;
      needs[p] = trained(p);
    }
    for (int s = 0; s < from.steps.count; ++s) {
      const Step& step = from.steps.item[s];
      bool need = false;
      for (int k = 0; k < step.inputs; ++k) {
        const int v = from.operand(step, k);
        need = need || needs[v];
        if (const int w = weight_of(v); live[s] && w < from.parameters.count && !makes_weight(step))
          ++contributions[w];
      }
      for (int k = 0; k < step.outputs; ++k) {
        needs[from.result(step, k)] =
            need && !gradient_rule(step).stops && from.values.item[from.result(step, k)].role != Role::state;
        producer[from.result(step, k)] = static_cast<std::int16_t>(s);
      }
    }
    for (int p = 0; p < from.parameters.count; ++p) {
      if (!trained(p) || contributions[p] == 0) continue;
      const int slots = slots_of(options);
      for (int k = 0; k < slots; ++k) {
        const auto id = append_value(to(), gradient_elements(p), Role::optimizer, false);
        if (k == 0) out.slots_of[p] = id;
      }
    }
  }

  /// Adds a contribution to the gradient of a value or parameter.
  constexpr void accumulate(int v, std::int16_t part, bool one_block) {
    if (gradient[v] < 0) {
      gradient[v] = part;
      return;
    }
    const int elements = gradient_elements(v);
    const auto sum = append_value(to(), elements, Role::temporary, !one_block);
    const Step step = make_step<ops::Add>({one_block});
    const std::int16_t operands[]{gradient[v], part, sum};
    append_step(to(), step, operands, 2, 1);
    gradient[v] = sum;
  }
};

}  // namespace etch::detail
