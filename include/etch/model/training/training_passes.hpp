// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/program/team_steps.hpp>
#include <etch/model/training/batch_loader.hpp>
#include <etch/model/training/running_loss.hpp>
#include <etch/model/training/training_code.hpp>

namespace etch::detail {

/// The passes that training steps and evaluation are made of, over a batch at once or over one of its parts:
/// where their memory lies, and what becomes of losses and metrics.
/// \tparam Outputs those of `Code`
template <const auto& Declared, class Code, int Outputs, class Optimizer, class Metrics, class Team>
class TrainingPasses {
 public:
  static constexpr int outputs = Outputs;
  using Storage = TrainingStorage<Code, Code::batch_size>;
  using Weights = BatchWeights<outputs, Code::batch_size>;
  using Losses = BatchLoss<outputs>;

  /// Where a batch's samples and labels are written: inputs one after another, each with room for a whole
  /// batch; classes or targets of output `k`.
  std::span<float> input() { return {reinterpret_cast<float*>(own().input.data()), Code::memory.input / 4}; }
  void* labels(int k = 0) { return own().labels.data() + Code::output[as_size(k)].label_offset; }
  std::uint32_t step() const { return ready() ? storage_->use.step : 0; }
  std::uint32_t seed() const { return ready() ? storage_->use.seed : seed_; }
  /// Whether weights, moving averages and the optimizer's state are those after a whole training step. Not so
  /// between two slices of one (`TrainingSlices`) of which some have moved, nor where it ended there, until a
  /// training step is over or weights are drawn or loaded: such a state is not committed and not saved.
  bool between_steps() const { return !ready() || own().use.between_steps(); }
  void ensure_between_steps() const {
    if (!between_steps())
      fail(
          "a training step in slices is not over, so that some weights have moved and some have not: finish "
          "one before they are kept");
  }

 protected:
  using Number = ElementOf<Code::program>;

  constexpr TrainingPasses(Storage& storage, Optimizer optimizer, Metrics metrics, std::uint32_t seed,
                           std::uint32_t ticket, Team team)
      : storage_(&storage),
        optimizer_(optimizer),
        metrics_(metrics),
        seed_(seed),
        ticket_(ticket),
        team_(team) {}

  /// The arena is used for something else: a training step in parts begins anew.
  void forget_parts() { own().use.done = StorageUse::nothing; }
  /// Predicts samples of a batch that stands at `x` as in `input()`, as many as run at once; `inputs` gets a
  /// pointer to each input of the first of them.
  [[ETCH_OF_TARGET]] void infer(const float* x, kernels::BatchPart part, const void** inputs) {
    forget_parts();
    const Regions regions = prediction_regions(x, Code::batch_size, inputs);
    if constexpr (Code::in_parts) move_inputs(part.first, inputs);
    run_steps_by<Code::inference, 0, Code::inference.graph.steps.count>(team_, {.rows = rows_of(part)},
                                                                        regions);
  }
  /// Rows of a part of a batch, or of a batch that runs at once.
  static constexpr int rows_of(const kernels::BatchPart& part) {
    if constexpr (Code::in_parts)
      return part.batch - part.first < Code::rows_at_once ? part.batch - part.first : Code::rows_at_once;
    else
      return part.batch;
  }
  Regions prediction_regions(const float* x, int batch, const void** inputs) {
    return prediction_regions(own(), x, batch, inputs);
  }
  static Regions prediction_regions(Storage& all, const float* x, int batch, const void** inputs) {
    ++all.use.arena_uses;
    for (std::size_t k = 0; k < Code::inputs.size(); ++k) {
      inputs[k] = x;
      x += Code::inputs[k] * batch;
    }
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
    else if constexpr (P.graph.values.item[V].role == Role::gradient)
      return reinterpret_cast<const float*>(own().gradients.data() + offset);
    else
      return reinterpret_cast<const float*>(own().arena.data() + offset);
  }

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
    Storage& all = own();  // asked once: it looks whether it is still this model's
    const std::uint32_t now = step();
    Context c{{rows, seed(), now, optimizer_.at(now), loss_parameters_}, {}, {}, {}};
    c.memory =
        prediction_regions(all, reinterpret_cast<const float*>(all.input.data()), Code::batch_size, c.inputs);
    c.memory.optimizer = all.optimizer.data();
    c.memory.gradients = all.gradients.data();
    for (int k = 0; k < outputs; ++k) {
      c.labels[k] = all.labels.data() + Code::output[as_size(k)].label_offset;
      c.labels[outputs + k] = weights.of[k];
    }
    return c;
  }
  /// The same for a part of a batch, which has to outlive it.
  Context context_of(const kernels::BatchPart& part, const Weights& weights) {
    Context c = context(rows_of(part), weights);
    c.call.part = &part;
    move_inputs(part.first, c.inputs);
    for (int k = 0; k < outputs; ++k) {
      c.labels[k] = static_cast<const std::byte*>(c.labels[k]) +
                    4 * part.first * Code::output[as_size(k)].label_elements();
      if (weights.of[k]) c.labels[outputs + k] = weights.of[k] + part.first;
    }
    return c;
  }
  static void move_inputs(int first, const void** inputs) {
    for (std::size_t k = 0; k < Code::inputs.size(); ++k)
      inputs[k] = static_cast<const float*>(inputs[k]) + first * Code::inputs[k];
  }

  /// The forward pass and the losses of a batch of `rows`, or of one of its parts, with those before it.
  /// \return false where they are not finite.
  [[gnu::always_inline]] bool find_losses(const Context& c, int rows, const Weights& weights, Losses& loss) {
    run_steps_by<Code::program, 0, Code::loss_step>(team_, c.call, c.regions());
    see_predictions(c, weights);
    constexpr int losses_end = Code::loss_step + outputs;  // penalties may take the memory of single losses
    run_steps_by<Code::program, Code::loss_step, losses_end>(team_, c.call, c.regions());
    read_losses(rows, loss);
    run_steps_by<Code::program, losses_end, Code::backward_step>(team_, c.call, c.regions());
    return read_total(rows, loss);
  }
  /// Shows metrics the predictions: before the losses, which may take what these read.
  void see_predictions(const Context& c, const Weights& weights) {
    for_each_output<outputs>([&](auto k) {
      const float* mask = nullptr;
      if constexpr (masked<k>)
        mask = pointer_to<Code::program, Code::declared.output_masks.item[k]>(c.inputs);
      update_metrics<k>(seen_by(c), pointer_to<Code::program, Code::differentiated.predictions[k]>(c.inputs),
                        mask, weights.of[k]);
    });
  }
  void read_losses(int rows, Losses& loss) {
    for_each_output<outputs>(
        [&](auto k) { loss.output[k] = mean<Code::differentiated.loss_values[k]>(rows); });
  }
  /// \return false where it is not finite
  bool read_total(int rows, Losses& loss) {
    loss.total = mean<Code::loss_value>(rows);
    return loss.total - loss.total == 0;
  }
  /// The rows of a call, and what lies before them.
  static constexpr kernels::BatchPart seen_by(const Context& c) {
    if constexpr (Code::in_parts)
      return *c.call.part;
    else
      return {0, c.call.rows};
  }

  /// What `train_slice` does with step `at` of the program.
  [[gnu::always_inline]] bool run_slice(int at, int rows, const Context& c, const Weights& weights,
                                        Losses& loss) {
    if (!pass_step(at, rows, weights, c, loss)) return refuse_step();
    constexpr int moves = first_moving_step(Code::graph, Code::backward_step, Code::update_step);
    if (at >= moves) own().use.move_some();
    run_one_step<Code::program>(at, c.call, c.regions());
    if (at + 1 < Code::steps) return true;
    if (!pass_step(Code::steps, rows, weights, c, loss)) return refuse_step();
    own().use.end_step();
    return true;
  }
  bool refuse_step() {
    own().use.refuse_step();
    return false;
  }
  /// What `train_step` does between its passes, where `at` begins one.
  bool pass_step(int at, int rows, const Weights& weights, const Context& c, Losses& loss) {
    if (at == Code::loss_step) see_predictions(c, weights);
    if (at == Code::loss_step + outputs) read_losses(rows, loss);
    return at != Code::backward_step || read_total(rows, loss);
  }
  /// Adds the losses of predicted samples to the sums of those before them.
  void add_losses(kernels::BatchPart part, const Weights& weights, const void* const* inputs, Number* sums) {
    for_each_output<outputs>([&](auto k) {
      static constexpr const TrainedOutput& o = Code::output[k];
      static constexpr LossSpec spec = Code::options.losses[k];
      static constexpr kernels::Loss kernel{spec.kind, o.positions, o.elements, spec.logits, 0, 0, spec.user};
      const float* const p = pointer_to<Code::inference, Code::inference.graph.outputs.item[k]>(inputs);
      const float* mask = nullptr;
      if constexpr (masked<k>)
        mask = pointer_to<Code::inference, Code::inference.graph.outputs.item[o.mask]>(inputs);
      update_metrics<k>(part, p, mask, weights.of[k]);
      const auto typed = [](const void* numbers) { return static_cast<const Number*>(numbers); };
      const void* const targets =
          static_cast<const std::byte*>(labels(k)) + 4 * part.first * o.label_elements();
      kernels::loss<Number>(kernel, loss_parameters_[k], rows_of(part), typed(p), typed(targets),
                            static_cast<const std::int32_t*>(targets),
                            weights.of[k] ? typed(weights.of[k] + part.first) : nullptr, typed(mask), nullptr,
                            sums + k, Code::in_parts ? part : kernels::BatchPart{});
    });
  }
  template <int V>
  float mean(int rows) {
    return *pointer_to<Code::program, V>(nullptr) / static_cast<float>(rows);
  }

  template <int K>
  void update_metrics(kernels::BatchPart part, const float* predictions, const float* mask,
                      const float* weights) {
    static constexpr const TrainedOutput& o = Code::output[K];
    const int rows = rows_of(part), before = part.first * o.label_elements();
    const MetricBatch seen{rows * o.positions,
                           o.elements,
                           predictions,
                           o.classes ? nullptr : static_cast<const float*>(labels(K)) + before,
                           o.classes ? static_cast<const std::int32_t*>(labels(K)) + before : nullptr,
                           mask};
    if (weights) weights += part.first;
    for_each_metric_of<Declared, K>(metrics_, [&](auto& metric) {
      if constexpr (requires { metric.is_weighted; }) {
        // Names the metric's type, or clang++ would check it for every metric.
        static_assert(o.positions == 1 || sizeof(metric) == 0,
                      "Weighted: a metric counts samples, and this output has several rows");
        MetricBatch weighed = seen;
        float both[Code::batch_size];
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
