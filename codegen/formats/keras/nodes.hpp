// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace etch::host::keras {

using Json = nlohmann::json;

/// A result of a layer: of its call `node`, the result `tensor`.
struct Reference {
  std::string layer;
  int node = 0, tensor = 0;
};

/// What a layer is called on: a tensor, or a constant.
struct Argument {
  std::optional<Reference> tensor;
  Json constant;
};

/// One call of a layer.
struct Node {
  std::vector<Argument> positional;  ///< lists of tensors one after the other
  std::map<std::string, std::vector<Argument>> named;

  /// Tensors that it is called on, all of them.
  std::vector<Reference> tensors() const;
};

/// The calls in a layer's `inbound_nodes`, of Keras 2 ([[["x", 0, 0, {}]]]) or 3 ([{"args": ...}]); nothing
/// where they are neither.
std::optional<std::vector<Node>> nodes_of(const Json& inbound_nodes);

/// The references of a model's `input_layers` or `output_layers`: one, a list or an object of them.
std::vector<Reference> references_in(const Json& json);

}  // namespace etch::host::keras
