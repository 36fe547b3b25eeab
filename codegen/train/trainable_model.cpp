// SPDX-License-Identifier: BSL-1.0
#include <codegen/declare/declaration.hpp>
#include <codegen/train/trainable_model.hpp>
#include <etch/model/declare/trained_weights.hpp>
#include <etch/model/training/compile_checks.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/quoted.hpp>

#include <algorithm>

namespace etch::host {

namespace {

/// Whether a weight belongs to batch normalization.
bool is_of_norm(const DeclaredGraph& g, int p) {
  return std::ranges::any_of(g.steps, [&](const Step& step) {
    if (!etch::detail::normalizes_batches(step)) return false;
    for (int k = step.inputs - step.parameters; k < step.inputs; ++k)
      if (g.operand(step, k) == p) return true;
    return false;
  });
}

/// The layer's part of "dense/kernel".
std::string layer_of(const std::string& weight) { return weight.substr(0, weight.rfind('/')); }

/// Two names of which the end of one is the other would both be meant by it.
void check_names(const TrainableModel& model) {
  for (const TrainableLayer& one : model.layers)
    for (const TrainableLayer& other : model.layers)
      if (&one != &other && etch::detail::ends_in(other.name, one.name))
        throw Error("'" + model.name + "' has a layer " + in_quotes(one.name) +
                    (one.name == other.name ? " twice"
                                            : ", and that is the end of the name " + in_quotes(other.name)) +
                    ": give one of them another name");
}

}  // namespace

bool is_planned(const DeclaredGraph& g) {
  const Sizes has = g.sizes(), room = PlannedGraph::room;
  return has.parameters <= room.parameters && has.values <= room.values && has.steps <= room.steps &&
         has.operands <= room.operands && has.ends <= room.ends;
}

void check_room(const std::string& name, const DeclaredGraph& g) {
  const Sizes has = g.sizes(), room = PlannedGraph::room;
  if (!is_planned(g))
    throw Error("'" + name + "' has " + std::to_string(has.steps) + " steps and " +
                std::to_string(has.parameters) + " weights, and training of at most " +
                std::to_string(room.steps) + " and " + std::to_string(room.parameters) + " is planned here");
  if (g.outputs.count > max_trained_outputs)
    throw Error("'" + name + "' has " + std::to_string(g.outputs.count) +
                " outputs, and a model trains at most " + std::to_string(max_trained_outputs));
}

TrainableModel trainable_model(const ImportedModel& model, bool saved) {
  const declare::Declaration declaration = declare::declaration_of(model);
  const declare::Traced traced = declare::trace(declaration);
  const DeclaredGraph& g = traced.builder->graph;
  check_room(model.name, g);
  TrainableModel result{model.name, std::make_unique<DeclaredGraph>(g), {}, {}};
  const auto source = [&](int p) {
    return static_cast<std::size_t>(declaration.sources[static_cast<std::size_t>(p)]);
  };
  std::vector<bool> stays;
  std::int16_t layer = -1;
  for (int p = 0; p < g.parameters.count; ++p) {
    result.weights.push_back(model.parameters[source(p)]);
    const bool trains = g.parameters[p].trainable &&
                        (!saved || model.graph->parameters[static_cast<int>(source(p))].trainable);
    stays.push_back(trains && !is_of_norm(g, p));
    result.normalizes = result.normalizes || (trains && !stays.back());
    if (!stays.back()) continue;
    if (result.layers.empty() || g.parameters[p].layer != layer) {
      const etch::detail::WeightNames names{*traced.notes};
      result.layers.push_back(
          {saved ? layer_of(model.values[source(p)].name) : std::string(names.layer(p)), {}});
      layer = g.parameters[p].layer;
    }
    result.layers.back().parameters.push_back(p);
    result.layers.back().weights += g.parameters[p].shape.size();
  }
  if (result.layers.empty())
    throw Error("'" + model.name + "' has no layer to train, besides batch normalization");
  for (TrainableLayer& l : result.layers)
    if (etch::detail::trains_channels(*traced.builder,
                                      [&](int p) { return std::ranges::count(l.parameters, p) > 0; }))
      l.channels = g.parameters[l.parameters[0]].shape.last();
  check_names(result);
  etch::detail::freeze_others(*result.graph, 0, [&](int p) { return stays[static_cast<std::size_t>(p)]; });
  return result;
}

std::unique_ptr<DeclaredGraph> graph_of(const TrainableModel& model, std::span<const ChosenLayer> layers,
                                        std::vector<ChosenChannels>& lists) {
  auto graph = std::make_unique<DeclaredGraph>(*model.graph);
  std::vector<bool> stays(static_cast<std::size_t>(graph->parameters.count));
  lists.clear();
  lists.reserve(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (!layers[i].trains) continue;
    const TrainableLayer& layer = model.layers[i];
    ChosenChannels& list = lists.emplace_back(layer.name.c_str());
    list.count = static_cast<int>(layers[i].channels.size());
    if (list.count > 0) list.channel = layers[i].channels.data();
    for (const int p : layer.parameters) {
      stays[static_cast<std::size_t>(p)] = true;
      if (list.channel) graph->parameters[p].chosen = &list;
    }
  }
  etch::detail::freeze_others(*graph, 0, [&](int p) { return stays[static_cast<std::size_t>(p)]; });
  return graph;
}

namespace {

// Graphs are large objects: each of these has a frame of its own, which is gone before the next one needs the
// stack.

[[gnu::noinline]] auto inferred(const PlannedGraph& graph) {
  return std::make_unique<decltype(infer(graph, true))>(infer(graph, true));
}
[[gnu::noinline]] auto differentiated(const PlannedGraph& graph, const TrainingOptions& options) {
  return std::make_unique<decltype(differentiate(graph, options))>(differentiate(graph, options));
}
template <Sizes S>
[[gnu::noinline]] auto planned(const Graph<S>& graph, int batch) {
  return std::make_unique<Plan<S>>(plan(graph, PlanOptions{.batch = batch}));
}

}  // namespace

void check_training_size(const std::string& name, const DeclaredGraph& declared,
                         const TrainingOptions& options, int batch) {
  if (etch::detail::needs_too_much(declared, options, batch))
    throw Error("training of '" + name + "' by batches of " + std::to_string(batch) +
                " takes more than a plan counts, 1,500,000,000 bytes: give a smaller --batch");
}

TrainingMemory training_memory_of(const DeclaredGraph& declared, const TrainingOptions& options, int batch) {
  const auto graph = std::make_unique<const PlannedGraph>(shrink<PlannedGraph::room>(declared));
  const auto training = differentiated(*graph, options);
  int input = 0, labels = 0;
  for (const Shape& shape : declared.input_shapes) input += 4 * shape.size() * batch;
  for (int k = 0; k < declared.outputs.count; ++k) {
    const Shape& shape = declared.output_shapes[k];
    labels += 4 * batch *
              (takes_classes(options.losses[static_cast<std::size_t>(k)].kind) ? shape.size() / shape.last()
                                                                               : shape.size());
  }
  TrainingMemory memory = etch::detail::memory_of(*planned(training->graph, batch),
                                                  *planned(*inferred(*graph), batch), input, labels);
  memory.plain_arena = memory.arena;
  memory.macs = etch::detail::training_macs(training->graph);
  return memory;
}

}  // namespace etch::host
