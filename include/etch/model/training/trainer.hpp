// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/compile_checks.hpp>
#include <etch/model/training/desktop_calls.hpp>
#include <etch/model/training/fit.hpp>
#include <etch/model/training/layer_view.hpp>
#include <etch/model/training/training_steps.hpp>
#include <etch/train/augment.hpp>
#include <etch/train/callbacks.hpp>
#include <etch/train/display.hpp>

namespace etch {

/// A compiled model that trains: a small handle over static storage. Nothing here allocates.
/// \tparam Loss one loss, a hana::tuple of losses in the order of the outputs, or of `output<"name">(loss)`.
/// \tparam Metrics a hana::tuple of metrics; of several outputs a tuple each, or `output<"name">(...)`.
/// \tparam Team threads that share its steps, where `compile` was given some.
template <const auto& Declared, class Optimizer, class Loss, class Metrics, int BatchSize, bool Fuse = true,
          class Team = Alone>
class Trainer
    : public detail::TrainingSteps<Declared, Optimizer, Loss, Metrics, BatchSize, Fuse, Team>,
      public detail::DesktopCalls<Trainer<Declared, Optimizer, Loss, Metrics, BatchSize, Fuse, Team>> {
  using Steps = detail::TrainingSteps<Declared, Optimizer, Loss, Metrics, BatchSize, Fuse, Team>;

 public:
  using Code = typename Steps::Code;
  using Storage = typename Steps::Storage;
  using Steps::outputs;

  constexpr Trainer(Storage& storage, Optimizer optimizer, Metrics metrics = {}, std::uint32_t seed = 0,
                    const Loss& losses = {}, std::uint32_t ticket = 0, Team team = {})
      : Steps(storage, optimizer, metrics, seed, losses, ticket, team) {}

  /// A callback sets it: `fit` ends after this batch.
  bool stop_training = false;
  /// Prints what callbacks have to say while `fit` runs, as `printf` does; null where nobody reads it.
  void (*say)(const char* format, ...) = nullptr;

  /// One optimizer step on `rows` samples that stand in `input()` and `labels()`, each counting as much as
  /// `sample_weight` says. Returns the mean loss.
  [[ETCH_OF_TARGET]] float train_on_batch(int rows, std::span<const float> sample_weight = {}) {
    float loss = 0;
    if (const char* const fault = try_train_on_batch(rows, loss, sample_weight)) fail(fault);
    return loss;
  }
  /// The same for a device that must not stop. \return what is wrong with the batch, as a sentence, or null.
  /// Where something is wrong, no weight is changed.
  [[ETCH_OF_TARGET]] const char* try_train_on_batch(int rows, float& loss,
                                                    std::span<const float> sample_weight = {}) {
    this->ensure_ready();
    if (const char* const fault = this->fault_of_batch(rows, sample_weight)) return fault;
    typename Steps::Weights weights;
    weights.refer_to(sample_weight);
    typename Steps::Losses losses;
    if (!this->train_step(rows, weights, losses)) return detail::loss_not_finite;
    loss = losses.total;
    return nullptr;
  }
  /// The same for a batch of arrays: `train_on_batch({x, y})`, with sample weights as a third.
  [[ETCH_OF_TARGET]] float train_on_batch(const Dataset& batch, std::span<const float> class_weight = {}) {
    typename Steps::Weights weights;
    const int rows = load_batch(batch, class_weight, weights);
    this->reset_metrics();
    return train_on_loaded(rows, weights);
  }
  /// The losses and metrics of a batch, as `evaluate` has them.
  [[ETCH_OF_TARGET]] Evaluation test_on_batch(const Dataset& batch) {
    typename Steps::Weights weights;
    const int rows = load_batch(batch, {}, weights);
    this->reset_metrics();
    const auto loss = this->test_step(rows, weights);
    Evaluation e{.loss = loss.total, .names = Steps::result_names};
    for (int k = 0; k < outputs; ++k) e.output_loss[k] = loss.output[k];
    this->metric_results(e.metric);
    return e;
  }

  /// Trains on arrays. Callbacks, or tuples of them, may follow.
  template <class... C, class Display = detail::DisplayFor<C...>>
  [[ETCH_OF_TARGET]] History fit(const Dataset& data, const FitOptions& options = {}, C&&... callbacks) {
    const auto fit = [&](const auto& list) {
      return detail::fit_arrays(*this, data, options, results<Display>(options), list);
    };
    return with_callbacks<Display>(options, fit, callbacks...);
  }
  /// The same of two arrays: vectors, arrays or spans of inputs and of labels.
  template <detail::NumberArray X, detail::NumberArray Y, class... C>
  [[ETCH_OF_TARGET]] History fit(const X& x, const Y& y, const FitOptions& options = {}, C&&... callbacks) {
    return fit(Dataset{x, y}, options, callbacks...);
  }
  /// Trains on batches that a generator writes: `std::size_t operator()(BatchView&)` says how many samples it
  /// wrote, `bool` whether it filled the batch; 0 or false ends the epoch.
  template <detail::BatchGenerator Generator, class... C, class Display = detail::DisplayFor<C...>>
  [[ETCH_OF_TARGET]] History fit(Generator&& generator, const FitOptions& options = {}, C&&... callbacks) {
    const auto fit = [&](const auto& list) {
      return detail::fit_generator(*this, generator, options, results<Display>(options), list);
    };
    return with_callbacks<Display>(options, fit, callbacks...);
  }

  template <class... C>
  [[ETCH_OF_TARGET]] Evaluation evaluate(const Dataset& data, const EvaluateOptions& options = {},
                                         C&&... callbacks) {
    const std::size_t count = detail::check_dataset<Code>(data, this->loss_parameters());
    const int batch = detail::check_batch_size(options.batch_size, BatchSize);
    detail::ArraySource<Trainer> source(data, {0, count, batch, false, options.steps});
    return evaluate_source(source, callbacks...);
  }
  template <detail::NumberArray X, detail::NumberArray Y, class... C>
  [[ETCH_OF_TARGET]] Evaluation evaluate(const X& x, const Y& y, const EvaluateOptions& options = {},
                                         C&&... callbacks) {
    return evaluate(Dataset{x, y}, options, callbacks...);
  }
  template <detail::BatchGenerator Generator, class... C>
  [[ETCH_OF_TARGET]] Evaluation evaluate(Generator&& generator, const EvaluateOptions& options = {},
                                         C&&... callbacks) {
    const int batch = detail::check_batch_size(options.batch_size, BatchSize);
    detail::GeneratorSource<Trainer, Generator> source(generator, batch, options.steps);
    return evaluate_source(source, callbacks...);
  }

  /// Predicts samples that stand one after another. `out` gets `output_elements` a sample; a model of several
  /// outputs takes a span for each.
  template <class... More>
  [[ETCH_OF_TARGET]] void predict(std::span<const float> x, std::span<float> out, More&&... more) {
    static_assert(Code::declared.inputs.count == 1,
                  "a model of several inputs predicts many samples of a Dataset");
    const auto elements = detail::as_size(Code::input_elements);
    if (x.size() % elements != 0 || x.empty())
      detail::fail_with("predict needs whole samples of the model's input shape", ": there are ", x.size(),
                        " numbers, and a sample takes ", elements);
    const auto at = [&](std::size_t first, int) { return x.data() + first * elements; };
    predict_all(x.size() / elements, each_output(out, more...), at);
  }
  /// The same for samples as `fit` takes them: bytes too, and several inputs. Labels are not read.
  template <class... More>
  [[ETCH_OF_TARGET]] void predict(const Dataset& data, std::span<float> out, More&&... more) {
    const auto load = [&](std::size_t first, int rows) {
      std::size_t index[BatchSize]{};
      for (int r = 0; r < rows; ++r) index[r] = first + detail::as_size(r);
      detail::load_inputs<Code>(this->team(), data, {index, rows}, {}, this->input().data());
      return static_cast<const float*>(this->input().data());
    };
    predict_all(detail::check_samples<Code>(data), each_output(out, more...), load);
  }
  /// Predicts one sample, its inputs one after another. The result stands until the next call; that of a
  /// model's other outputs is `output(k)`.
  [[ETCH_OF_TARGET]] std::span<const float> predict(std::span<const float> x) {
    detail::check_one_sample<Code>(x.size());
    this->ensure_ready();
    this->forget_parts();
    const void* inputs[Dataset::max_inputs];
    const Regions regions = this->prediction_regions(x.data(), 1, inputs);
    run_steps_by<Code::single, 0, Code::single.graph.steps.count>(this->team(), {.rows = 1}, regions);
    detail::for_each_output<outputs>([&](auto k) {
      one_[k] = this->template pointer_to<Code::single, Code::single.graph.outputs.item[k]>(inputs);
    });
    return output(0);
  }
  std::span<const float> output(int k) const {
    return {one_[k], detail::as_size(Code::output[detail::as_size(k)].size())};
  }

  /// The layers in the order of their first calls, each once, as the summary has them. Their weights are
  /// those of this model, to be read and written.
  [[ETCH_OF_TARGET]] auto layers() {
    this->ensure_ready();
    return detail::all_layers<Declared, Code>(this->weights().data());
  }
  /// The layer of that name, which there must be.
  [[ETCH_OF_TARGET]] LayerView get_layer(std::string_view name) {
    for (const LayerView& layer : layers())
      if (layer.name == name) return layer;
    detail::fail_unknown("get_layer: the model has no layer of that name", name, layers(),
                         [](const LayerView& layer) { return layer.name; });
  }
  /// All weights become copies of arrays of floats, one for each weight in the order of the layers: what
  /// `get_weights` gave, or the `weights` of another model's layers.
  template <class Arrays>
  [[ETCH_OF_TARGET]] void set_weights(const Arrays& arrays) {
    weight_list().set(arrays);
  }
  /// All weights, in place.
  WeightList weight_list() {
    this->ensure_ready();
    return detail::all_weights<Declared, Code>(this->weights().data());
  }

 private:
  [[ETCH_OF_TARGET]] float train_on_loaded(int rows, const typename Steps::Weights& weights) {
    typename Steps::Losses loss;
    if (!this->train_step(rows, weights, loss)) this->fail_not_finite();
    return loss.total;
  }
  template <class Weights>
  int load_batch(const Dataset& batch, std::span<const float> class_weight, Weights& weights) {
    const std::size_t count = detail::check_dataset<Code>(batch, this->loss_parameters());
    if (count > BatchSize)
      detail::fail_with("the batch is larger than the one the model was compiled for", ": ", count,
                        " samples, and the model's batch is ", BatchSize);
    detail::check_class_weight<Code>(class_weight, batch);
    this->ensure_ready();
    detail::ArraySource<Trainer> source(batch, {0, count, BatchSize}, class_weight);
    return source.load(*this, 0, weights);
  }

  /// Room for one history, shared by the models of this type.
  struct KeptHistory {
    EpochResult epoch[detail::kept_epochs];
    std::uint32_t fits = 0;
  };
  static KeptHistory& kept_history() {
    static KeptHistory zeros;
    return zeros;
  }
  template <class Display>
  static detail::EpochRoom results(const FitOptions& options) {
    if (!options.history.empty()) return {options.history};
    if constexpr (requires { Display::template grow<Trainer>({}); })
      return {kept_history().epoch, Display::template grow<Trainer>};
    else
      return {kept_history().epoch};
  }
  template <class Display, class F, class... C>
  History with_callbacks(const FitOptions& options, const F& fit, C&... callbacks) {
    say = Display::say;
    if (!options.history.empty()) return with_bar<Display>(options, fit, callbacks...);
    KeptHistory& kept = kept_history();
    ++kept.fits;
    History history = with_bar<Display>(options, fit, callbacks...);
    history.fits = &kept.fits;
    history.fit = kept.fits;
    return history;
  }
  /// Adds the bar, unless there is one or nothing is to be shown.
  template <class Display, class F, class... C>
  static History with_bar([[maybe_unused]] const FitOptions& options, const F& fit, C&... callbacks) {
    const auto list = detail::callback_list(callbacks...);
    if constexpr (Display::shows_progress && !decltype(list)::has_progress_bar)
      if (!options.silent && options.verbose > 0) {
        typename Display::Bar bar = Display::bar(options.verbose);
        return fit(detail::callback_list(callbacks..., bar));
      }
    return fit(list);
  }
  template <class Source, class... C>
  [[ETCH_OF_TARGET]] Evaluation evaluate_source(Source& source, C&... callbacks) {
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
  [[ETCH_OF_TARGET]] void predict_all(std::size_t count, const std::array<std::span<float>, outputs>& out,
                                      const Load& load) {
    for (int k = 0; k < outputs; ++k)
      if (out[detail::as_size(k)].size() < count * detail::as_size(Code::output[detail::as_size(k)].size()))
        detail::fail_with("predict needs room for every sample's output", ": output ", k, " has room for ",
                          out[detail::as_size(k)].size(), " numbers, and ", count, " samples take ",
                          count * detail::as_size(Code::output[detail::as_size(k)].size()));
    this->ensure_ready();
    for (std::size_t first = 0; first < count; first += BatchSize) {
      const int rows = static_cast<int>(count - first < BatchSize ? count - first : BatchSize);
      const float* const x = load(first, rows);
      for (int done = 0; done < rows; done += Code::rows_at_once) {
        const void* inputs[Dataset::max_inputs];
        this->infer(x, {done, rows}, inputs);
        const std::size_t before = first + detail::as_size(done),
                          now = detail::as_size(this->rows_of({done, rows}));
        detail::for_each_output<outputs>([&](auto k) {
          constexpr std::size_t n = detail::as_size(Code::output[k].size());
          const float* const from =
              this->template pointer_to<Code::inference, Code::inference.graph.outputs.item[k]>(inputs);
          for (std::size_t i = 0; i < now * n; ++i) out[k][before * n + i] = from[i];
        });
      }
    }
  }

  const float* one_[outputs]{};
};

namespace detail {

/// What `compile` makes: where it was given something wrong, a model that is right.
template <const auto& Declared, class Optimizer, class Loss, class Metrics, int N, OutputMistake Mistake,
          class Team>
struct ModelToCompile {
  using type = Trainer<Declared, SGD, MeanSquaredError, hana::tuple<>, N, true, Team>;
};
template <const auto& Declared, class Optimizer, class Loss, class Metrics, int N, class Team>
struct ModelToCompile<Declared, Optimizer, Loss, Metrics, N, OutputMistake::none, Team> {
  using type = Trainer<Declared, Optimizer, Loss, Metrics, N, true, Team>;
};
template <const auto& Declared, class Optimizer, class Loss, class Metrics, int N, OutputMistake Mistake,
          class Team>
requires(Mistake == OutputMistake::memory || Mistake == OutputMistake::not_constexpr)  //
    struct ModelToCompile<Declared, Optimizer, Loss, Metrics, N, Mistake, Team> {
  using type = Trainer<right_network, SGD, MeanSquaredError, hana::tuple<>, 1, true, Team>;
};

/// The models of one call of `compile` or `compile_ensemble`, on storage of that call's own.
template <const auto& Declared, auto Unique, int Count, class Optimizer, class Loss, class Metrics, int N,
          class Team>
auto compile_models(Optimizer optimizer, const Loss& losses, const Metrics& metrics, std::uint32_t seed,
                    Team team) {
  constexpr auto mistake = mistake_in_arguments<Declared, Optimizer, Loss, Metrics, N>();
  // A mistake is reported once: what is compiled instead is right.
  constexpr bool right = report_outputs<mistake>();
  using Model = typename ModelToCompile<Declared, Optimizer, Loss, Metrics, N, mistake, Team>::type;
  // Here and not in a class: clang++ takes a class with a failed assertion for wrong, and reports all that
  // uses it.
  static_assert(!right || !normalizes_one_value(training_declaration<Model::declaration>, N),
                "batch normalization over one value cannot learn: use a batch of at least 2");
  struct Own {
    static typename Model::Storage& storage(int number) {
      static typename Model::Storage zeros[Count];
      return zeros[number];
    }
  };
  const auto model = [&](int number) {
    typename Model::Storage& storage = Own::storage(number);
    const std::uint32_t ticket = storage.use.next_ticket();
    const std::uint32_t own_seed = seed + static_cast<std::uint32_t>(number);
    if constexpr (right)
      return Model(storage, optimizer, metrics, own_seed, losses, ticket, team);
    else
      return Model(storage, {}, {}, own_seed, {}, ticket, team);
  };
  return [&]<int... Number>(std::integer_sequence<int, Number...>) {
    return std::array<Model, Count>{model(Number)...};
  }
  (std::make_integer_sequence<int, Count>{});
}

}  // namespace detail

/// Compiles a declared model for training. Each call in the source has storage for one model: when it runs
/// again, in a loop or a function, what it gave before ends, and using that is an error. Models that shall
/// live side by side need a tag each, `compile<network, 1>(...)`, or `compile_ensemble`.
/// \param losses one loss, for all outputs; a hana::tuple of losses in the order of the outputs; or a tuple
/// of `output<"name">(loss, weight)`. \param metrics a hana::tuple of metrics; of several outputs a tuple
/// with a metric, a tuple of metrics or `output<"name">(metrics...)` for each.
template <const auto& Declared, auto Unique = [] {}, class Optimizer, class Loss,
          class Metrics = hana::tuple<>, int N = 32>
auto compile(  // the network is an `inline constexpr auto net = ...` outside of functions: compile<net>(...)
    Optimizer optimizer, Loss losses, Metrics metrics = {}, Batch<N> = {}, std::uint32_t seed = 0) {
  return detail::compile_models<Declared, Unique, 1, Optimizer, Loss, Metrics, N>(optimizer, losses, metrics,
                                                                                  seed, Alone{})[0];
}
/// The same for a model whose steps threads share: `threads<4>`, or a `ThreadPool`, which has to outlive it.
/// The bits are those of one thread.
template <const auto& Declared, auto Unique = [] {}, class Optimizer, class Loss, class Metrics, int N,
          detail::MakesTeam Threads>
auto compile(Optimizer optimizer, Loss losses, Metrics metrics, Batch<N>, Threads&& threads,
             std::uint32_t seed = 0) {
  return detail::compile_models<Declared, Unique, 1, Optimizer, Loss, Metrics, N>(optimizer, losses, metrics,
                                                                                  seed, team_of(threads))[0];
}

/// A call without its network. Keras's names of optimizers and losses are types here.
template <class Optimizer, class... Others>
requires(detail::IsOptimizer<Optimizer> || std::convertible_to<Optimizer, const char*>)  //
    int compile(Optimizer, const Others&...) {
  static_assert(sizeof(Optimizer) == 0,
                "compile: the network is a template argument and the others are objects, as in "
                "compile<network>(Adam{}, MeanSquaredError{})");
  return 0;
}

/// The same for `Count` models with storage of their own: a `std::array` of them. The first draws its weights
/// from `seed`, each further one from the next number.
template <const auto& Declared, int Count, auto Unique = [] {}, class Optimizer, class Loss,
          class Metrics = hana::tuple<>, int N = 32>
requires(Count >= 1) auto compile_ensemble(Optimizer optimizer, Loss losses, Metrics metrics = {},
                                           Batch<N> = {}, std::uint32_t seed = 0) {
  return detail::compile_models<Declared, Unique, Count, Optimizer, Loss, Metrics, N>(optimizer, losses,
                                                                                      metrics, seed, Alone{});
}
template <const auto& Declared, int Count, auto Unique = [] {}, class Optimizer, class Loss, class Metrics,
          int N, detail::MakesTeam Threads>
requires(Count >= 1) auto compile_ensemble(Optimizer optimizer, Loss losses, Metrics metrics, Batch<N>,
                                           Threads&& threads, std::uint32_t seed = 0) {
  return detail::compile_models<Declared, Unique, Count, Optimizer, Loss, Metrics, N>(
      optimizer, losses, metrics, seed, team_of(threads));
}

}  // namespace etch
