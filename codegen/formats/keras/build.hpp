// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/keras/layers.hpp>
#include <nlohmann/json.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/keras/keras_weights.hpp>

#include <map>
#include <optional>

namespace etch::host::keras {

using Json = nlohmann::json;

/// Steps that a tensor tells of: those where it has an element other than `value`. Keras 3 writes the masks
/// of its models as calls of NotEqual and Any.
struct MaskOf {
  Tensor x;
  float value = 0;
  bool any = false;  ///< of the features of a step; else x has one number for each
};

/// What layers are called on and give: a tensor, a constant or a mask.
struct Value {
  std::optional<Tensor> tensor;
  Json constant;
  std::optional<MaskOf> mask;
};

struct Call {
  std::vector<Value> positional;
  std::map<std::string, std::vector<Value>> named;
};

using Layer = std::function<std::vector<Value>(const Call&)>;

/// A weight of the graph, as it lies in memory.
struct NamedBytes {
  std::string name;
  std::vector<std::byte> bytes;
};

/// A model that is being made.
struct Build {
  int version = 3;                                   ///< the Keras that wrote it
  std::map<std::string, KerasLayerWeights> weights;  ///< by path; none while problems are looked for
  bool looks = false;                                ///< for problems alone: weights are not read yet
  std::vector<std::string> problems;
  std::map<int, NamedBytes> numbers;         ///< by parameter of the graph
  std::map<int, std::string> layer_of_step;  ///< its path
  int layers = 0, calls = 0;

  /// The weights of a layer; null while problems are looked for, and where it has none.
  const KerasLayerWeights* weights_of(const std::string& path) const {
    const auto found = weights.find(path);
    return found == weights.end() ? nullptr : &found->second;
  }
};

/// Makes a layer from its object of the configuration; `path` is its name behind those of the models around
/// it. Throws `Error` with a sentence about this layer alone.
Layer make_layer(const Json& json, const std::string& path, Build& build);

/// A result of `TFOpLambda` or `keras.ops`. Throws as `make_layer`.
Layer make_operation(const Json& json, const std::string& path, Build& build);
/// Keras 3's names of the operations that are read, `ops.Add`.
std::vector<std::string> operation_names();

// Layers that depend on the shape of what they are called on: shaped_layers.cpp.
Layer make_resizing(const Json& config, const std::string& path, Build& build);
Layer make_normalization(const Json& config, const std::string& path, Build& build);

/// A layer of one tensor.
template <class F>
Layer on_one_tensor(const std::string& path, F f) {
  return [f, path](const Call& call) mutable -> std::vector<Value> {
    if (call.positional.empty() || !call.positional[0].tensor)
      throw Error("layer '" + path + "' is not called on a tensor; save the model again");
    return {Value{f(*call.positional[0].tensor), {}, {}}};
  };
}

}  // namespace etch::host::keras
