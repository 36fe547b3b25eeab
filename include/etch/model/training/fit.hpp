// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/model/training/batch_source.hpp>
#include <etch/model/training/result_names.hpp>
#include <etch/model/training/running_loss.hpp>
#include <etch/train/callback_calls.hpp>
#include <etch/train/display.hpp>

namespace etch {

/// `fit`'s arguments, with Keras's names and defaults.
struct FitOptions {
  int epochs = 1;      ///< the number of the last epoch, where `initial_epoch` is not 0
  int batch_size = 0;  ///< 0: the capacity the model was compiled with
  bool shuffle = true;
  Augment augment{};  ///< changes each sample of a training batch: `.augment = RandomShift{...}`
  const Dataset* validation = nullptr;
  float validation_split = 0;             ///< share of the samples, from the end, that validates
  int validation_freq = 1;                ///< epochs from one validation to the next
  std::span<const float> class_weight{};  ///< of each class, for a model with one output
  int initial_epoch = 0;
  int steps_per_epoch = 0;  ///< 0: all of the arrays, or until the generator ends the epoch
  int verbose = 1;          ///< on a desktop: 1 a bar, 2 a line for each epoch, 0 nothing
  bool silent = false;      ///< as `verbose` 0
  /// Where results go. Default: storage of the model's type, on a desktop as much as is needed, else of 64
  /// epochs (1,024 on a 64-bit target).
  std::span<EpochResult> history{};
};

struct EvaluateOptions {
  int batch_size = 0;  ///< 0: the capacity the model was compiled with
  int steps = 0;       ///< 0: all of the arrays, or until the generator ends
};

namespace detail {

/// 9 kB of a device's memory, where nothing else is given. One number for a target: files that are built with
/// the desktop library and without it share the room.
inline constexpr std::size_t kept_epochs = sizeof(void*) >= 8 ? 1024 : 64;

/// Where the results of a fit go. Without `grow` there is room for no more.
struct EpochRoom {
  std::span<EpochResult> room;
  std::span<EpochResult> (*grow)(std::span<const EpochResult> kept) = nullptr;
  EpochResult& at(std::size_t epoch) {
    if (epoch >= room.size() && grow) room = grow(room);
    return room[epoch];
  }
};

inline int check_batch_size(int batch_size, int capacity) {
  const int batch = batch_size == 0 ? capacity : batch_size;
  if (batch < 1 || batch > capacity)
    fail_with("batch_size must be from 1 to the batch the model was compiled for", ": it is ", batch,
              ", and the model's batch ", capacity);
  return batch;
}

/// How many of `held` samples train: all but the share `split`, rounded down. A float is nearest to the
/// decimal that was meant, not it: where the product lies that close below a whole number, it is that one.
constexpr std::size_t training_samples(std::size_t held, float split) {
  const double all = static_cast<double>(held), share = static_cast<double>(split);
  const double training = all * (1 - share);
  const auto below = static_cast<std::size_t>(training);
  const double missing = static_cast<double>(below) + 1 - training;
  return missing < 0x1p-10 && missing <= all * share * 0x1p-24 ? below + 1 : below;
}

inline void check_epochs(const FitOptions& o, const EpochRoom& results) {
  const std::size_t room = results.room.size();
  if (o.initial_epoch < 0) fail("initial_epoch counts from 0");
  if (o.epochs - o.initial_epoch < 1) fail("fit needs at least one epoch after initial_epoch");
  if (as_size(o.epochs - o.initial_epoch) > room && !results.grow)
    fail_with("fit has no room for the results of so many epochs: give a larger span as history", "; ",
              o.epochs - o.initial_epoch, " epochs, room for ", room);
  if (o.validation_freq < 1) fail("validation_freq is at least 1");
  if (o.steps_per_epoch < 0) fail("steps_per_epoch is at least 0");
}

template <class Result>
void put_results(std::span<const ResultName> names, const Result& result, Logs& logs) {
  for (const ResultName& each : names) logs.put(each.name(), each.of(result));
}

}  // namespace detail
}  // namespace etch

namespace etch::detail::inline ETCH_TARGET {

/// The loop over epochs and batches, on a model's single steps.
template <class Model, class Callbacks>
class FitLoop {
 public:
  FitLoop(Model& model, const Callbacks& callbacks) : model_(model), callbacks_(callbacks) {}

  /// \param validate evaluates on what validates, with the callbacks.
  template <class Source, class Validate>
  History run(Source& source, const FitOptions& o, EpochRoom results, const Validate* validate) {
    CallbackParams params{o.epochs, source.steps(), validate != nullptr};
    callbacks_.template call<hooks::set_params>(model_, params);
    model_.stop_training = false;
    Logs logs;
    callbacks_.template call<hooks::on_train_begin>(model_, logs);
    std::size_t done = 0;
    for (int epoch = first_epoch(o); epoch < o.epochs && !model_.stop_training; ++epoch) {
      EpochResult& result = results.at(done++);
      result = {};
      logs = {};
      callbacks_.template call<hooks::on_epoch_begin>(model_, epoch, logs);
      run_epoch(source, o, epoch, result);
      put_results(names, result, logs);
      if (validate && (epoch + 1) % o.validation_freq == 0) put_validation((*validate)(), result, logs);
      callbacks_.template call<hooks::on_epoch_end>(model_, epoch, logs);
      callbacks_.template call<hooks::on_epoch_reported>(model_, epoch);
    }
    model_.finish_average();
    callbacks_.template call<hooks::on_train_end>(model_, logs);
    return {results.room.first(done), names};
  }

  /// The mean losses and metrics over a source.
  template <class Source>
  Evaluation evaluate(Source& source) {
    Logs logs;
    callbacks_.template call<hooks::on_test_begin>(model_, logs);
    model_.reset_metrics();
    Evaluation result;
    RunningLoss<Model::outputs> sum;
    typename Model::Weights weights;
    source.begin_epoch(model_, 0);
    for (int step = 0; source.steps() == 0 || step < source.steps(); ++step) {
      callbacks_.template call<hooks::on_test_batch_begin>(model_, step, logs);
      const int rows = source.load(model_, step, weights);
      if (rows == 0) break;
      sum.add(model_.test_step(rows, weights), rows);
      if constexpr (Callbacks::template any<hooks::on_test_batch_end>) {
        write(sum, result);
        put_results(names, result, logs);
        callbacks_.template call<hooks::on_test_batch_end>(model_, step, logs);
      }
    }
    if (sum.samples == 0) fail("the data set is empty: it needs at least one sample and its label");
    write(sum, result);
    put_results(names, result, logs);
    callbacks_.template call<hooks::on_test_end>(model_, logs);
    return result;
  }

 private:
  static constexpr std::span<const ResultName> names = Model::result_names;

  /// A callback may have loaded what an earlier run left behind.
  int first_epoch(const FitOptions& o) const {
    int epoch = o.initial_epoch;
    hana::for_each(callbacks_.each, [&](auto* callback) {
      if constexpr (requires { callback->initial_epoch(); })
        epoch = callback->initial_epoch() > epoch ? callback->initial_epoch() : epoch;
    });
    return epoch;
  }

  template <class Result>
  void write(const RunningLoss<Model::outputs>& sum, Result& result) {
    sum.write(result);
    model_.metric_results(result.metric);
    if constexpr (requires { result.names; }) result.names = names;
  }

  template <class Source>
  void run_epoch(Source& source, const FitOptions& o, int epoch, EpochResult& result) {
    Logs logs;
    RunningLoss<Model::outputs> sum;
    typename Model::Weights weights;
    model_.reset_metrics();
    source.begin_epoch(model_, epoch);
    const int steps = source.steps();
    for (int step = 0; (steps == 0 || step < steps) && !model_.stop_training; ++step) {
      callbacks_.template call<hooks::on_train_batch_begin>(model_, step, logs);
      const int rows = source.load(model_, step, weights);
      if (rows == 0) break;
      if (o.augment)
        augment_rows<typename Model::Code>(o.augment, model_.seed(), model_.step(), rows,
                                           model_.input().data());
      BatchLoss<Model::outputs> loss;
      const bool finite = model_.train_step(rows, weights, loss);
      sum.add(loss, rows);
      if constexpr (Callbacks::template any<hooks::on_train_batch_end>) {
        write(sum, result);
        put_results(names, result, logs);
        callbacks_.template call<hooks::on_train_batch_end>(model_, step, logs);
      }
      if (!finite && !(Callbacks::handle_nan && model_.stop_training)) model_.fail_not_finite(epoch, step);
    }
    if (sum.samples == 0) fail("a generator ended an epoch before its first batch");
    write(sum, result);
  }

  void put_validation(const Evaluation& e, EpochResult& result, Logs& logs) {
    result.validated = true;
    result.val_loss = e.loss;
    for (int m = 0; m < max_metrics; ++m) result.val_metric[m] = e.metric[m];
    for (int k = 0; k < Model::outputs; ++k) result.val_output_loss[k] = e.output_loss[k];
    for (const ResultName& each : names) logs.put(each.val_name, each.validation_of(result));
  }

  Model& model_;
  const Callbacks& callbacks_;
};

/// Checks the arguments of `fit` on arrays and runs it.
template <class Model, class Callbacks>
History fit_arrays(Model& model, const Dataset& data, const FitOptions& o, const EpochRoom& results,
                   const Callbacks& callbacks) {
  using Code = typename Model::Code;
  const std::size_t held = check_dataset<Code>(data, model.loss_parameters());
  if (!(o.validation_split >= 0 && o.validation_split < 1))
    fail("validation_split is a share of at least 0 and below 1");
  const std::size_t training = training_samples(held, o.validation_split);
  check_epochs(o, results);
  const int batch = check_batch_size(o.batch_size, Model::batch_size);
  if (training == 0) fail("validation_split leaves no sample to train on");
  check_class_weight<Code>(o.class_weight, data);
  const bool split = training < held;
  const Dataset& tests = split || !o.validation ? data : *o.validation;
  const std::size_t count =
      split || !o.validation ? held : check_dataset<Code>(tests, model.loss_parameters());
  model.ensure_ready();
  FitLoop<Model, Callbacks> loop(model, callbacks);
  ArraySource<Model> source(data, {0, training, batch, o.shuffle, o.steps_per_epoch}, o.class_weight);
  const std::size_t first = split ? training : 0;
  const auto validate = [&] {
    ArraySource<Model> rest(tests, {first, count - first});
    return loop.evaluate(rest);
  };
  return loop.run(source, o, results, split || o.validation ? &validate : nullptr);
}

/// The same for a generator.
template <class Model, class Generator, class Callbacks>
History fit_generator(Model& model, Generator& generator, const FitOptions& o, const EpochRoom& results,
                      const Callbacks& callbacks) {
  using Code = typename Model::Code;
  check_epochs(o, results);
  if (o.validation_split != 0) fail("validation_split needs arrays: give a generator's fit validation data");
  const int batch = check_batch_size(o.batch_size, Model::batch_size);
  check_class_weight<Code>(o.class_weight, {});
  const std::size_t count = o.validation ? check_dataset<Code>(*o.validation, model.loss_parameters()) : 0;
  model.ensure_ready();
  FitLoop<Model, Callbacks> loop(model, callbacks);
  GeneratorSource<Model, Generator> source(generator, batch, o.steps_per_epoch, o.class_weight);
  const auto validate = [&] {
    ArraySource<Model> tests(*o.validation, {0, count});
    return loop.evaluate(tests);
  };
  return loop.run(source, o, results, o.validation ? &validate : nullptr);
}

}  // namespace etch::detail::inline ETCH_TARGET
