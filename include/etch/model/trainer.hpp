// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/batch_loader.hpp>
#include <etch/model/fit.hpp>
#include <etch/model/initialize.hpp>
#include <etch/model/training_code.hpp>

namespace etch {

/// A compiled model that trains: a small handle over static storage. Nothing here allocates.
template <const auto& Declared, class Optimizer, class Loss, class Metrics, int BatchSize, bool Fuse = true>
class Trainer {
 public:
  using Code = detail::TrainingCode<Declared, training_options<Optimizer, Loss, Fuse>, BatchSize>;
  using Storage = TrainingStorage<Code, BatchSize>;
  static constexpr int batch_size = BatchSize;
  static constexpr const auto& declaration = Declared;
  static constexpr int output_elements = Code::output_elements;

  constexpr Trainer(Storage& storage, Optimizer optimizer, Metrics metrics = {}, std::uint32_t seed = 0)
      : storage_(&storage), optimizer_(optimizer), metrics_(metrics), seed_(seed) {}

  /// Draws new weights from `seed` and forgets the optimizer's state.
  void initialize(std::uint32_t seed) {
    seed_ = seed;
    step_ = 0;
    initialize_weights<Code::program>(seed, storage_->weights.data());
    zero(storage_->optimizer.data(), Code::memory.optimizer);
    ready_ = true;
  }

  /// One optimizer step on `rows` samples that stand in `input()` and `labels()`. Returns the mean loss.
  float train_on_batch(int rows) {
    ensure_ready();
    const auto [call, regions] = context(rows);
    run_steps<Code::program, 0, Code::backward_step>(call, regions.view());
    update_metrics(rows, prediction_pointer(Code::program, Code::differentiated.predictions[0]));
    const float loss = loss_value() / static_cast<float>(rows);
    if (!(loss == loss))  // before the weights are touched
      fail("the loss is not a number: look for NaN in the data, lower the learning rate or scale the inputs");
    run_steps<Code::program, Code::backward_step, Code::steps>(call, regions.view());
    ++step_;
    return loss;
  }

  /// A user's own training step: forward and loss, then backward, then apply. Needs `Fuse` off for
  /// `gradients()`.
  std::span<const float> forward(int rows) {
    ensure_ready();
    const auto [call, regions] = context(rows);
    run_steps<Code::program, 0, Code::loss_step>(call, regions.view());
    return {prediction_pointer(Code::program, Code::differentiated.predictions[0]),
            rows_of(rows, output_elements)};
  }
  float loss(int rows) {
    const auto [call, regions] = context(rows);
    run_steps<Code::program, Code::loss_step, Code::backward_step>(call, regions.view());
    return loss_value() / static_cast<float>(rows);
  }
  void backward(int rows) requires(!Fuse) {
    const auto [call, regions] = context(rows);
    run_steps<Code::program, Code::backward_step, Code::update_step>(call, regions.view());
  }
  std::span<float> gradients() requires(!Fuse) {
    return {reinterpret_cast<float*>(storage_->gradients.data()), Code::memory.gradients / 4};
  }
  void apply_gradients() requires(!Fuse) {
    const auto [call, regions] = context(1);
    run_steps<Code::program, Code::update_step, Code::steps>(call, regions.view());
    ++step_;
  }

  /// Where a batch's samples and labels are written for the calls above.
  std::span<float> input() {
    return {reinterpret_cast<float*>(storage_->input.data()), Code::memory.input / 4};
  }
  void* labels() { return storage_->labels.data(); }

  History fit(const Dataset& data, const FitOptions& options = {}) {
    return detail::Fit<Trainer>(*this).run(data, options);
  }

  Evaluation evaluate(const Dataset& data) {
    return evaluate_range(data, 0, detail::check_dataset<Code>(data));
  }

  /// Predicts samples that stand one after another; `out` gets `output_elements` a sample.
  void predict(std::span<const float> x, std::span<float> out) {
    static_assert(Code::declared.inputs.count == 1,
                  "a model of several inputs predicts many samples of a Dataset");
    const auto elements = static_cast<std::size_t>(Code::input_elements);
    if (x.size() % elements != 0 || x.empty()) fail("predict needs whole samples of the model's input shape");
    const std::size_t count = x.size() / elements;
    if (out.size() < count * output_elements) fail("predict needs room for every sample's output");
    ensure_ready();
    for (std::size_t first = 0; first < count; first += BatchSize) {
      const int rows = static_cast<int>(count - first < BatchSize ? count - first : BatchSize);
      const float* result = infer_rows(x.data() + first * elements, rows);
      for (std::size_t i = 0; i < rows_of(rows, output_elements); ++i)
        out[first * output_elements + i] = result[i];
    }
  }
  /// The same for samples as `fit` takes them: bytes too, and several inputs. Labels are not read.
  void predict(const Dataset& data, std::span<float> out) {
    const std::size_t count = detail::check_samples<Code>(data);
    if (out.size() < count * output_elements) fail("predict needs room for every sample's output");
    ensure_ready();
    std::size_t index[BatchSize];
    for (std::size_t first = 0; first < count; first += BatchSize) {
      const int rows = static_cast<int>(count - first < BatchSize ? count - first : BatchSize);
      for (int r = 0; r < rows; ++r) index[r] = first + static_cast<std::size_t>(r);
      detail::load_inputs<Code>(data, index, rows, input().data());
      const float* result = infer_rows(input().data(), rows);
      for (std::size_t i = 0; i < rows_of(rows, output_elements); ++i)
        out[first * output_elements + i] = result[i];
    }
  }
  /// Predicts one sample, its inputs one after another; the result stands until the next call.
  std::span<const float> predict(std::span<const float> x) {
    if (x.size() != static_cast<std::size_t>(Code::input_elements))
      fail("predict needs one sample of the model's input shape");
    ensure_ready();
    const void* inputs[Dataset::max_inputs] = {x.data()};
    for (int k = 1; k < Code::declared.inputs.count; ++k)
      inputs[k] = static_cast<const float*>(inputs[k - 1]) + Code::declared.input_shapes[k - 1].size();
    Regions regions{
        storage_->weights.data(), nullptr, nullptr, storage_->arena.data(), inputs, nullptr, nullptr};
    run_steps<Code::single, 0, Code::single.graph.steps.count>({.rows = 1}, regions);
    return {prediction_pointer(Code::single, Code::single.graph.outputs[0]), output_elements};
  }

  /// Draws initial weights if there are none yet.
  void ensure_ready() {
    if (!ready_) initialize(seed_);
  }

  std::span<std::byte> weights() {
    return {storage_->weights.data(), static_cast<std::size_t>(Code::memory.weights)};
  }
  std::span<const std::byte> weights() const {
    return {storage_->weights.data(), static_cast<std::size_t>(Code::memory.weights)};
  }
  std::span<std::byte> optimizer_state() {
    return {storage_->optimizer.data(), static_cast<std::size_t>(Code::memory.optimizer)};
  }
  std::uint32_t step() const { return step_; }
  std::uint32_t seed() const { return seed_; }
  void resume(std::uint32_t seed, std::uint32_t step) { seed_ = seed, step_ = step, ready_ = true; }
  Optimizer& optimizer() { return optimizer_; }

#if defined(ETCH_HOST)
  void summary() const { print_model_summary<Declared>(Code::memory); }
  void save(const char* path, bool with_optimizer = false) { save_model(*this, path, with_optimizer); }
  void load(const char* path) { load_model(*this, path); }
#endif

 private:
  friend class detail::Fit<Trainer>;
  static constexpr int metric_count = decltype(hana::length(Metrics{}))::value;
  static_assert(metric_count <= max_metrics, "a model takes at most 6 metrics");

  static_assert(Code::outputs == 1, "training needs a model with one output: train each head by itself");

  struct Context {
    const void* inputs[Dataset::max_inputs];
    const void* labels[2 * Code::outputs];
    Regions regions;
    Regions view() const {
      Regions r = regions;
      r.inputs = inputs;
      r.labels = labels;
      return r;
    }
  };
  struct Prepared {
    kernels::Call call;
    Context regions;
  };

  Prepared context(int rows) {
    Prepared p{{rows, seed_, step_, optimizer_.at(step_)}, {}};
    p.regions.regions = {storage_->weights.data(),
                         storage_->optimizer.data(),
                         storage_->gradients.data(),
                         storage_->arena.data(),
                         nullptr,
                         nullptr,
                         nullptr};
    p.regions.labels[0] = storage_->labels.data();
    const float* at = input().data();
    for (int k = 0; k < Code::declared.inputs.count; ++k) {
      p.regions.inputs[k] = at;
      at += Code::declared.input_shapes[k].size() * BatchSize;
    }
    return p;
  }

  template <class P>
  const float* prediction_pointer(const P& program, int value) {
    const Value& v = program.graph.values[value];
    if (v.role == Role::input) return input().data();
    return reinterpret_cast<const float*>(storage_->arena.data() + program.plan.offset[value]);
  }
  float loss_value() {
    return *reinterpret_cast<const float*>(storage_->arena.data() +
                                           Code::program.plan.offset[Code::loss_value]);
  }
  static std::size_t rows_of(int rows, int elements) {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(elements);
  }
  static void zero(std::byte* to, int bytes) {
    for (int i = 0; i < bytes; ++i) to[i] = std::byte{0};
  }

  const float* infer_rows(const float* x, int rows) {
    const void* inputs[Dataset::max_inputs] = {x};
    for (int k = 1; k < Code::declared.inputs.count; ++k)
      inputs[k] =
          static_cast<const float*>(inputs[k - 1]) + Code::declared.input_shapes[k - 1].size() * BatchSize;
    Regions regions{
        storage_->weights.data(), nullptr, nullptr, storage_->arena.data(), inputs, nullptr, nullptr};
    run_steps<Code::inference, 0, Code::inference.graph.steps.count>({.rows = rows}, regions);
    return prediction_pointer(Code::inference, Code::inference.graph.outputs[0]);
  }

  void update_metrics(int rows, const float* predictions) {
    const MetricBatch seen{rows,
                           output_elements,
                           predictions,
                           Code::sparse ? nullptr : static_cast<const float*>(labels()),
                           Code::sparse ? static_cast<const std::int32_t*>(labels()) : nullptr,
                           nullptr};
    hana::for_each(metrics_, [&](auto& metric) { metric.update(seen); });
  }
  void metric_results(float (&to)[max_metrics]) {
    int m = 0;
    hana::for_each(metrics_, [&](auto& metric) { to[m++] = metric.result(); });
  }
  Metrics& metrics() { return metrics_; }
  void reset_metrics() {
    hana::for_each(metrics_, [](auto& metric) { metric.reset(); });
  }

  void load_rows(const Dataset& data, const std::size_t* index, int rows) {
    detail::load_inputs<Code>(data, index, rows, input().data());
    detail::load_labels<Code>(data, index, rows, labels());
  }

  Evaluation evaluate_range(const Dataset& data, std::size_t first, std::size_t end) {
    ensure_ready();
    reset_metrics();
    Evaluation result;
    double sum = 0;
    std::size_t index[BatchSize];
    static constexpr kernels::Loss loss{Loss::kind, 1, output_elements, Loss::from_logits, 0, 0, Loss::user};
    for (std::size_t at = first; at < end; at += BatchSize) {
      const int rows = static_cast<int>(end - at < BatchSize ? end - at : BatchSize);
      for (int r = 0; r < rows; ++r) index[r] = at + static_cast<std::size_t>(r);
      load_rows(data, index, rows);
      const float* predictions = infer_rows(input().data(), rows);
      float total = 0;
      kernels::loss<float>(loss, {}, rows, predictions, static_cast<const float*>(labels()),
                           static_cast<const std::int32_t*>(labels()), nullptr, nullptr, nullptr, &total);
      update_metrics(rows, predictions);
      sum += static_cast<double>(total);
    }
    result.loss = static_cast<float>(sum / static_cast<double>(end - first));
    metric_results(result.metric);
    return result;
  }

  Storage* storage_;
  Optimizer optimizer_;
  Metrics metrics_;
  std::uint32_t seed_ = 0, step_ = 0;
  bool ready_ = false;
};

/// Compiles a declared model for training. Each call in the program has storage of its own.
template <const auto& Declared, auto Unique = [] {}, class Optimizer, class Loss,
          class Metrics = hana::tuple<>, int N = 32>
auto compile(Optimizer optimizer, Loss, Metrics metrics = {}, Batch<N> = {}, std::uint32_t seed = 0) {
  using Model = Trainer<Declared, Optimizer, Loss, Metrics, N>;
  struct Own {
    static typename Model::Storage& storage() {
      static typename Model::Storage zeros;
      return zeros;
    }
  };
  return Model(Own::storage(), optimizer, metrics, seed);
}

}  // namespace etch
