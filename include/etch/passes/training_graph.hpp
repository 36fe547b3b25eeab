// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/graph.hpp>
#include <etch/ops/loss.hpp>
#include <runtime/kernels/portable/loss_kind.hpp>

#include <array>

namespace etch {

/// A model that trains has at most this many outputs, each with a loss of its own.
inline constexpr int max_trained_outputs = ops::most_losses;

/// What the compiler knows of an output's loss; its numbers are data (`LossParameters`).
struct LossSpec {
  LossKind kind = LossKind::mean_squared_error;
  int logits = 0;
  const LossOp* user = nullptr;
  constexpr bool operator==(const LossSpec&) const = default;
};

/// What a training graph is made for.
struct TrainingOptions {
  std::array<LossSpec, max_trained_outputs> losses{};  ///< of each output
  kernels::Rule rule = kernels::Rule::sgd;
  bool fuse = true;  ///< updates run inside the backward steps; off keeps whole gradients (a user's own step)
  kernels::Clip clip = kernels::Clip::none;
  bool average = false;     ///< a moving average of each trained weight is kept
  bool accumulate = false;  ///< gradients of several batches are summed up before an update
  bool in_parts = false;    ///< a batch runs in parts, and gradients of weights go on from part to part
  constexpr bool operator==(const TrainingOptions&) const = default;
};

/// The most persistent arrays a trained weight has.
inline constexpr int max_slots = 4;

/// Persistent arrays of each trained weight: the rule's, then its average, then its summed-up gradient.
constexpr int slots_of(const TrainingOptions& o) {
  return kernels::slots_of(o.rule) + (o.average ? 1 : 0) + (o.accumulate ? 1 : 0);
}
constexpr int average_slot(const TrainingOptions& o) { return kernels::slots_of(o.rule); }
constexpr int accumulator_slot(const TrainingOptions& o) {
  return kernels::slots_of(o.rule) + (o.average ? 1 : 0);
}

/// A training graph and where its parts begin: [0, loss_step) forward, [loss_step, backward_step) losses and
/// penalties, [backward_step, update_step) gradients and fused updates, then the updates that stand apart. In
/// parts, all before the updates runs for each of them.
template <Sizes S>
struct TrainingGraph {
  Graph<S> graph;
  int loss_step = 0, backward_step = 0, update_step = 0;
  int outputs = 0;
  /// Of each output: its value, its labels, one weight a sample (the caller may give none), and the sum of
  /// its loss over the rows, not weighted by the loss's share.
  std::array<std::int16_t, max_trained_outputs> predictions{}, labels{}, sample_weights{}, loss_values{};
  /// What is trained: the weighted sum of the losses and rows times the penalties, one number.
  std::int16_t loss_value = -1;
  std::int16_t gradient_of[S.parameters > 0 ? S.parameters : 1]{};  ///< value of a kept gradient, or -1
  std::int16_t slots_of[S.parameters > 0 ? S.parameters : 1]{};     ///< first persistent array, or -1
};

/// Copies a training graph into one with other room, which has to be enough.
template <Sizes To, Sizes S>
constexpr TrainingGraph<To> shrink_training(const TrainingGraph<S>& from) {
  TrainingGraph<To> to;
  to.graph = shrink<To>(from.graph);
  to.loss_step = from.loss_step;
  to.backward_step = from.backward_step;
  to.update_step = from.update_step;
  to.outputs = from.outputs;
  to.predictions = from.predictions;
  to.labels = from.labels;
  to.sample_weights = from.sample_weights;
  to.loss_values = from.loss_values;
  to.loss_value = from.loss_value;
  for (int p = 0; p < from.graph.parameters.count; ++p) {
    to.gradient_of[p] = from.gradient_of[p];
    to.slots_of[p] = from.slots_of[p];
  }
  return to;
}

}  // namespace etch
