// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/report/memory_map.hpp>
#include <etch/graph/graph.hpp>
#include <etch/model/training/training_as_it_is.hpp>

#include <optional>
#include <string>

namespace etch::host {

/// What one way of training a declared model takes, in bytes.
struct TrainingNeed {
  std::string optimizer;
  int batch = 1;
  long long arena = 0, optimizer_state = 0;
};

/// Training of a declared model on a device, by a mean squared error.
struct TrainingReport {
  std::vector<TrainingNeed> needs;
  long long weights = 0, trained = 0;  ///< bytes of all weights, and of those that are trained
  // Of SGD with a batch of one: its arena over the steps, of which `forward` are forward, and then `losses`.
  MemoryMap map;
  long long arena = 0, lower_bound = 0;
  int steps = 0, forward = 0, losses = 0;
  std::vector<std::string> step_names;
  /// Of SGD with a batch of one: as it is, then with less memory and results computed again (`fit_in`).
  std::vector<TrainingMemory> fits;
  std::vector<TrainingMemory> batch_fits;  ///< of a batch of 8, which can run in parts
};

/// Plans the training of a declared graph. Nothing for a graph without trainable weights, one that keeps
/// states and one of more than 160 steps.
std::optional<TrainingReport> training_report(const Graph<declaration_capacity>& declared);

}  // namespace etch::host
