// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/data_checks.hpp>
#include <etch/model/results.hpp>
#include <runtime/kernels/portable/random.hpp>

#if defined(ETCH_HOST)
#include <etch/model/host_model.hpp>
#endif

namespace etch {

/// `fit`'s arguments, with Keras's names and defaults.
struct FitOptions {
  int epochs = 1;
  int batch_size = 0;  ///< 0: the capacity the model was compiled with
  bool shuffle = true;
  const Dataset* validation = nullptr;
  float validation_split = 0;  ///< share of the samples, from the end, that validates
  Progress* progress = nullptr;
  bool silent = false;
  std::span<EpochResult> history{};  ///< where results go; default: storage for 1,024 epochs
};

namespace detail {

inline int check_fit(const FitOptions& options, std::size_t samples, std::size_t room, int capacity) {
  if (options.epochs < 1) fail("fit needs at least one epoch");
  if (static_cast<std::size_t>(options.epochs) > room)
    fail("fit keeps the results of at most 1,024 epochs: give a larger span as history");
  const int batch = options.batch_size == 0 ? capacity : options.batch_size;
  if (batch < 1 || batch > capacity)
    fail("batch_size must be from 1 to the batch the model was compiled for");
  if (static_cast<std::size_t>(batch) > samples) fail("the batch is larger than the data set");
  return batch;
}

/// The loop over epochs and batches, on a model's single steps.
template <class Model>
class Fit {
 public:
  explicit Fit(Model& model) : model_(model) {}

  History run(const Dataset& data, const FitOptions& options) {
    static EpochResult own[1024];
    const std::span<EpochResult> results =
        options.history.empty() ? std::span<EpochResult>(own) : options.history;
    const std::size_t held = check_dataset<Code>(data);
    if (!(options.validation_split >= 0 && options.validation_split < 1))
      fail("validation_split is a share of at least 0 and below 1");
    const auto training =
        static_cast<std::size_t>(static_cast<float>(held) * (1.0f - options.validation_split));
    const int batch = check_fit(options, training, results.size(), Model::batch_size);
    if (options.validation) check_dataset<Code>(*options.validation);
    model_.ensure_ready();
    Quiet silent;
    Progress* progress = options.silent ? &silent : options.progress;
#if defined(ETCH_HOST)
    auto bar = console_progress();
    if (!progress) progress = &bar;
#else
    if (!progress) progress = &silent;
#endif
    const int steps =
        static_cast<int>((training + static_cast<std::size_t>(batch) - 1) / static_cast<std::size_t>(batch));
    progress->begin(options.epochs, steps);
    for (int epoch = 0; epoch < options.epochs; ++epoch) {
      EpochResult& result = results[static_cast<std::size_t>(epoch)];
      result = {};
      progress->begin_epoch(epoch + 1);
      run_epoch(data, training, batch, options.shuffle, *progress, result);
      const bool split = training < held;
      if (split || options.validation) {
        const Evaluation e =
            split ? model_.evaluate_range(data, training, held) : model_.evaluate(*options.validation);
        result.val_loss = e.loss;
        for (int m = 0; m < max_metrics; ++m) result.val_metric[m] = e.metric[m];
      }
      report_epoch(model_.metrics(), *progress, result, split || options.validation != nullptr);
    }
    return {results.first(static_cast<std::size_t>(options.epochs))};
  }

 private:
  using Code = typename Model::Code;
  struct Quiet : Progress {};

  void run_epoch(const Dataset& data, std::size_t count, int batch, bool shuffle, Progress& progress,
                 EpochResult& result) {
    // The order of an epoch follows from the steps done: resuming keeps it.
    const std::uint32_t epoch_key = model_.step();
    model_.reset_metrics();
    double sum = 0;
    int done = 0;
    std::size_t index[Model::batch_size];
    for (std::size_t first = 0; first < count; first += static_cast<std::size_t>(batch)) {
      const int rows = static_cast<int>(
          count - first < static_cast<std::size_t>(batch) ? count - first : static_cast<std::size_t>(batch));
      for (int r = 0; r < rows; ++r) {
        const auto i = static_cast<std::uint32_t>(first) + static_cast<std::uint32_t>(r);
        index[r] =
            shuffle ? random::shuffled(i, static_cast<std::uint32_t>(count), model_.seed(), epoch_key) : i;
      }
      model_.load_rows(data, index, rows);
      const float loss = model_.train_on_batch(rows);
      sum += static_cast<double>(loss) * rows;
      result.loss = static_cast<float>(sum / static_cast<double>(first + static_cast<std::size_t>(rows)));
      model_.metric_results(result.metric);
      Reported values[max_metrics + 1];
      progress.step(++done, {values, fill_report(model_.metrics(), values, result.loss, result.metric)});
    }
  }

  Model& model_;
};

}  // namespace detail
}  // namespace etch
