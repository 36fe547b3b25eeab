// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/team_steps.hpp>
#include <etch/model/training/batch_loader.hpp>
#include <etch/model/training/initialize.hpp>
#include <etch/model/training/result_names.hpp>
#include <etch/model/training/running_loss.hpp>
#include <etch/model/training/training_code.hpp>
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

/// The single steps of a model that trains, on storage that lies elsewhere: what `fit` and a user's own loop
/// are made of.
/// \tparam Team who runs the steps: `Alone`, or threads (`etch/model/program/team_steps.hpp`).
template <const auto& Declared, class Optimizer, class Loss, class Metrics, int BatchSize, bool Fuse,
          class Team = Alone>
class TrainingSteps {
 public:
  using Code =
      TrainingCode<Declared, training_options<Optimizer, OrderedLosses<Declared, Loss>, Fuse>, BatchSize>;
  using Storage = TrainingStorage<Code, BatchSize>;
  using Weights = BatchWeights<Code::outputs, BatchSize>;
  using Losses = BatchLoss<Code::outputs>;
  static constexpr int batch_size = BatchSize;
  static constexpr const auto& declaration = Declared;
  static constexpr int outputs = Code::outputs;
  static constexpr int output_elements = Code::output[0].size();
  static constexpr const char* optimizer_name = Optimizer::name;
  static constexpr bool sets_learning_rate = !scheduled<Optimizer>;  ///< a schedule sets it itself
  static constexpr std::span<const ResultName> result_names = ResultNames<Declared, Metrics>::all;

  static_assert(Code::declared.inputs.count <= Dataset::max_inputs,
                "a model that trains has at most 4 inputs");

  /// \param ticket of `StorageUse::next_ticket`, or 0: the model takes one when it first draws weights.
  constexpr TrainingSteps(Storage& storage, Optimizer optimizer, Metrics metrics, std::uint32_t seed,
                          const Loss& losses, std::uint32_t ticket = 0, Team team = {})
      : storage_(&storage),
        optimizer_(optimizer),
        metrics_(metrics),
        seed_(seed),
        ticket_(ticket),
        team_(team) {
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

  /// Where a batch's samples and labels are written: inputs one after another, each with room for a whole
  /// batch; classes or targets of output `k`.
  std::span<float> input() { return {reinterpret_cast<float*>(own().input.data()), Code::memory.input / 4}; }
  /// Lets stateful layers begin anew, in every row of the batch.
  void reset_states() {
    std::byte* const states = own().states.data();
    for (int i = 0; i < Code::memory.states; ++i) states[i] = std::byte{0};
  }

  void* labels(int k = 0) { return own().labels.data() + Code::output[as_size(k)].label_offset; }

  /// One optimizer step on `rows` samples that stand in `input()` and `labels()`. \return false where the
  /// loss is not finite; then no weight is changed.
  [[ETCH_OF_TARGET]] bool train_step(int rows, const Weights& weights, Losses& loss) {
    forget_parts();
    const Context c = context(rows, weights);
    run_steps_by<Code::program, 0, Code::loss_step>(team_, c.call, c.regions());
    for_each_output<outputs>([&](auto k) {  // before the losses, which may take what they read
      const float* mask = nullptr;
      if constexpr (masked<k>)
        mask = pointer_to<Code::program, Code::declared.output_masks.item[k]>(c.inputs);
      update_metrics<k>(rows, pointer_to<Code::program, Code::differentiated.predictions[k]>(c.inputs), mask,
                        weights.of[k]);
    });
    constexpr int losses_end = Code::loss_step + outputs;  // penalties may take the memory of single losses
    run_steps_by<Code::program, Code::loss_step, losses_end>(team_, c.call, c.regions());
    for_each_output<outputs>(
        [&](auto k) { loss.output[k] = mean<Code::differentiated.loss_values[k]>(rows); });
    run_steps_by<Code::program, losses_end, Code::backward_step>(team_, c.call, c.regions());
    loss.total = mean<Code::loss_value>(rows);
    if (loss.total - loss.total != 0) return false;
    run_steps_by<Code::program, Code::backward_step, Code::steps>(team_, c.call, c.regions());
    ++own().use.step;
    return true;
  }
  /// \param epoch, batch from 0, as callbacks count them; below 0 where there are none.
  [[noreturn]] static void fail_not_finite(int epoch = -1, int batch = -1) {
    if (epoch < 0) fail(loss_not_finite);
    fail_with(loss_not_finite, "; this is batch ", batch, " of epoch ", epoch, ", both counted from 0");
  }

  /// The losses of `rows` samples as prediction has them, with the penalties of weights and layers' results.
  [[ETCH_OF_TARGET]] Losses test_step(int rows, const Weights& weights) {
    const void* inputs[Dataset::max_inputs];
    infer(input().data(), rows, inputs);
    Losses loss;
    loss.total = weight_penalty<Code>(own().weights.data());
    if constexpr (Code::penalty_output >= 0)
      loss.total +=
          *pointer_to<Code::inference, Code::inference.graph.outputs.item[Code::penalty_output]>(inputs) /
          static_cast<float>(rows);
    for_each_output<outputs>([&](auto k) {
      static constexpr const TrainedOutput& o = Code::output[k];
      static constexpr LossSpec spec = Code::options.losses[k];
      static constexpr kernels::Loss kernel{spec.kind, o.positions, o.elements, spec.logits, 0, 0, spec.user};
      const float* const p = pointer_to<Code::inference, Code::inference.graph.outputs.item[k]>(inputs);
      const float* mask = nullptr;
      if constexpr (masked<k>)
        mask = pointer_to<Code::inference, Code::inference.graph.outputs.item[o.mask]>(inputs);
      update_metrics<k>(rows, p, mask, weights.of[k]);
      using T = ElementOf<Code::program>;
      const auto typed = [](const void* numbers) { return static_cast<const T*>(numbers); };
      T total = 0;
      kernels::loss<T>(kernel, loss_parameters_[k], rows, typed(p), typed(labels(k)),
                       static_cast<const std::int32_t*>(labels(k)), typed(weights.of[k]), typed(mask),
                       nullptr, &total);
      loss.output[k] = static_cast<float>(total) / static_cast<float>(rows);
      loss.total =
          kernels::plain(kernels::multiply_add<T>(loss_parameters_[k].weight, loss.output[k], loss.total));
    });
    return loss;
  }

  /// A user's own training step: `forward`, `loss`, `backward`, `apply_gradients`, in this order. Each needs
  /// what the one before left in the arena, so another order is an error. Needs `Fuse` off for `gradients()`.
  [[ETCH_OF_TARGET]] std::span<const float> forward(int rows) {
    ensure_ready();
    const Context c = context(rows, {});
    run_steps_by<Code::program, 0, Code::loss_step>(team_, c.call, c.regions());
    own().use.done = StorageUse::forward;
    return {pointer_to<Code::program, Code::differentiated.predictions[0]>(c.inputs),
            as_size(rows) * as_size(output_elements)};
  }
  [[ETCH_OF_TARGET]] float loss(int rows) {
    go_on(StorageUse::forward, StorageUse::loss, "loss needs the results of forward: call forward first");
    const Context c = context(rows, {});
    run_steps_by<Code::program, Code::loss_step, Code::backward_step>(team_, c.call, c.regions());
    return mean<Code::loss_value>(rows);
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
    ++own().use.step;
  }

  std::span<std::byte> weights() { return {own().weights.data(), as_size(Code::memory.weights)}; }
  std::span<const std::byte> weights() const { return {own().weights.data(), as_size(Code::memory.weights)}; }
  std::span<std::byte> optimizer_state() { return {own().optimizer.data(), as_size(Code::memory.optimizer)}; }
  std::uint32_t step() const { return ready() ? storage_->use.step : 0; }
  std::uint32_t seed() const { return ready() ? storage_->use.seed : seed_; }
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

  /// One kernel of `train_step`, that of step `at` of the program: all of them in order are one optimizer
  /// step
  /// (`TrainingSlices`). \return false where the loss is not finite; then no weight is changed.
  [[ETCH_OF_TARGET]] bool train_slice(int at, int rows, const Weights& weights, Losses& loss) {
    forget_parts();
    const Context c = context(rows, weights);
    if (!pass_step(at, rows, weights, c, loss)) return false;
    run_one_step<Code::program>(at, c.call, c.regions());
    if (at + 1 < Code::steps) return true;
    if (!pass_step(Code::steps, rows, weights, c, loss)) return false;
    ++own().use.step;
    return true;
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
  /// The arena is used for something else: a training step in parts begins anew.
  void forget_parts() { own().use.done = StorageUse::nothing; }
  /// Predicts `rows` samples that stand at `x` as in `input()`; `inputs` gets a pointer to each input.
  [[ETCH_OF_TARGET]] void infer(const float* x, int rows, const void** inputs) {
    forget_parts();
    const Regions regions = prediction_regions(x, BatchSize, inputs);
    run_steps_by<Code::inference, 0, Code::inference.graph.steps.count>(team_, {.rows = rows}, regions);
  }
  Regions prediction_regions(const float* x, int batch, const void** inputs) {
    ++own().use.arena_uses;
    for (std::size_t k = 0; k < Code::inputs.size(); ++k) {
      inputs[k] = x;
      x += Code::inputs[k] * batch;
    }
    Storage& all = own();  // asked once: it looks whether it is still this model's
    Regions regions;
    regions.weights = all.weights.data();
    regions.arena = all.arena.data();
    regions.inputs = inputs;
    regions.states = all.states.data();
    return regions;
  }
  template <const auto& P, int V>
  const float* pointer_to(const void* const* inputs) {
    constexpr int offset = P.plan.offset[V];
    if constexpr (P.graph.values.item[V].role == Role::input)
      return static_cast<const float*>(inputs[offset]);
    else
      return reinterpret_cast<const float*>(own().arena.data() + offset);
  }

 private:
  /// The storage, while no later model was compiled on it.
  Storage& own() const {
    if (ticket_ != 0 && !storage_->use.is_of(ticket_))
      fail(
          "this model's weights are gone: the same call of compile ran again, and it has room for one model. "
          "Give each a tag of its own, compile<network, 1>(...), or make several with compile_ensemble");
    return *storage_;
  }
  /// Whether the arena holds what a part of a training step needs; then that part is done.
  void go_on(StorageUse::Part needed, StorageUse::Part part, const char* sentence) {
    if (own().use.done != needed) fail(sentence);
    own().use.done = part;
  }
  bool ready() const { return ticket_ != 0 && own().use.is_ready(); }

  /// Whether the mask of output K has one number for each of its positions: a loss reads no other.
  template <int K>
  static constexpr bool masked = [] {
    constexpr int mask = Code::declared.output_masks.item[K];
    if constexpr (mask < 0)
      return false;
    else
      return Code::declared.values.item[mask].elements == Code::output[K].positions;
  }();

  struct Context {
    kernels::Call call;
    Regions memory;
    const void* inputs[Dataset::max_inputs];
    const void* labels[2 * outputs];
    Regions regions() const {
      Regions r = memory;
      r.inputs = inputs;
      r.labels = labels;
      return r;
    }
  };
  Context context(int rows, const Weights& weights) {
    Context c{{rows, seed(), step(), optimizer_.at(step()), loss_parameters_}, {}, {}, {}};
    c.memory = prediction_regions(input().data(), BatchSize, c.inputs);
    Storage& all = own();
    c.memory.optimizer = all.optimizer.data();
    c.memory.gradients = all.gradients.data();
    for (int k = 0; k < outputs; ++k) {
      c.labels[k] = all.labels.data() + Code::output[as_size(k)].label_offset;
      c.labels[outputs + k] = weights.of[k];
    }
    return c;
  }
  /// What `train_step` does between its parts, where `at` begins one.
  bool pass_step(int at, int rows, const Weights& weights, const Context& c, Losses& loss) {
    if (at == Code::loss_step)
      for_each_output<outputs>([&](auto k) {
        const float* mask = nullptr;
        if constexpr (masked<k>)
          mask = pointer_to<Code::program, Code::declared.output_masks.item[k]>(c.inputs);
        update_metrics<k>(rows, pointer_to<Code::program, Code::differentiated.predictions[k]>(c.inputs),
                          mask, weights.of[k]);
      });
    if (at == Code::loss_step + outputs)
      for_each_output<outputs>(
          [&](auto k) { loss.output[k] = mean<Code::differentiated.loss_values[k]>(rows); });
    if (at != Code::backward_step) return true;
    loss.total = mean<Code::loss_value>(rows);
    return loss.total - loss.total == 0;
  }
  template <int V>
  float mean(int rows) {
    return *pointer_to<Code::program, V>(nullptr) / static_cast<float>(rows);
  }

  template <int K>
  void update_metrics(int rows, const float* predictions, const float* mask, const float* weights) {
    static constexpr const TrainedOutput& o = Code::output[K];
    const MetricBatch seen{rows * o.positions,
                           o.elements,
                           predictions,
                           o.classes ? nullptr : static_cast<const float*>(labels(K)),
                           o.classes ? static_cast<const std::int32_t*>(labels(K)) : nullptr,
                           mask};
    for_each_metric_of<Declared, K>(metrics_, [&](auto& metric) {
      if constexpr (requires { metric.is_weighted; }) {
        // Names the metric's type, or clang++ would check it for every metric.
        static_assert(o.positions == 1 || sizeof(metric) == 0,
                      "Weighted: a metric counts samples, and this output has several rows");
        MetricBatch weighed = seen;
        float both[BatchSize];
        for (int r = 0; masked<K> && weights && r < rows; ++r) both[r] = mask[r] * weights[r];
        if (weights) weighed.weights = masked<K> ? both : weights;
        metric.update(weighed);
      } else {
        metric.update(seen);
      }
    });
  }
  template <class F>
  void for_each_metric(F&& f) {
    for_each_output<outputs>([&](auto k) { for_each_metric_of<Declared, k>(metrics_, f); });
  }

  Storage* storage_;
  Optimizer optimizer_;
  Metrics metrics_;
  LossParameters loss_parameters_[outputs]{};
  std::uint32_t seed_ = 0, ticket_ = 0;
  [[no_unique_address]] Team team_;
};

}  // namespace etch::detail
