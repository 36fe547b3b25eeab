// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/imported_model.hpp>
#include <etch/model/training/training_as_it_is.hpp>
#include <etch/passes/training_graph.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace etch::host {

using DeclaredGraph = Graph<declaration_capacity>;
/// A declared graph with the room that training of it is planned in at run time.
using PlannedGraph = Graph<Sizes{256, 1024, 512, 3072, 16}>;

/// A layer with weights to train.
struct TrainableLayer {
  std::string name;
  std::vector<int> parameters;  ///< of the graph
  int channels = 0;             ///< of which some can be chosen; 0: it trains whole
  long long weights = 0;
};

/// A model of floats as its declaration trains. Batch normalization normalizes by its moving averages, as it
/// does beside chosen channels.
struct TrainableModel {
  std::string name;
  std::unique_ptr<DeclaredGraph> graph;
  std::vector<std::vector<std::byte>> weights;  ///< floats of each parameter
  std::vector<TrainableLayer> layers;           ///< in the order in which they are declared
  bool normalizes = false;                      ///< it has batch normalization that could train
};

/// \param model best as it was declared (`ImportOptions::declared`). \param saved it was saved by a trainer:
/// its layers have the names of that declaration, and what was frozen there is not trained. Throws `Error`
/// for a model that has no declaration, no weight to train, or more than is planned at run time.
TrainableModel trainable_model(const ImportedModel& model, bool saved);

/// What of a layer trains.
struct ChosenLayer {
  bool trains = false;
  std::vector<std::int16_t> channels{};  ///< ascending; none: all
};

/// The declared graph of which these layers train. It points to `lists`, which it fills.
std::unique_ptr<DeclaredGraph> graph_of(const TrainableModel& model, std::span<const ChosenLayer> layers,
                                        std::vector<ChosenChannels>& lists);

/// Whether a graph has no more steps, weights and values than are planned at run time.
bool is_planned(const DeclaredGraph& declared);
/// Throws `Error` for a graph with more steps, weights or outputs than are planned at run time.
void check_room(const std::string& name, const DeclaredGraph& declared);
/// Throws `Error` where training of a model needs more bytes than a plan counts.
void check_training_size(const std::string& name, const DeclaredGraph& declared,
                         const TrainingOptions& options, int batch);

/// What a training step takes, by the plans that a compiled model has.
TrainingMemory training_memory_of(const DeclaredGraph& declared, const TrainingOptions& options, int batch);

}  // namespace etch::host
