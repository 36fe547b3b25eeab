// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/initialize.hpp>
#include <etch/model/training/result_names.hpp>
#include <etch/model/training/training_passes.hpp>
#include <etch/model/training/weight_tables.hpp>

namespace etch::detail {

/// The losses of all outputs as one tuple of types, in order: what a training graph is made for.
template <const auto& Declared, class Losses, class Indices>
struct LossTuple;
template <const auto& Declared, class Losses, int... K>
struct LossTuple<Declared, Losses, std::integer_sequence<int, K...>> {
  using type = hana::tuple<typename LossOfOutput<Declared, Losses, K>::Loss...>;
};
template <const auto& Declared, class Losses>
using OrderedLosses =
    typename LossTuple<Declared, Losses, std::make_integer_sequence<int, output_count<Declared>>>::type;

template <const auto& Declared, class Optimizer, class Loss, int BatchSize, bool Fuse>
using CodeOfSteps = TrainingCode<Declared, training_options<Optimizer, OrderedLosses<Declared, Loss>, Fuse>,
                                 Batch<BatchSize>::size>;

/// The single steps of a model that trains, on storage that lies elsewhere: what `fit` and a user's own loop
/// are made of.
/// \tparam Team who runs the steps: `Alone`, or threads (`etch/model/program/team_steps.hpp`).
template <const auto& Declared, class Optimizer, class Loss, class Metrics, int BatchSize, bool Fuse,
          class Team = Alone>
class TrainingSteps : public TrainingPasses<Declared, CodeOfSteps<Declared, Optimizer, Loss, BatchSize, Fuse>,
                                            CodeOfSteps<Declared, Optimizer, Loss, BatchSize, Fuse>::outputs,
                                            Optimizer, Metrics, Team> {
 public:
  using Code = CodeOfSteps<Declared, Optimizer, Loss, BatchSize, Fuse>;
  using Passes = TrainingPasses<Declared, Code, Code::outputs, Optimizer, Metrics, Team>;
  using Storage = typename Passes::Storage;
  using Weights = typename Passes::Weights;
  using Losses = typename Passes::Losses;
  using Passes::input, Passes::labels, Passes::outputs, Passes::seed, Passes::step;
  static constexpr int batch_size = BatchSize;
  static constexpr const auto& declaration = Declared;
  static constexpr int output_elements = Code::output[0].size();
  static constexpr const char* optimizer_name = Optimizer::name;
  static constexpr bool sets_learning_rate = !scheduled<Optimizer>;  ///< a schedule sets it itself
  static constexpr std::span<const ResultName> result_names = ResultNames<Declared, Metrics>::all;

  static_assert(Code::declared.inputs.count <= Dataset::max_inputs,
                "a model that trains has at most 4 inputs");

  /// \param ticket of `StorageUse::next_ticket`, or 0: the model takes one when it first draws weights.
  constexpr TrainingSteps(Storage& storage, Optimizer optimizer, Metrics metrics, std::uint32_t seed,
                          const Loss& losses, std::uint32_t ticket = 0, Team team = {})
      : Passes(storage, optimizer, metrics, seed, ticket, team) {
    for_each_output<outputs>([&](auto k) {
      using One = LossOfOutput<Declared, Loss, k>;
      loss_parameters_[k] = One::of(losses).parameters();
      loss_parameters_[k].weight = One::weight(losses);
    });
  }

  /// Draws new weights from `seed` and forgets the optimizer's state and those of stateful layers.
  void initialize(std::uint32_t seed) {
    resume(seed, 0);
    reset_states();
    initialize_weights<Code::program>(seed, own().weights.data());
    reset_optimizer();
  }
  /// What the optimizer keeps becomes what it begins with.
  void reset_optimizer() { initialize_slots<Code>(optimizer_, optimizer_state()); }
  /// Draws initial weights if there are none yet.
  void ensure_ready() {
    if (!ready()) initialize(seed_);
  }

  /// Lets stateful layers begin anew, in every row of the batch.
  void reset_states() {
    std::byte* const states = own().states.data();
    for (int i = 0; i < Code::memory.states; ++i) states[i] = std::byte{0};
  }

  /// One optimizer step on `rows` samples that stand in `input()` and `labels()`. \return false where the
  /// loss is not finite; then no weight is changed.
  [[ETCH_OF_TARGET]] bool train_step(int rows, const Weights& weights, Losses& loss) {
    forget_parts();
    if constexpr (Code::in_parts) {
      begin_part_sums<Code>(own().gradients.data());
      for (int first = 0; first < rows; first += Code::rows_at_once) {
        const kernels::BatchPart part{first, rows};
        const Context c = context_of(part, weights);
        if (!find_losses(c, rows, weights, loss)) return false;
        run_steps_by<Code::program, Code::backward_step, Code::update_step>(team_, c.call, c.regions());
      }
      const Context c = context(rows, weights);
      run_steps_by<Code::program, Code::update_step, Code::steps>(team_, c.call, c.regions());
    } else {
      const Context c = context(rows, weights);
      if (!find_losses(c, rows, weights, loss)) return false;
      run_steps_by<Code::program, Code::backward_step, Code::steps>(team_, c.call, c.regions());
    }
    own().use.end_step();
    return true;
  }
  /// \param epoch, batch from 0, as callbacks count them; below 0 where there are none.
  [[noreturn]] static void fail_not_finite(int epoch = -1, int batch = -1) {
    if (epoch < 0) fail(loss_not_finite);
    fail_with(loss_not_finite, "; this is batch ", batch, " of epoch ", epoch, ", both counted from 0");
  }

  /// The losses of `rows` samples as prediction has them, with the penalties of weights and layers' results.
  [[ETCH_OF_TARGET]] Losses test_step(int rows, const Weights& weights) {
    Losses loss;
    loss.total = weight_penalty<Code>(own().weights.data());
    Number sums[outputs]{};
    for (int first = 0; first < rows; first += Code::rows_at_once) {
      const void* inputs[Dataset::max_inputs];
      infer(input().data(), {first, rows}, inputs);
      if constexpr (Code::penalty_output >= 0)
        loss.total +=
            *this->template pointer_to<Code::inference,
                                       Code::inference.graph.outputs.item[Code::penalty_output]>(inputs) /
            static_cast<float>(rows);
      add_losses({first, rows}, weights, inputs, sums);
    }
    for_each_output<outputs>([&](auto k) {
      loss.output[k] = static_cast<float>(sums[k]) / static_cast<float>(rows);
      loss.total = kernels::plain(
          kernels::multiply_add<Number>(loss_parameters_[k].weight, loss.output[k], loss.total));
    });
    return loss;
  }

  /// A user's own training step: `forward`, `loss`, `backward`, `apply_gradients`, in this order. Each needs
  /// what the one before left in the arena, so another order is an error. Needs `Fuse` off for `gradients()`.
  [[ETCH_OF_TARGET]] std::span<const float> forward(int rows) {
    static_assert(!Code::in_parts,
                  "forward, loss and apply_gradients take a whole batch, and this training, by fit_in, runs "
                  "in parts: give it more bytes, or a smaller batch");
    ensure_ready();
    const Context c = context(rows, {});
    run_steps_by<Code::program, 0, Code::loss_step>(team_, c.call, c.regions());
    own().use.done = StorageUse::forward;
    return {this->template pointer_to<Code::program, Code::differentiated.predictions[0]>(c.inputs),
            as_size(rows) * as_size(output_elements)};
  }
  [[ETCH_OF_TARGET]] float loss(int rows) {
    go_on(StorageUse::forward, StorageUse::loss, "loss needs the results of forward: call forward first");
    const Context c = context(rows, {});
    run_steps_by<Code::program, Code::loss_step, Code::backward_step>(team_, c.call, c.regions());
    return this->template mean<Code::loss_value>(rows);
  }
  [[ETCH_OF_TARGET]] void backward(int rows) requires(!Fuse) {
    go_on(StorageUse::loss, StorageUse::backward,
          "backward needs the gradient that loss makes: call forward, then loss, before it");
    const Context c = context(rows, {});
    run_steps_by<Code::program, Code::backward_step, Code::update_step>(team_, c.call, c.regions());
  }
  std::span<float> gradients() requires(!Fuse) {
    return {reinterpret_cast<float*>(own().gradients.data()), Code::memory.gradients / 4};
  }
  [[ETCH_OF_TARGET]] void apply_gradients() requires(!Fuse) {
    go_on(StorageUse::backward, StorageUse::nothing,
          "apply_gradients needs the gradients of backward: call forward, loss and backward before it");
    const Context c = context(1, {});
    run_steps_by<Code::program, Code::update_step, Code::steps>(team_, c.call, c.regions());
    own().use.end_step();
  }

  std::span<std::byte> weights() { return {own().weights.data(), as_size(Code::memory.weights)}; }
  std::span<const std::byte> weights() const { return {own().weights.data(), as_size(Code::memory.weights)}; }
  std::span<std::byte> optimizer_state() { return {own().optimizer.data(), as_size(Code::memory.optimizer)}; }
  /// The weights and the optimizer's state are as they were after `step` steps of a training with `seed`.
  void resume(std::uint32_t seed, std::uint32_t step) {
    if (ticket_ == 0) ticket_ = storage_->use.next_ticket();
    own().use.ready(seed, step);
  }
  Optimizer& optimizer() { return optimizer_; }
  /// As given to `compile`, and as the last epoch or evaluation left them: a confusion matrix is read here.
  Metrics& metrics() { return metrics_; }
  const LossParameters* loss_parameters() const { return loss_parameters_; }

  /// The rate of the next step. An optimizer with a schedule sets it itself, as in Keras.
  float learning_rate() const { return learning_rate_at(optimizer_, step()); }
  void learning_rate(float rate) { set_learning_rate(optimizer_, rate); }

  /// The moving average of the weights becomes the weights, where the optimizer keeps one: Keras's end of
  /// `fit`.
  void finish_average() {
    if constexpr (Code::options.average)
      if (step() > 0) copy_averages<Code>(own().optimizer.data(), own().weights.data());
  }

  /// Kernels of a training step: steps of the program, and where it runs in parts, of each part.
  static constexpr int slices(int rows) {
    if constexpr (Code::in_parts)
      return (parts_of(rows, Code::rows_at_once) - 1) * Code::update_step + Code::steps;
    else
      return Code::steps;
  }
  /// One kernel of `train_step`, the one that stands at `at` in the order of all: together they are one
  /// optimizer step (`TrainingSlices`). \return false where the loss is not finite; then no weight is
  /// changed.
  [[ETCH_OF_TARGET]] bool train_slice(int at, int rows, const Weights& weights, Losses& loss) {
    forget_parts();
    if (at == 0) own().use.begin_slices();
    if constexpr (Code::in_parts) {
      if (at == 0) begin_part_sums<Code>(own().gradients.data());
      const int last = parts_of(rows, Code::rows_at_once) - 1;
      const int ran = at / Code::update_step < last ? at / Code::update_step : last;
      const kernels::BatchPart part{ran * Code::rows_at_once, rows};
      return run_slice(at - ran * Code::update_step, rows, context_of(part, weights), weights, loss);
    } else {
      return run_slice(at, rows, context(rows, weights), weights, loss);
    }
  }
  /// Grows with everything that takes the arena: slices, training steps, predictions and evaluations.
  std::uint32_t arena_uses() const { return own().use.arena_uses; }
  /// What is wrong with `rows` samples that stand in `input()` and `labels()`, as a sentence, or null.
  const char* fault_of_batch(int rows, std::span<const float> sample_weight = {}) const {
    Storage& all = own();
    return fault_of_loaded<Code>(rows, reinterpret_cast<const float*>(all.input.data()), all.labels.data(),
                                 sample_weight, loss_parameters_);
  }

  const Team& team() const { return team_; }

  void reset_metrics() {
    for_each_metric([](auto& metric) { metric.reset(); });
  }
  void metric_results(float (&to)[max_metrics]) {
    int m = 0;
    for_each_metric([&](auto& metric) { to[m++] = metric.result(); });
  }

 protected:
  using Passes::add_losses, Passes::context, Passes::context_of, Passes::find_losses, Passes::forget_parts,
      Passes::for_each_metric, Passes::go_on, Passes::infer, Passes::own, Passes::ready, Passes::run_slice;
  using Passes::loss_parameters_, Passes::metrics_, Passes::optimizer_, Passes::seed_, Passes::storage_,
      Passes::team_, Passes::ticket_;
  using typename Passes::Context, typename Passes::Number;
};

}  // namespace etch::detail
