// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <tests/fuzz/mutation.hpp>

#include <nlohmann/json.hpp>
#include <optional>

namespace etch::fuzz {

using Json = nlohmann::json;

/// One of Etch's own model files, in its parts: what it says of itself can be changed and is right again.
struct ModelFileParts {
  Json header;  ///< metadata and tensors
  Bytes data;

  /// Nothing of files whose header is no JSON object.
  static std::optional<ModelFileParts> of(std::span<const std::uint8_t> file);
  /// A new file of a graph, with weights that are not all alike.
  static ModelFileParts of_graph(const std::string& graph_text);
  Bytes file() const;

  std::string graph_text() const;
  void set_graph_text(const std::string& text) { header["__metadata__"]["etch.graph_text"] = text; }
  /// Gives each parameter of a graph a tensor of its shape. False where they are too many or too large.
  bool fit_weights(const Json& graph);
  /// Writes the hash of the graph and the checksum of the weights. Throws `Error` for graphs that are
  /// refused.
  void seal();
};

/// Changes one to three places of a text of JSON: numbers, names, lists.
void mutate_json(Json& root, Dice& dice);
/// The same of a graph, whose shapes and numbers of elements mostly agree again afterwards.
void mutate_graph(Json& graph, Dice& dice);

}  // namespace etch::fuzz
