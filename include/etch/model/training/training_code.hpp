// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/lower.hpp>
#include <etch/model/training/training_in_ram.hpp>
#include <etch/passes/parts.hpp>
#include <etch/train/losses.hpp>
#include <etch/train/metrics.hpp>
#include <etch/train/optimizers.hpp>

namespace etch {

/// The batch capacity of a compiled model.
template <int N>
struct Batch {
  static_assert(N >= 1, "a batch holds at least one sample");
  static constexpr int size = N >= 1 ? N : 1;  // that the sentence is the only error
};
template <int N>
inline constexpr Batch<N> batch{};

namespace detail {

template <const auto& Declared, TrainingOptions Options, int BatchSize>
struct TrainingCode : TrainingAsItIs<Declared, Options, BatchSize> {
  using AsItIs = TrainingAsItIs<Declared, Options, BatchSize>;
  using AsItIs::declared;
  using Chosen = std::conditional_t<AsItIs::fits, AsItIs, TrainingInRam<Declared, Options, BatchSize>>;
  static constexpr const auto& program = Chosen::plain;
  static constexpr const auto& graph = program.graph;
  static constexpr int update_step = Chosen::updates, steps = graph.steps.count;
  /// A larger batch runs in parts of so many rows, for evaluation too.
  static constexpr int rows_at_once = Chosen::rows_at_once;
  static constexpr bool in_parts = rows_at_once < BatchSize;
  static constexpr const auto& inference = evaluation_program<Declared, rows_at_once>;
  static_assert(inference.plan.weight_bytes == program.plan.weight_bytes,
                "a declaration must have the same weights for training and prediction");

  /// Training, evaluation and prediction share one arena.
  static constexpr int arena_bytes = program.plan.arena_bytes > inference.plan.arena_bytes
                                         ? program.plan.arena_bytes
                                         : inference.plan.arena_bytes;
  static constexpr TrainingMemory memory = [] {
    TrainingMemory m = AsItIs::memory_as_it_is;
    m.plain_arena = m.arena;
    m.arena = arena_bytes;
    m.arena_lower_bound = program.plan.lower_bound;
    m.macs = training_macs(AsItIs::whole);
    m.macs_again = training_macs(graph) - m.macs;
    m.gradients = program.plan.gradient_bytes;
    m.parts = parts_of(BatchSize, rows_at_once);
    return m;
  }();
};

/// Where the blocks of a storage begin: at lines of a cache where addresses have 64 bits; else at what their
/// numbers need, because what lies between blocks is lost, and a small device has no lines or short ones.
inline constexpr std::size_t block_alignment = sizeof(void*) > 4 ? 64 : 8;

/// Zero bytes in .bss: a region that some configuration does not need takes nothing, as a member without an
/// address of its own.
template <int Bytes>
struct alignas(block_alignment) Block {
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
    moved_ = nothing_moved;
    seed = first_seed;
    step = steps;
  }

  /// The last part of a user's own training step whose results stand in the arena.
  enum Part : unsigned char { nothing, forward, loss, backward };

  std::uint32_t seed, step;
  Part done;

  /// Whether what a training goes on from is that after a whole step: of one in slices some weights move
  /// before others.
  bool between_steps() const { return moved_ == nothing_moved; }
  /// A step in slices begins. One before it that ended half way is not made good by where this one ends
  /// early.
  void begin_slices() {
    if (moved_ == some_moved) moved_ = left_half_way;
  }
  void move_some() {
    if (moved_ == nothing_moved) moved_ = some_moved;
  }
  /// The step is refused, and nothing counts that it has moved.
  void refuse_step() {
    if (moved_ == some_moved) moved_ = nothing_moved;
  }
  void end_step() {
    ++step;
    moved_ = nothing_moved;
  }

 private:
  enum Moved : unsigned char { nothing_moved, some_moved, left_half_way };

  std::uint32_t owner_;
  bool has_weights_;
  Moved moved_;
};

}  // namespace detail

/// The first step of a training program that changes what a training goes on from: moving averages in the
/// forward pass, optimizer state or weights by updates that are fused, else by those behind the backward
/// pass.
template <Sizes S>
constexpr int first_moving_step(const Graph<S>& g, int backward_step, int update_step) {
  for (int s = 0; s < update_step; ++s) {
    const Step& step = g.steps.item[s];
    if (s >= backward_step && kernels::updates_weights(step.rule)) return s;
    const bool moves_averages = step.phase == Phase::training;
    for (int k = 0; k < step.inputs + step.outputs; ++k) {
      const int v = g.operands.item[step.first + k];
      const Role role = v < 0 ? Role::temporary : g.values.item[v].role;
      if (role == Role::optimizer || (moves_averages && role == Role::statistic)) return s;
    }
  }
  return update_step;
}

/// All memory of a training model, zero-initialised: make it `static`, so that it costs no flash.
template <class Code, int BatchSize>
struct TrainingStorage {
  [[no_unique_address]] detail::Block<Code::memory.weights> weights;
  [[no_unique_address]] detail::Block<Code::memory.optimizer> optimizer;
  [[no_unique_address]] detail::Block<Code::memory.gradients> gradients;
  [[no_unique_address]] detail::Block<Code::memory.arena> arena;
  [[no_unique_address]] detail::Block<Code::memory.input> input;
  [[no_unique_address]] detail::Block<Code::memory.labels> labels;
  [[no_unique_address]] detail::Block<Code::memory.states> states;
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
    const int trained = p.trainable ? trained_shape(p).size() : 0;
    n.trainable += trained;
    n.non_trainable += p.shape.size() - trained;
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
    detail::TrainingCode<Declared, training_options<Optimizer, Loss>, Batch<BatchSize>::size>::memory;

}  // namespace etch
