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

/// The graph that a program declares: of a file that a trainer saved as it stands there, else of the
/// declaration that `etch convert` writes. Throws `Error` for a model that has none, no weight to train, or
/// more than is planned at run time.
std::unique_ptr<DeclaredGraph> declared_graph(const ImportedModel& model, bool saved);

/// Trainings of a model within numbers of bytes, weights and all (`TrainingMemory::total`): what the compiler
/// finds for `fit_in`, found at run time.
class TrainingBudget {
 public:
  /// Throws `Error` for a model whose training has more steps than are searched at run time.
  TrainingBudget(const DeclaredGraph& declared, const std::string& name, const TrainingOptions& options,
                 int batch);
  ~TrainingBudget();
  TrainingBudget(const TrainingBudget&) = delete;
  TrainingBudget& operator=(const TrainingBudget&) = delete;

  /// As it is.
  const TrainingMemory& plain() const { return plain_; }
  TrainingFit within(long long ram) const;
  /// The least bytes that are found to work.
  long long least() const;

 private:
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
