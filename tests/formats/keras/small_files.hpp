// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/formats/keras/import.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

// Files of Keras as they are once HDF5 was read: configurations and arrays that tests make up.
namespace keras_test {

using namespace etch;
using Json = nlohmann::json;

inline Json parse(const char* text) { return Json::parse(text); }

/// A layer of Keras 2's dialect, called on others: "x", or "x:node".
inline Json layer(const char* class_name, const std::string& name, Json config,
                  const std::vector<std::vector<std::string>>& calls) {
  config["name"] = name;
  Json nodes = Json::array();
  for (const auto& call : calls) {
    Json node = Json::array();
    for (const std::string& from : call) {
      const std::size_t colon = from.find(':');
      const int number = colon == from.npos ? 0 : std::stoi(from.substr(colon + 1));
      node.push_back({from.substr(0, colon), number, 0, Json::object()});
    }
    nodes.push_back(node);
  }
  return {{"class_name", class_name}, {"config", config}, {"name", name}, {"inbound_nodes", nodes}};
}

inline Json input(const std::string& name, const Json& shape) {
  return layer("InputLayer", name, {{"batch_input_shape", shape}, {"dtype", "float32"}}, {});
}

inline Json functional(const std::vector<Json>& layers, const std::vector<std::string>& inputs,
                       const std::vector<std::string>& outputs) {
  Json config{{"name", "model"}, {"layers", layers}};
  for (const std::string& name : inputs) config["input_layers"].push_back({name, 0, 0});
  for (const std::string& name : outputs) {
    const std::size_t colon = name.find(':');
    config["output_layers"].push_back(
        {name.substr(0, colon), colon == name.npos ? 0 : std::stoi(name.substr(colon + 1)), 0});
  }
  return {{"class_name", "Functional"}, {"config", config}};
}

inline Json sequential(const std::vector<Json>& layers) {
  return {{"class_name", "Sequential"}, {"config", {{"name", "sequential"}, {"layers", layers}}}};
}

/// An array whose numbers are 0.01, 0.02, ...
inline host::Hdf5Array array(const std::vector<std::uint64_t>& shape, const char* type = "float32") {
  host::Hdf5Array made{shape, type, {}};
  std::size_t count = 1;
  for (const std::uint64_t extent : shape) count *= static_cast<std::size_t>(extent);
  for (std::size_t i = 1; i <= count; ++i) made.numbers.push_back(0.01f * static_cast<float>(i));
  return made;
}

/// A file of the `.keras` layout, whose arrays are added by their groups.
struct Archive : host::KerasFile {
  explicit Archive(const Json& model, const char* written_by = "3.9.2") {
    name = "model.keras";
    version = written_by;
    config = model.dump();
  }
  Archive& add(const std::string& group, const std::vector<std::vector<std::uint64_t>>& shapes,
               const std::string& called = {}) {
    weights[group];
    weights[group + "/vars"];
    if (!called.empty()) weights[group + "/vars"].texts["name"] = {called};
    for (std::size_t i = 0; i < shapes.size(); ++i)
      weights[group + "/vars/" + std::to_string(i)].array = array(shapes[i]);
    return *this;
  }
};

/// A file of the `.h5` layout.
struct Hdf5File : host::KerasFile {
  explicit Hdf5File(const Json& model, const char* written_by = "2.11.0") {
    name = "model.h5";
    version = written_by;
    config = model.is_null() ? "" : model.dump();
    by_layer_names = true;
    weights[""].texts["layer_names"];
  }
  Hdf5File& add(const std::string& called,
                const std::vector<std::pair<std::string, std::vector<std::uint64_t>>>& arrays) {
    weights[""].texts["layer_names"].push_back(called);
    auto& names = weights[called].texts["weight_names"];
    for (const auto& [name, shape] : arrays) {
      names.push_back(name);
      weights[called + "/" + name].array = array(shape);
    }
    return *this;
  }
};

}  // namespace keras_test
