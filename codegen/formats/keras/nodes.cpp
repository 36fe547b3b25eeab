// SPDX-License-Identifier: BSL-1.0
#include <codegen/formats/keras/nodes.hpp>

#include <algorithm>

namespace etch::host::keras {
namespace {

constexpr int most_index = 1 << 16;

std::optional<int> index_of(const Json& json) {
  if (!json.is_number_integer() || json < 0 || json > most_index) return std::nullopt;
  return json.get<int>();
}

/// ["name", node, tensor], with more behind it in Keras 2.
std::optional<Reference> reference_of(const Json& json) {
  if (!json.is_array() || json.size() < 3 || !json[0].is_string()) return std::nullopt;
  const auto node = index_of(json[1]), tensor = index_of(json[2]);
  if (!node || !tensor) return std::nullopt;
  return Reference{json[0].get<std::string>(), *node, *tensor};
}

/// A tensor of Keras 3.
std::optional<Reference> tensor_of(const Json& json) {
  if (!json.is_object() || json.value("class_name", Json()) != "__keras_tensor__") return std::nullopt;
  const auto config = json.find("config");
  if (config == json.end() || !config->is_object()) return std::nullopt;
  return reference_of(config->value("keras_history", Json()));
}

using Find = std::optional<Reference> (*)(const Json&);

bool holds_tensor(const Json& json, Find find) {
  if (find(json)) return true;
  return json.is_array() &&
         std::ranges::any_of(json, [&](const Json& item) { return holds_tensor(item, find); });
}

/// Tensors and constants of an argument: a list is one constant, unless there is a tensor in it.
void append(std::vector<Argument>& to, const Json& json, Find find) {
  if (const auto tensor = find(json)) {
    to.push_back({tensor, {}});
  } else if (json.is_array() && holds_tensor(json, find)) {
    for (const Json& item : json) append(to, item, find);
  } else {
    to.push_back({std::nullopt, json});
  }
}

void append_named(Node& node, const Json& named, Find find) {
  if (!named.is_object()) return;
  for (const auto& [name, value] : named.items()) {
    if (value.is_null()) continue;
    std::vector<Argument> arguments;
    append(arguments, value, find);
    node.named[name] = std::move(arguments);
  }
}

std::optional<Node> node_of_keras3(const Json& json) {
  const auto positional = json.find("args");
  if (positional == json.end() || !positional->is_array()) return std::nullopt;
  Node node;
  for (const Json& argument : *positional) append(node.positional, argument, tensor_of);
  if (const auto named = json.find("kwargs"); named != json.end()) append_named(node, *named, tensor_of);
  return node;
}

/// A list of ["name", node, tensor, {named arguments}], or one of them; a constant is called _CONSTANT_VALUE.
std::optional<Node> node_of_keras2(const Json& json) {
  if (!json.is_array() || json.empty()) return std::nullopt;
  if (json[0].is_array()) {
    Node all;
    for (const Json& part : json) {
      const auto one = node_of_keras2(part);
      if (!one) return std::nullopt;
      all.positional.insert(all.positional.end(), one->positional.begin(), one->positional.end());
      for (const auto& [name, arguments] : one->named) all.named[name] = arguments;
    }
    return all;
  }
  Node node;
  if (json.size() >= 3 && json[0] == "_CONSTANT_VALUE")
    node.positional.push_back({std::nullopt, json[2]});
  else if (const auto tensor = reference_of(json))
    node.positional.push_back({tensor, {}});
  else
    return std::nullopt;
  if (json.size() > 3) append_named(node, json[3], reference_of);
  return node;
}

}  // namespace

std::vector<Reference> Node::tensors() const {
  std::vector<Reference> all;
  const auto add = [&](const std::vector<Argument>& arguments) {
    for (const Argument& argument : arguments)
      if (argument.tensor) all.push_back(*argument.tensor);
  };
  add(positional);
  for (const auto& [name, arguments] : named) add(arguments);
  return all;
}

std::optional<std::vector<Node>> nodes_of(const Json& inbound_nodes) {
  if (!inbound_nodes.is_array()) return std::nullopt;
  std::vector<Node> nodes;
  for (const Json& json : inbound_nodes) {
    const auto node = json.is_object() ? node_of_keras3(json) : node_of_keras2(json);
    if (!node) return std::nullopt;
    nodes.push_back(*node);
  }
  return nodes;
}

std::vector<Reference> references_in(const Json& json) {
  if (const auto one = reference_of(json)) return {*one};
  std::vector<Reference> all;
  if (!json.is_structured()) return all;
  for (const Json& item : json) {
    const auto more = references_in(item);
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace etch::host::keras
