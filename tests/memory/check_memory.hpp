// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <etch/graph/builder.hpp>
#include <etch/passes/training_graph.hpp>

#include <functional>
#include <string>
#include <vector>

/// How a model is run for the check.
struct MemoryRun {
  std::vector<etch::LossSpec> losses{{}};  ///< of each output
  int batch = 4;
  bool whole_numbers = false;  ///< inputs are small whole numbers instead of noise
  bool fake_quantize = false;  ///< the model as it is fine-tuned for int8
};

/// Runs a model's prediction (one sample, and a batch that is not full) and its training step (fused updates;
/// whole gradients with clipping) on watched memory, see watch.hpp, and holds their plans against the lower
/// bound. \param trace declares inputs, layers and outputs. \returns the first problem, or nothing.
std::string check_memory(const std::function<void(etch::Builder&)>& trace, const MemoryRun& run = {});

/// The same of the model that streams, one time step a call.
std::string check_stream_memory(const std::function<void(etch::Builder&)>& trace);

/// Watches a step of every op that only imported models have.
void watch_imported_ops();

/// The ops of which no step has been watched so far.
std::vector<std::string> unwatched_ops();
