// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/builder.hpp>
#include <etch/ops/op_list.hpp>

namespace etch {

/// The last layers that have weights to train, in the order in which they made them. Batch normalization is a
/// layer of its own.
struct LastLayers {
  int count = 1;
};
constexpr LastLayers last_layers(int count) { return {count}; }

namespace detail {

/// The first weight of the last `count` layers with weights to train, -1 where there are not as many.
constexpr int first_weight_of_last(const Builder& g, int count, int& layers) {
  int first = -1;
  std::int16_t layer = -1;
  for (int p = g.graph.parameters.count - 1; p >= 0; --p) {
    const Parameter& parameter = g.graph.parameters.item[p];
    if (parameter.trainable && parameter.layer != layer) {
      layer = parameter.layer;
      ++layers;
    }
    if (layers == count && parameter.layer == layer) first = p;
  }
  return layers < count ? -1 : first;
}

/// Freezes all weights before `first`, as if their layers had been `frozen`.
constexpr void freeze_before(Builder& g, int first) {
  auto& graph = g.graph;
  for (int p = 0; p < first; ++p) {
    graph.parameters.item[p].trainable = false;
    graph.values.item[p].role = Role::statistic;
  }
  const auto all_before = [&](const Step& step) {
    bool before = step.parameters > 0;
    for (int k = step.inputs - step.parameters; k < step.inputs; ++k)
      before = before && graph.operand(step, k) < first;
    return before;
  };
  for (int s = 0; s < graph.steps.count; ++s) {
    Step& step = graph.steps.item[s];
    if (step.op != op_code<ops::BatchNormalization> || !all_before(step)) continue;
    auto attributes = unpack<ops::BatchNormalization::Attributes>(step.attributes);
    attributes.frozen = 1;
    step.attributes = pack(attributes);
  }
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

}  // namespace detail

/// A declared model of which training moves a part. What it does not move has no gradient, no optimizer
/// state, no update and no code for them, nothing is kept for its backward pass, and batch normalization in
/// it normalizes by its moving averages: `frozen` for a model that is declared already.
template <class Declared>
struct TrainOnly {
  Declared declared;
  LastLayers which;
  int line = 0;

  constexpr void trace(Builder& g) const {
    declared.trace(g);
    if (g.graph.fault) return;
    int layers = 0;
    const int first = which.count < 1 ? -1 : detail::first_weight_of_last(g, which.count, layers);
    if (g.check(first >= 0, "a model trains at least one of its layers with weights, and no more than it has",
                which.count, layers, line))
      detail::freeze_before(g, first);
  }
  constexpr Tensor operator()(const Tensor& x) const {
    x.builder->check(false, "a model of which a part is trained is no layer: say it of the whole model", 0, 0,
                     line);
    return x;
  }
};
/// `train_only(last_layers(2), sequential(...))`.
template <class Declared>
constexpr auto train_only(LastLayers which, Declared declared, int line = __builtin_LINE()) {
  return TrainOnly<Declared>{declared, which, line};
}

}  // namespace etch
