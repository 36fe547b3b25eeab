// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/declare/compiled_graph.hpp>
#include <etch/model/program/lower.hpp>
#include <etch/train/losses.hpp>
#include <etch/train/metrics.hpp>
#include <etch/train/optimizers.hpp>

namespace etch {

/// The batch capacity of a compiled model.
template <int N>
struct Batch {
  static_assert(N >= 1, "a batch holds at least one sample");
  static constexpr int size = N;
};
template <int N>
inline constexpr Batch<N> batch{};

/// Bytes one training step needs, each on its own line; every number is exact and known to the compiler.
struct TrainingMemory {
  int weights = 0, gradients = 0, optimizer = 0, arena = 0, input = 0, labels = 0;
  int arena_lower_bound = 0;
  int states = 0;  ///< of stateful layers
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

/// One output of a model that trains.
struct TrainedOutput {
  int elements = 1, positions = 1;  ///< the last axis of one sample, and all others
  bool classes = false;             ///< its labels are class indices, one a position
  int label_offset = 0;             ///< bytes before its labels in the storage of labels
  int mask = -1;                    ///< the output of the inference graph that masks it, or -1
  constexpr int size() const { return elements * positions; }
  constexpr int label_elements() const { return classes ? positions : size(); }
};

template <const auto& Declared, TrainingOptions Options, int BatchSize>
struct TrainingCode {
  static constexpr TrainingOptions options = Options;
  static constexpr int batch_size = BatchSize;
  static constexpr const auto& declared = training_declaration<Declared>;
  static_assert(declared.outputs.count <= max_trained_outputs, "a model trains at most 8 outputs");

  static constexpr auto differentiated = differentiate(declared, Options);
  static constexpr auto graph = shrink<differentiated.graph.sizes()>(differentiated.graph);
  static constexpr auto program = make_program(graph, PlanOptions{.batch = BatchSize}, false);
  static constexpr int loss_step = differentiated.loss_step, backward_step = differentiated.backward_step,
                       update_step = differentiated.update_step, steps = graph.steps.count;
  static constexpr int loss_value = differentiated.loss_value;

  static constexpr auto inference =
      make_program(evaluation_graph<Declared>, PlanOptions{.batch = BatchSize}, false);
  static constexpr auto single =
      make_program(prediction_graph<Declared>, PlanOptions{.batch = 1, .state_rows = BatchSize}, false);
  static_assert(inference.plan.weight_bytes == program.plan.weight_bytes,
                "a declaration must have the same weights for training and prediction");

  /// Training, evaluation and prediction share one arena.
  static constexpr int arena_bytes = program.plan.arena_bytes > inference.plan.arena_bytes
                                         ? program.plan.arena_bytes
                                         : inference.plan.arena_bytes;
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

  static constexpr TrainingMemory memory{
      program.plan.weight_bytes,
      program.plan.gradient_bytes,
      program.plan.optimizer_bytes,
      arena_bytes,
      4 * input_elements* BatchSize,
      output.back().label_offset + 4 * output.back().label_elements() * BatchSize,
      program.plan.lower_bound,
      program.plan.state_bytes};
};

/// Zero bytes in .bss: a region that some configuration does not need takes nothing.
template <int Bytes>
struct alignas(64) Block {
  std::byte byte[Bytes];
  std::byte* data() { return byte; }
};
template <>
struct Block<0> {
  std::byte* data() { return nullptr; }
};

}  // namespace detail

namespace detail {

/// Which model a storage belongs to, and how far its training is: with the storage and not in the handle, so
/// that a copy of a handle is the same model, and one whose storage was taken by another notices.
class StorageUse {
 public:
  std::uint32_t arena_uses;  ///< how often anything took the arena, which training and prediction share

  /// Makes the storage that of a new model, without weights yet.
  std::uint32_t next_ticket() {
    has_weights_ = false;
    return ++owner_;
  }
  bool is_of(std::uint32_t ticket) const { return owner_ == ticket; }
  bool is_ready() const { return has_weights_; }
  void ready(std::uint32_t first_seed, std::uint32_t steps) {
    has_weights_ = true;
    seed = first_seed;
    step = steps;
  }

  /// The last part of a user's own training step whose results stand in the arena.
  enum Part : unsigned char { nothing, forward, loss, backward };

  std::uint32_t seed, step;
  Part done;

 private:
  std::uint32_t owner_;
  bool has_weights_;
};

}  // namespace detail

/// All memory of a training model, zero-initialised: make it `static`, so that it costs no flash.
template <class Code, int BatchSize>
struct TrainingStorage {
  detail::Block<Code::memory.weights> weights;
  detail::Block<Code::memory.optimizer> optimizer;
  detail::Block<Code::memory.gradients> gradients;
  detail::Block<Code::memory.arena> arena;
  detail::Block<Code::memory.input> input;
  detail::Block<Code::memory.labels> labels;
  detail::Block<Code::memory.states> states;
  detail::StorageUse use;
};

/// Parameters, multiply-accumulates and bytes of a declared model, for `static_assert`.
struct ModelNumbers {
  int total = 0, trainable = 0, non_trainable = 0;
  long long macs = 0;
};
template <const auto& Declared>
constexpr ModelNumbers numbers() {
  ModelNumbers n;
  for (const Parameter& p : graph<Declared>.parameters) {
    n.total += p.shape.size();
    (p.trainable ? n.trainable : n.non_trainable) += p.shape.size();
  }
  for (const Step& s : prediction_graph<Declared>.steps) n.macs += macs_of(s);
  return n;
}

namespace detail {

template <class Loss>
constexpr LossSpec loss_spec() {
  return {Loss::kind, Loss::from_logits, Loss::user};
}
template <class... Losses>
constexpr std::array<LossSpec, max_trained_outputs> loss_specs(const hana::tuple<Losses...>*) {
  return {loss_spec<Losses>()...};
}
template <class Loss>
constexpr std::array<LossSpec, max_trained_outputs> loss_specs(const Loss*) {
  return {loss_spec<Loss>()};
}

/// What an optimizer's type decides about the training graph.
template <class Optimizer>
constexpr TrainingOptions optimizer_options() {
  TrainingOptions o{.rule = Optimizer::rule};
  if constexpr (requires { Optimizer::clip; }) o.clip = Optimizer::clip;
  if constexpr (requires { Optimizer::averages; }) o.average = Optimizer::averages;
  if constexpr (requires { Optimizer::accumulate; }) o.accumulate = Optimizer::accumulate > 1;
  return o;
}

}  // namespace detail

/// \tparam Loss one loss, or a hana::tuple of the losses of all outputs in their order.
template <class Optimizer, class Loss, bool Fuse = true>
inline constexpr TrainingOptions training_options = [] {
  TrainingOptions o = detail::optimizer_options<Optimizer>();
  o.losses = detail::loss_specs(static_cast<const Loss*>(nullptr));
  o.fuse = Fuse;
  return o;
}();

/// Exact bytes of one training step of a model with this optimizer, loss and batch.
template <const auto& Declared, class Optimizer, class Loss, int BatchSize>
inline constexpr TrainingMemory training_memory =
    detail::TrainingCode<Declared, training_options<Optimizer, Loss>, BatchSize>::memory;

}  // namespace etch
