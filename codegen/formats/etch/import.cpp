// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/etch/graph_reader.hpp>
#include <codegen/formats/etch/import.hpp>
#include <codegen/formats/model_formats.hpp>
#include <etch/model/program/deploy.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/files/model_file.hpp>
#include <runtime/host/files/safetensors.hpp>
#include <runtime/host/lines.hpp>
#include <runtime/host/quoted.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>

namespace etch::host {

namespace {

using Declared = Graph<declaration_capacity>;
using FoldedModel = decltype(fold(std::declval<const Declared&>()));
using ShippedGraph = decltype(simplify(FoldedModel{}.graph));

/// Weights as floats that are aligned, whatever the file had.
std::vector<std::vector<float>> floats_of(const Declared& declared, std::span<const DeclaredWeight> weights,
                                          const std::string& name) {
  if (weights.size() != static_cast<std::size_t>(declared.parameters.count))
    throw Error("'" + name + "' has " + std::to_string(weights.size()) + " weights, and its graph has " +
                std::to_string(declared.parameters.count));
  std::vector<std::vector<float>> floats;
  for (std::size_t p = 0; p < weights.size(); ++p) {
    const auto elements = static_cast<std::size_t>(declared.parameters[static_cast<int>(p)].shape.size());
    if (weights[p].data.size() != elements * sizeof(float))
      throw Error("'" + name + "': the weight " + in_quotes(weights[p].name) +
                  " has not the shape that its graph says");
    floats.emplace_back(elements);
    std::memcpy(floats.back().data(), weights[p].data.data(), weights[p].data.size());
  }
  return floats;
}

/// "BatchNormalization" as "batch_normalization".
std::string snake_case(const char* op) {
  std::string text;
  for (; *op; ++op) {
    const bool upper = std::isupper(static_cast<unsigned char>(*op)) != 0;
    if (upper && !text.empty() && std::islower(static_cast<unsigned char>(text.back())) != 0) text += '_';
    text += static_cast<char>(std::tolower(static_cast<unsigned char>(*op)));
  }
  return text;
}

/// The layer that a step belongs to, by the name of its weights; else the op's.
std::string step_name(const Step& step, const std::string& weight) {
  const std::size_t slash = weight.rfind('/');
  if (slash != std::string::npos) return weight.substr(0, slash);
  return snake_case(visit_op(step.op, [](auto op) { return decltype(op)::name; }));
}

void describe_steps(ImportedModel& model) {
  const auto& g = *model.graph;
  for (int s = 0; s < g.steps.count; ++s) {
    const Step& step = g.steps[s];
    SourceOperator op{visit_op(step.op, [](auto o) { return decltype(o)::name; }), s, {}};
    const int weight = step.parameters > 0 ? g.operand(step, step.inputs - step.parameters) : -1;
    const std::string name =
        step_name(step, weight < 0 ? std::string() : model.values[static_cast<std::size_t>(weight)].name);
    for (int k = 0; k < step.outputs; ++k) {
      const int result = g.result(step, k);
      if (result < 0) continue;
      op.results.push_back(result);
      ImportedValue& value = model.values[static_cast<std::size_t>(result)];
      value.name = name;
      value.shape = k == 0 ? step.out : Shape{g.values[result].elements};
    }
    model.operators.push_back(std::move(op));
    model.source.push_back(s);
  }
}

bool fits(const Sizes& sizes) {
  return sizes.parameters <= declaration_capacity.parameters && sizes.values <= declaration_capacity.values &&
         sizes.steps <= declaration_capacity.steps && sizes.operands <= declaration_capacity.operands &&
         sizes.ends <= declaration_capacity.ends;
}

const std::string& metadata(const SafetensorsFile& file, const char* key, const std::string& name) {
  const auto found = file.metadata().find(key);
  if (found == file.metadata().end())
    throw Error("'" + name + "' does not hold the graph of its weights (metadata '" + key +
                "'): save the model again with Trainer::save; a model with ops of its own program has none");
  return found->second;
}

}  // namespace

ImportedModel import_declared(const Declared& declared, std::span<const DeclaredWeight> weights,
                              const std::string& name) {
  const auto trained = floats_of(declared, weights, name);
  const auto folded = std::make_unique<FoldedModel>(fold(declared));
  const auto shipped = std::make_unique<ShippedGraph>(simplify(folded->graph));
  if (!fits(shipped->sizes())) throw Error("'" + name + "' has too many steps to be imported");
  ImportedModel model;
  model.name = name;
  model.graph = std::make_unique<Declared>(shrink<declaration_capacity>(*shipped));
  model.values.resize(static_cast<std::size_t>(model.graph->values.count));
  const auto from = [&](int p) { return p < 0 ? nullptr : trained[static_cast<std::size_t>(p)].data(); };
  for (int p = 0; p < model.graph->parameters.count; ++p) {
    const Recipe& recipe = folded->recipes[p];
    const Shape& shape = model.graph->parameters[p].shape;
    std::vector<float> numbers(static_cast<std::size_t>(shape.size()));
    detail::fold_parameter(recipe, shape.size(), from, numbers.data());
    const auto bytes = std::as_bytes(std::span(numbers));
    model.parameters.emplace_back(bytes.begin(), bytes.end());
    const int named = recipe.source >= 0 ? recipe.source : recipe.mean;
    model.values[static_cast<std::size_t>(p)] = {
        std::string(weights[static_cast<std::size_t>(named)].name), shape, {}};
  }
  for (int k = 0; k < model.graph->inputs.count; ++k) {
    ImportedValue& input = model.values[static_cast<std::size_t>(model.graph->inputs[k])];
    input.name = "input_" + std::to_string(k);
    input.shape = model.graph->input_shapes[k];
  }
  describe_steps(model);
  for (int k = 0; k < model.graph->outputs.count; ++k)
    model.values[static_cast<std::size_t>(model.graph->outputs[k])].shape = model.graph->output_shapes[k];
  return model;
}

ImportedModel import_model_file(std::span<const std::byte> bytes, const std::string& name,
                                std::unique_ptr<Graph<declaration_capacity>>* declared) {
  const SafetensorsFile file = SafetensorsFile::parse(bytes, name);
  auto graph = read_graph_text(metadata(file, graph_text_key, name), name);
  const std::string& hash = metadata(file, graph_key, name);
  std::uint64_t saved = 0;
  const auto read = std::from_chars(hash.data(), hash.data() + hash.size(), saved, 16);
  if (read.ec != std::errc() || saved != structure_hash(*graph))
    throw Error("'" + name + "': the graph in it is damaged: it is not the one that its weights belong to");
  std::vector<DeclaredWeight> weights;
  const std::vector<std::string> order =
      graph->parameters.count > 0 ? lines_of(metadata(file, order_key, name)) : std::vector<std::string>();
  for (const std::string& weight : order) {
    const Tensor* found = file.find(weight);
    if (!found || found->dtype != "F32")
      throw Error("'" + name + "': the weight " + in_quotes(weight) + " is missing or not of floats");
    weights.push_back({found->name, file.data(*found)});
  }
  ImportedModel model = import_declared(*graph, weights, name);
  if (declared) *declared = std::move(graph);
  return model;
}

}  // namespace etch::host
