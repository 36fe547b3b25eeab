// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/keras/model.hpp>
#include <runtime/host/keras/json_member.hpp>
#include <runtime/host/keras/keras_config.hpp>
#include <runtime/host/quoted.hpp>

#include <algorithm>

namespace etch::host::keras {
namespace {

constexpr int most_layers = 4096, most_calls = 16384;

/// The shape that a layer's input has, by both dialects' name.
const Json& input_shape(const Json& config) {
  const Json& shape = member(config, "batch_shape");
  return shape.is_array() ? shape : member(config, "batch_input_shape");
}

/// The shape of a model's only input, which may be that of the model that it begins with.
Json first_input_shape(const Json& model) {
  const Json* layers = keras_layers(model);
  if (!layers || layers->empty()) return {};
  const auto inputs = references_in(member(member(model, "config"), "input_layers"));
  for (const Json& layer : *layers)
    if (inputs.empty() || keras_name(layer) == inputs[0].layer) {
      const Json& shape = input_shape(member(layer, "config"));
      return shape.is_array() ? shape : first_input_shape(layer);
    }
  return {};
}

/// Functional models have a call of their own before those that are counted; Sequential ones had until Keras
/// 3, where they begin with their input.
bool counts_from_one(const Json& layer, int version) {
  const Json* layers = keras_layers(layer);
  if (!layers) return false;
  if (keras_class(layer) != "Sequential") return true;
  const bool has_input = !layers->empty() && (keras_class((*layers)[0]) == "InputLayer" ||
                                              input_shape(member((*layers)[0], "config")).is_array());
  return version < 3 && has_input;
}

}  // namespace

Model::Model(const Json& json, const std::string& path, Build& build) : path_(path), build_(build) {
  const Json* layers = keras_layers(json);
  if (!layers) return;  // problems say so
  const Json& config = member(json, "config");
  if (member(config, "input_layers").is_null())
    add_sequential(*layers, config);
  else
    add_functional(*layers, config);
}

void Model::add_layer(const Json& json) {
  if (++build_.layers > most_layers) throw Error("the model has more than 4,096 layers");
  Entry entry;
  entry.name = keras_name(json);
  if (entry.name.empty())
    entry.name = keras_snake_case(keras_class(json)) + "_" + std::to_string(entries_.size());
  try {
    if (keras_class(json) != "InputLayer") entry.layer = make_layer(json, path_ + entry.name, build_);
  } catch (const Error& problem) {
    build_.problems.emplace_back(problem.what());
  }
  by_name_[entry.name] = entries_.size();
  entries_.push_back(std::move(entry));
}

void Model::add_input(const std::string& name, const Json& config) {
  for (const char* kind : {"sparse", "ragged", "optional"})
    if (member(config, kind) == true)
      build_.problems.push_back("input " + in_quotes(name) + " is " + kind + "; make it dense");
  if (member(config, "dtype") == "string")
    build_.problems.push_back("input " + in_quotes(name) + " takes texts; give numbers");
  inputs_.push_back({name, input_shape(config)});
}

void Model::add_sequential(const Json& layers, const Json& config) {
  const bool has_input = !layers.empty() && keras_class(layers[0]) == "InputLayer";
  if (!has_input) {
    Entry input;
    input.name = "input";
    by_name_[input.name] = 0;
    entries_.push_back(std::move(input));
  }
  for (const Json& layer : layers) {
    const std::string before = entries_.empty() ? "" : entries_.back().name;
    add_layer(layer);
    if (!before.empty()) entries_.back().nodes = {Node{{{Reference{before}, {}}}, {}}};
  }
  if (entries_.empty()) return;
  const Json& first = layers.empty() ? Json() : layers[0];
  const Json& first_config = member(first, "config");
  add_input(entries_[0].name, first_config);
  if (inputs_[0].shape.is_null()) inputs_[0].shape = member(config, "build_input_shape");
  if (inputs_[0].shape.is_null()) inputs_[0].shape = first_input_shape(first);
  input_layers_ = {Reference{entries_[0].name}};
  outputs_ = {Reference{entries_.back().name}};
}

void Model::add_functional(const Json& layers, const Json& config) {
  input_layers_ = references_in(member(config, "input_layers"));
  outputs_ = references_in(member(config, "output_layers"));
  for (const Json& layer : layers) {
    add_layer(layer);
    const auto nodes = nodes_of(member(layer, "inbound_nodes"));
    if (!nodes)
      build_.problems.push_back("layer " + in_quotes(path_ + entries_.back().name) +
                                " does not say what it is called on; save the model again");
    else
      entries_.back().nodes = *nodes;
  }
  number_nodes(layers);
  for (const Reference& input : input_layers_) {
    const auto found =
        std::ranges::find_if(layers, [&](const Json& layer) { return keras_name(layer) == input.layer; });
    add_input(input.layer, found == layers.end() ? Json() : member(*found, "config"));
  }
}

/// Where calls are counted from 1, unless one is called 0 all the same.
void Model::number_nodes(const Json& layers) {
  std::map<std::string, int> lowest;
  const auto note = [&](const Reference& reference) {
    const auto [at, is_new] = lowest.try_emplace(reference.layer, reference.node);
    if (!is_new) at->second = std::min(at->second, reference.node);
  };
  for (const Entry& entry : entries_)
    for (const Node& node : entry.nodes) std::ranges::for_each(node.tensors(), note);
  std::ranges::for_each(outputs_, note);
  for (std::size_t i = 0; i < entries_.size() && i < layers.size(); ++i) {
    const auto found = lowest.find(entries_[i].name);
    const bool from_one = counts_from_one(layers[i], build_.version);
    entries_[i].first_node = from_one && found != lowest.end() && found->second > 0 ? 1 : 0;
  }
}

const Value* Model::result(const Reference& reference) const {
  const auto found = by_name_.find(reference.layer);
  if (found == by_name_.end()) return nullptr;
  const Entry& entry = entries_[found->second];
  const int node = reference.node - entry.first_node;
  if (node < 0 || node >= static_cast<int>(entry.results.size())) return nullptr;
  const auto& results = entry.results[static_cast<std::size_t>(node)];
  const auto tensor = static_cast<std::size_t>(reference.tensor);
  return tensor < results.size() ? &results[tensor] : nullptr;
}

bool Model::can_call(const Node& node) const {
  return std::ranges::all_of(node.tensors(),
                             [&](const Reference& tensor) { return result(tensor) != nullptr; });
}

Call Model::resolved(const Node& node) const {
  const auto value_of = [&](const Argument& argument) {
    return argument.tensor ? *result(*argument.tensor) : Value{{}, argument.constant, {}};
  };
  Call call;
  for (const Argument& argument : node.positional) call.positional.push_back(value_of(argument));
  for (const auto& [name, arguments] : node.named)
    for (const Argument& argument : arguments) call.named[name].push_back(value_of(argument));
  return call;
}

/// Makes the calls of a layer whose tensors are there; whether there was one.
bool Model::call_ready(Entry& entry) {
  bool called = false;
  while (entry.layer && entry.results.size() < entry.nodes.size() &&
         can_call(entry.nodes[entry.results.size()])) {
    if (++build_.calls > most_calls) throw Error("the model has more than 16,384 calls of layers");
    entry.results.push_back(entry.layer(resolved(entry.nodes[entry.results.size()])));
    called = true;
  }
  return called;
}

std::vector<Value> Model::call(std::span<const Value> inputs) {
  for (Entry& entry : entries_) entry.results.clear();
  if (inputs.size() != input_layers_.size())
    throw Error("model " + in_quotes(path_) + " is called on " + std::to_string(inputs.size()) +
                " tensors; it takes " + std::to_string(input_layers_.size()));
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const auto found = by_name_.find(input_layers_[k].layer);
    if (found == by_name_.end())
      throw Error("input " + in_quotes(input_layers_[k].layer) + " is no layer of its model");
    entries_[found->second].results = {{inputs[k]}};
  }
  for (bool called = true; called;) {
    called = false;
    for (Entry& entry : entries_) called = call_ready(entry) || called;
  }
  std::vector<Value> results;
  for (const Reference& output : outputs_) {
    const Value* value = result(output);
    if (!value) refuse_unmade();
    results.push_back(*value);
  }
  return results;
}

/// The first layer that waits for one that was never called.
void Model::refuse_unmade() const {
  for (const Entry& entry : entries_) {
    if (entry.results.size() >= entry.nodes.size()) continue;
    for (const Reference& tensor : entry.nodes[entry.results.size()].tensors())
      if (!result(tensor))
        throw Error("layer " + in_quotes(path_ + entry.name) + " is called on a result of " +
                    in_quotes(tensor.layer) + " that nothing makes; save the model again");
  }
  throw Error("an output is the result of a layer that is not called; save the model again");
}

}  // namespace etch::host::keras
