// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/train/trainable_model.hpp>

#include <functional>

namespace etch::host {

/// A training that keeps within a number of bytes, as `fit_in` makes it.
struct TrainingFit {
  bool found = false;
  TrainingMemory memory{};
  std::vector<ScheduledStep> schedule;  ///< none: it fits as it is
};

/// A declared graph, and of each of its parameters the layer.
struct NamedGraph {
  std::unique_ptr<DeclaredGraph> graph;
  std::vector<std::string> names;
};

/// The graph that a program declares: of a file that a trainer saved as it stands there, else of the
/// declaration that `etch convert` writes. Throws `Error` for a model that has none, no weight to train, or
/// more than is planned at run time.
NamedGraph declared_graph(const ImportedModel& model, bool saved);

/// The least that a training is found to work in, and what decides it.
struct LeastTraining {
  long long ram = 0;
  bool of_prediction = false;  ///< prediction takes the same arena
  std::string op{};            ///< of the step whose result decides; none: no single one does
  int parameter = -1;          ///< of that step, or of the last before it that has one
  bool behind = false;         ///< of one before it
  std::string whole_batch{};   ///< the op that keeps the batch from running in parts, where one does
};

/// What decides, as the end of a sentence. \param names those of `NamedGraph`.
std::string deciding_text(const LeastTraining& least, const std::vector<std::string>& names);

/// Trainings of a model within numbers of bytes, weights and all (`TrainingMemory::total`): what the compiler
/// finds for `fit_in`, found at run time.
class TrainingBudget {
 public:
  /// Whether the training has no more steps and values than are searched at run time.
  static bool searches(const DeclaredGraph& declared, const TrainingOptions& options);
  /// Throws `Error` for a model of which it does not.
  TrainingBudget(const DeclaredGraph& declared, const std::string& name, const TrainingOptions& options,
                 int batch);
  ~TrainingBudget();
  TrainingBudget(const TrainingBudget&) = delete;
  TrainingBudget& operator=(const TrainingBudget&) = delete;

  /// As it is.
  const TrainingMemory& plain() const { return plain_; }
  TrainingFit within(long long ram) const;
  LeastTraining least() const;

 private:
  /// As it is in parts of so many rows.
  TrainingFit fit_in_parts(int rows) const;
  /// Sample by sample, with results computed again. \param limit bytes of arena
  TrainingFit again_in_parts(int limit, std::int64_t most_work) const;

  struct Parts;
  std::unique_ptr<Parts> parts_;
  TrainingMemory plain_;
};

/// Trainings from that as it is to that of the least bytes, in equal steps of bytes: those that are found,
/// each once. \param progress trainings looked for, and all.
std::vector<TrainingFit> training_fits(const TrainingBudget& budget,
                                       const std::function<void(int, int)>& progress = nullptr);

/// A schedule as a C++ constant, and what takes it, for a program that declares the model as `network`.
std::string schedule_text(const TrainingFit& fit, long long ram);

}  // namespace etch::host
