// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/compiled_graph.hpp>
#include <etch/model/program/program.hpp>

#include <array>
#include <cstddef>

namespace etch {

/// Bytes one training step needs, each on its own line; every number is exact and known to the compiler.
struct TrainingMemory {
  int weights = 0, gradients = 0, optimizer = 0, arena = 0, input = 0, labels = 0;
  int arena_lower_bound = 0;
  int states = 0;            ///< of stateful layers
  int plain_arena = 0;       ///< what the arena would take without `fit_in`
  long long macs = 0;        ///< multiply-accumulates of one sample's training, forward and backward
  long long macs_again = 0;  ///< what `fit_in` has computed again, beside these
  int parts = 1;             ///< in which `fit_in` has a whole batch run, one after the other
  constexpr int total() const { return weights + gradients + optimizer + arena + input + labels + states; }
};

namespace detail {

/// Batch normalization over one value has no variance: the batch must be larger or the layer frozen.
template <Sizes S>
constexpr bool normalizes_one_value(const Graph<S>& g, int batch) {
  for (int s = 0; s < g.steps.count; ++s) {
    const Step& step = g.steps.item[s];
    if (step.op == op_code<ops::BatchNormalization> && step.in.size() == step.in.last() && batch == 1 &&
        !unpack<ops::BatchNormalization::Attributes>(step.attributes).frozen)
      return true;
  }
  return false;
}

template <Sizes S>
constexpr bool has_chosen_channels(const Graph<S>& g) {
  for (const Parameter& p : g.parameters)
    if (p.chosen) return true;
  return false;
}

/// One output of a model that trains.
struct TrainedOutput {
  int elements = 1, positions = 1;  ///< the last axis of one sample, and all others
  bool classes = false;             ///< its labels are class indices, one a position
  int label_offset = 0;             ///< bytes before its labels in the storage of labels
  int mask = -1;                    ///< the output of the inference graph that masks it, or -1
  constexpr int size() const { return elements * positions; }
  constexpr int label_elements() const { return classes ? positions : size(); }
};

/// Whether a step of the backward pass makes gradients of weights that multiply: the first one does, and of
/// three, those of recurrent layers, the second. A bias alone is sums.
constexpr bool multiplies_for_weights(const Step& step) {
  return trains_weight(step, 0) || (step.parameters == 3 && trains_weight(step, 1));
}

/// Multiply-accumulates of a training step for one sample: a step of the backward pass has as many for the
/// gradients of its weights as for that of its input. What restores a result has none.
template <Sizes S>
constexpr long long training_macs(const Graph<S>& g) {
  long long macs = 0;
  for (int s = 0; s < g.steps.count; ++s) {
    const Step& step = g.steps.item[s];
    const long long all = macs_of(step);
    if (step.phase != Phase::backward)
      macs += step.again != Again::from_kept ? all : 0;
    else
      macs +=
          (step.input_gradient ? all : 0) +
          (multiplies_for_weights(step) ? step.chosen ? all / step.out.last() * step.chosen->count : all : 0);
  }
  return macs;
}

/// What plans of a training step and of the evaluation that shares its arena need. \param input, labels bytes
template <Sizes S, Sizes I>
constexpr TrainingMemory memory_of(const Plan<S>& training, const Plan<I>& inference, int input, int labels) {
  return {
      .weights = training.weight_bytes,
      .gradients = training.gradient_bytes,
      .optimizer = training.optimizer_bytes,
      .arena = training.arena_bytes > inference.arena_bytes ? training.arena_bytes : inference.arena_bytes,
      .input = input,
      .labels = labels,
      .states = training.state_bytes};
}

/// What predicts batches of so many rows, for evaluation.
template <const auto& Declared, int Rows>
inline constexpr auto evaluation_program = make_program(evaluation_graph<Declared>,
                                                        PlanOptions{.batch = Rows}, false);

/// A training step of a declared model, planned without a limit.
template <const auto& Declared, TrainingOptions Options, int BatchSize>
struct TrainingAsItIs {
  static constexpr TrainingOptions options = Options;
  static constexpr int batch_size = BatchSize, rows_at_once = BatchSize;
  static constexpr const auto& declared = training_declaration<Declared>;
  static_assert(declared.outputs.count <= max_trained_outputs, "a model trains at most 8 outputs");
  static_assert(
      !Options.average || !has_chosen_channels(declared),
      "an optimizer that keeps a moving average of weights trains whole layers, not chosen channels");

  static constexpr auto differentiated = differentiate(declared, Options);
  static constexpr auto whole = shrink<differentiated.graph.sizes()>(differentiated.graph);
  static constexpr auto plain = make_program(whole, PlanOptions{.batch = BatchSize}, false);
  static constexpr int loss_step = differentiated.loss_step, backward_step = differentiated.backward_step,
                       updates = differentiated.update_step;
  static constexpr int loss_value = differentiated.loss_value;

  static constexpr const auto& inference = evaluation_program<Declared, BatchSize>;
  static constexpr auto single =
      make_program(prediction_graph<Declared>, PlanOptions{.batch = 1, .state_rows = BatchSize}, false);

  /// Elements of each input: apart from the graph, which no program shall hold.
  static constexpr auto inputs = [] {
    std::array<int, static_cast<std::size_t>(declared.inputs.count)> all{};
    for (std::size_t k = 0; k < all.size(); ++k) all[k] = declared.input_shapes.item[k].size();
    return all;
  }();
  static constexpr int input_elements = [] {
    int n = 0;
    for (const Shape& s : declared.input_shapes) n += s.size();
    return n;
  }();
  static constexpr int outputs = declared.outputs.count;
  static constexpr auto output = [] {
    std::array<TrainedOutput, static_cast<std::size_t>(outputs)> all{};
    int offset = 0;
    for (int k = 0; k < outputs; ++k) {
      const Shape& shape = declared.output_shapes[k];
      TrainedOutput& o = all[static_cast<std::size_t>(k)];
      o = {shape.last(), shape.size() / shape.last(), takes_classes(Options.losses[k].kind), offset,
           inference.graph.output_masks[k]};
      offset += 4 * o.label_elements() * BatchSize;
    }
    return all;
  }();
  /// The output of the inference graph that is the penalty of layers' results, or -1.
  static constexpr int penalty_output = [] {
    for (const Step& step : inference.graph.steps)
      if (step.phase == Phase::training) return inference.graph.outputs.count - 1;
    return -1;
  }();
  static constexpr int output_elements = declared.output_shapes[0].size();
  static constexpr bool sparse = output[0].classes;

  static constexpr TrainingMemory memory_as_it_is =
      memory_of(plain.plan, inference.plan, 4 * input_elements * BatchSize,
                output.back().label_offset + 4 * output.back().label_elements() * BatchSize);
  /// Bytes of arena that the declaration's RAM leaves, and whether that is enough.
  static constexpr int arena_limit = declared.ram.bytes - (memory_as_it_is.total() - memory_as_it_is.arena);
  static constexpr bool fits = declared.ram.bytes == 0 || memory_as_it_is.arena <= arena_limit;
};

}  // namespace detail

}  // namespace etch
