// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/fit.hpp>
#include <etch/model/training_steps.hpp>
#include <etch/train/augment.hpp>
#include <etch/train/callbacks.hpp>

namespace etch {

/// A compiled model that trains: a small handle over static storage. Nothing here allocates.
/// \tparam Loss one loss, a hana::tuple of losses in the order of the outputs, or of `output<"name">(loss)`.
/// \tparam Metrics a hana::tuple of metrics; for several outputs of metrics, tuples or `output<"name">(...)`,
/// one for each output.
template <const auto& Declared, class Optimizer, class Loss, class Metrics, int BatchSize, bool Fuse = true>
class Trainer : public detail::TrainingSteps<Declared, Optimizer, Loss, Metrics, BatchSize, Fuse> {
  using Steps = detail::TrainingSteps<Declared, Optimizer, Loss, Metrics, BatchSize, Fuse>;

 public:
  using Code = typename Steps::Code;
  using Storage = typename Steps::Storage;
  using Steps::outputs;

  constexpr Trainer(Storage& storage, Optimizer optimizer, Metrics metrics = {}, std::uint32_t seed = 0,
                    const Loss& losses = {})
      : Steps(storage, optimizer, metrics, seed, losses) {}

  /// A callback sets it: `fit` ends after this batch.
  bool stop_training = false;

  /// One optimizer step on `rows` samples that stand in `input()` and `labels()`. Returns the mean loss.
  float train_on_batch(int rows) {
    this->ensure_ready();
    return train_on_loaded(rows, {});
  }
  /// The same for a batch of arrays: `train_on_batch({x, y})`, with sample weights as a third.
  float train_on_batch(const Dataset& batch, std::span<const float> class_weight = {}) {
    typename Steps::Weights weights;
    const int rows = load_batch(batch, class_weight, weights);
    this->reset_metrics();
    return train_on_loaded(rows, weights);
  }
  /// The losses and metrics of a batch, as `evaluate` has them.
  Evaluation test_on_batch(const Dataset& batch) {
    typename Steps::Weights weights;
    const int rows = load_batch(batch, {}, weights);
    this->reset_metrics();
    const auto loss = this->test_step(rows, weights);
    Evaluation e{.loss = loss.total};
    for (int k = 0; k < outputs; ++k) e.output_loss[k] = loss.output[k];
    this->metric_results(e.metric);
    return e;
  }

  /// Trains on arrays. Callbacks, or tuples of them, may follow.
  template <class... C>
  History fit(const Dataset& data, const FitOptions& options = {}, C&&... callbacks) {
    const auto fit = [&](const auto& list) {
      return detail::fit_arrays(*this, data, options, results(options), list);
    };
    return with_callbacks(options, fit, callbacks...);
  }
  /// Trains on batches that a generator writes: `std::size_t operator()(BatchView&)` says how many samples it
  /// wrote, `bool` whether it filled the batch; 0 or false ends the epoch.
  template <detail::BatchGenerator Generator, class... C>
  History fit(Generator&& generator, const FitOptions& options = {}, C&&... callbacks) {
    const auto fit = [&](const auto& list) {
      return detail::fit_generator(*this, generator, options, results(options), list);
    };
    return with_callbacks(options, fit, callbacks...);
  }

  template <class... C>
  Evaluation evaluate(const Dataset& data, const EvaluateOptions& options = {}, C&&... callbacks) {
    const std::size_t count = detail::check_dataset<Code>(data, this->loss_parameters());
    const int batch = detail::check_batch_size(options.batch_size, BatchSize);
    detail::ArraySource<Trainer> source(data, {0, count, batch, false, options.steps});
    return evaluate_source(source, callbacks...);
  }
  template <detail::BatchGenerator Generator, class... C>
  Evaluation evaluate(Generator&& generator, const EvaluateOptions& options = {}, C&&... callbacks) {
    const int batch = detail::check_batch_size(options.batch_size, BatchSize);
    detail::GeneratorSource<Trainer, Generator> source(generator, batch, options.steps);
    return evaluate_source(source, callbacks...);
  }

  /// Predicts samples that stand one after another. `out` gets `output_elements` a sample; a model of several
  /// outputs takes a span for each.
  template <class... More>
  void predict(std::span<const float> x, std::span<float> out, More&&... more) {
    static_assert(Code::declared.inputs.count == 1,
                  "a model of several inputs predicts many samples of a Dataset");
    const auto elements = detail::whole(Code::input_elements);
    if (x.size() % elements != 0 || x.empty()) fail("predict needs whole samples of the model's input shape");
    const auto at = [&](std::size_t first, int) { return x.data() + first * elements; };
    predict_all(x.size() / elements, each_output(out, more...), at);
  }
  /// The same for samples as `fit` takes them: bytes too, and several inputs. Labels are not read.
  template <class... More>
  void predict(const Dataset& data, std::span<float> out, More&&... more) {
    const auto load = [&](std::size_t first, int rows) {
      std::size_t index[BatchSize]{};
      for (int r = 0; r < rows; ++r) index[r] = first + detail::whole(r);
      detail::load_inputs<Code>(data, index, rows, this->input().data());
      return static_cast<const float*>(this->input().data());
    };
    predict_all(detail::check_samples<Code>(data), each_output(out, more...), load);
  }
  /// Predicts one sample, its inputs one after another. The result stands until the next call; that of a
  /// model's other outputs is `output(k)`.
  std::span<const float> predict(std::span<const float> x) {
    if (x.size() != detail::whole(Code::input_elements))
      fail("predict needs one sample of the model's input shape");
    this->ensure_ready();
    const void* inputs[Dataset::max_inputs];
    const Regions regions = this->prediction_regions(x.data(), 1, inputs);
    run_steps<Code::single, 0, Code::single.graph.steps.count>({.rows = 1}, regions);
    detail::for_each_output<outputs>([&](auto k) {
      one_[k] = this->template pointer_to<Code::single, Code::single.graph.outputs.item[k]>(inputs);
    });
    return output(0);
  }
  std::span<const float> output(int k) const {
    return {one_[k], detail::whole(Code::output[detail::whole(k)].size())};
  }

#if defined(ETCH_HOST)
  void summary() const { print_model_summary<Declared>(Code::memory); }
  void save(const char* path, bool with_optimizer = false) { save_model(*this, path, with_optimizer); }
  void load(const char* path) { load_model(*this, path); }
#endif

 private:
  float train_on_loaded(int rows, const typename Steps::Weights& weights) {
    typename Steps::Losses loss;
    if (!this->train_step(rows, weights, loss)) this->fail_not_finite();
    return loss.total;
  }
  template <class Weights>
  int load_batch(const Dataset& batch, std::span<const float> class_weight, Weights& weights) {
    const std::size_t count = detail::check_dataset<Code>(batch, this->loss_parameters());
    if (count > BatchSize) fail("the batch is larger than the one the model was compiled for");
    detail::check_class_weight<Code>(class_weight, batch);
    this->ensure_ready();
    detail::ArraySource<Trainer> source(batch, {0, count, BatchSize}, class_weight);
    return source.load(*this, 0, weights);
  }

  static std::span<EpochResult> results(const FitOptions& options) {
    static EpochResult own[detail::kept_epochs];
    return options.history.empty() ? std::span<EpochResult>(own) : options.history;
  }
  /// Adds the bar, unless there is one or nothing is to be shown.
  template <class F, class... C>
  static History with_callbacks([[maybe_unused]] const FitOptions& options, const F& fit, C&... callbacks) {
    const auto list = detail::callback_list(callbacks...);
#if defined(ETCH_HOST)
    if constexpr (!decltype(list)::has_progress_bar)
      if (!options.silent && options.verbose > 0) {
        ProgressBar bar(stdout, {.verbose = options.verbose > 1 ? host::Verbose::line_per_epoch
                                                                : host::Verbose::progress});
        return fit(detail::callback_list(callbacks..., bar));
      }
#endif
    return fit(list);
  }
  template <class Source, class... C>
  Evaluation evaluate_source(Source& source, C&... callbacks) {
    this->ensure_ready();
    const auto list = detail::callback_list(callbacks...);
    return detail::FitLoop<Trainer, decltype(list)>(*this, list).evaluate(source);
  }

  template <class... More>
  static std::array<std::span<float>, sizeof...(More) + 1> each_output(std::span<float> out, More&... more) {
    static_assert(sizeof...(More) + 1 == outputs, "predict takes a span for the results of each output");
    return {out, std::span<float>(more)...};
  }
  template <class Load>
  void predict_all(std::size_t count, const std::array<std::span<float>, outputs>& out, const Load& load) {
    for (int k = 0; k < outputs; ++k)
      if (out[detail::whole(k)].size() < count * detail::whole(Code::output[detail::whole(k)].size()))
        fail("predict needs room for every sample's output");
    this->ensure_ready();
    for (std::size_t first = 0; first < count; first += BatchSize) {
      const int rows = static_cast<int>(count - first < BatchSize ? count - first : BatchSize);
      const void* inputs[Dataset::max_inputs];
      this->infer(load(first, rows), rows, inputs);
      detail::for_each_output<outputs>([&](auto k) {
        constexpr std::size_t n = detail::whole(Code::output[k].size());
        const float* const from =
            this->template pointer_to<Code::inference, Code::inference.graph.outputs.item[k]>(inputs);
        for (std::size_t i = 0; i < detail::whole(rows) * n; ++i) out[k][first * n + i] = from[i];
      });
    }
  }

  const float* one_[outputs]{};
};

/// Compiles a declared model for training. Each call in the program has storage of its own.
/// \param losses one loss, for all outputs; a hana::tuple of losses in the order of the outputs; or a tuple
/// of `output<"name">(loss, weight)`. \param metrics a hana::tuple of metrics; of several outputs a tuple
/// with a metric, a tuple of metrics or `output<"name">(metrics...)` for each.
template <const auto& Declared, auto Unique = [] {}, class Optimizer, class Loss,
          class Metrics = hana::tuple<>, int N = 32>
auto compile(Optimizer optimizer, Loss losses, Metrics metrics = {}, Batch<N> = {}, std::uint32_t seed = 0) {
  constexpr auto of_losses = detail::mistake_in_losses<Declared, Loss>();
  constexpr auto of_metrics = detail::mistake_in_metrics<Declared, Metrics>();
  constexpr auto mistake = of_losses != detail::OutputMistake::none ? of_losses : of_metrics;
  // A mistake is reported once: what is compiled instead is right.
  constexpr bool right = detail::report_outputs<mistake>();
  using Model = Trainer<Declared, Optimizer, std::conditional_t<right, Loss, MeanSquaredError>,
                        std::conditional_t<right, Metrics, hana::tuple<>>, N>;
  // Here and not in a class: clang++ takes a class with a failed assertion for wrong, and reports all that
  // uses it.
  static_assert(!detail::normalizes_one_value(training_declaration<Declared>, N),
                "batch normalization over one value cannot learn: use a batch of at least 2");
  struct Own {
    static typename Model::Storage& storage() {
      static typename Model::Storage zeros;
      return zeros;
    }
  };
  if constexpr (right)
    return Model(Own::storage(), optimizer, metrics, seed, losses);
  else
    return Model(Own::storage(), optimizer);
}

}  // namespace etch
