// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/keras/build.hpp>
#include <codegen/formats/keras/nodes.hpp>

#include <memory>

namespace etch::host::keras {

/// A model of Keras, Sequential or Functional, that can be called like a layer: again with the same weights.
class Model {
 public:
  /// An input as the model describes it.
  struct Input {
    std::string name;
    Json shape;  ///< a list with the batch first; null where the model does not say
  };

  /// Makes all of its layers. What cannot be made is added to the problems of `build`.
  /// \param json the model's object. \param path of the models that it lies in, with a slash behind it.
  Model(const Json& json, const std::string& path, Build& build);

  const std::vector<Input>& inputs() const { return inputs_; }
  std::vector<Value> call(std::span<const Value> inputs);

 private:
  struct Entry {
    std::string name;
    Layer layer;
    std::vector<Node> nodes;
    int first_node = 0;  // the number of the first of them
    std::vector<std::vector<Value>> results;
  };

  void add_layer(const Json& json);
  void add_sequential(const Json& layers, const Json& config);
  void add_functional(const Json& layers, const Json& config);
  void add_input(const std::string& name, const Json& config);
  void number_nodes(const Json& layers);
  const Value* result(const Reference& reference) const;
  bool can_call(const Node& node) const;
  Call resolved(const Node& node) const;
  bool call_ready(Entry& entry);
  [[noreturn]] void refuse_unmade() const;

  std::string path_;
  Build& build_;
  std::vector<Input> inputs_;
  std::vector<Entry> entries_;
  std::map<std::string, std::size_t> by_name_;
  std::vector<Reference> input_layers_, outputs_;
};

}  // namespace etch::host::keras
