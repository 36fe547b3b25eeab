// SPDX-License-Identifier: BSL-1.0
#include <tests/golden/fixture.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

namespace golden {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

Json read_json(const fs::path& path) {
  std::ifstream file(path);
  return Json::parse(file);
}

Array to_array(const Json& json) { return {json.at("shape"), json.at("data")}; }

std::vector<Array> to_arrays(const Json& json) {
  std::vector<Array> arrays;
  for (const Json& one : json) arrays.push_back(to_array(one));
  return arrays;
}

/// What keras.js calls otherwise than Keras 2 does: key, its name, Keras's name.
struct Renamed {
  const char *class_name, *from, *to;
};
constexpr Renamed renamed[]{{"Dropout", "p", "rate"},
                            {"GaussianDropout", "p", "rate"},
                            {"GaussianNoise", "sigma", "stddev"},
                            {"ReLU", "maxValue", "max_value"},
                            {"ReLU", "alpha", "negative_slope"}};

void rename_attributes(const std::string& class_name, Json& config) {
  config.erase("gpu");  // where the page computes
  for (const Renamed& r : renamed) {
    if (class_name != r.class_name || !config.contains(r.from)) continue;
    config[r.to] = config[r.from];
    config.erase(r.from);
  }
}

/// A function, or the layer that has its parameters.
std::string class_of_function(const std::string& function, Json& config) {
  if (function == "relu" && !config.empty()) return "ReLU";
  if (function == "elu" && !config.empty()) return "ELU";
  config["activation"] = function;
  return "Activation";
}

LayerCall to_call(const Json& op) {
  constexpr std::string_view function_prefix = "activation:";
  std::string class_name = op.at("op");
  Json config = op.at("attrs");
  if (class_name.starts_with(function_prefix)) {
    class_name = class_of_function(class_name.substr(function_prefix.size()), config);
  }
  rename_attributes(class_name, config);
  LayerCall call{"layer" + std::to_string(op.value("layer", 0)), class_name, config.dump(), {}};
  for (const std::string& from : op.value("inputs", std::vector<std::string>{"input"})) {
    call.inputs.push_back(from == "input" ? "input0" : from);
  }
  return call;
}

/// A layer of a pipeline or graph, whose first layers read the input of their branch.
LayerCall to_graph_call(const Json& layer) {
  Json config = layer.at("attrs");
  LayerCall call{config.at("name"), layer.at("layerClass"), "", layer.at("inbound")};
  rename_attributes(call.class_name, config);
  call.config = config.dump();
  if (call.inputs.empty()) call.inputs = {"input" + std::to_string(layer.value("branch", 0))};
  return call;
}

/// Layers that keep their state are asked twice.
int predictions(const Fixture& fixture) {
  constexpr int stateful = 2;
  return Json::parse(fixture.layers[0].config).value("stateful", false) ? stateful : 1;
}

void add_layers(const Json& attributes, Fixture& fixture) {
  if (attributes.contains("ops")) {
    for (const Json& op : attributes.at("ops")) fixture.layers.push_back(to_call(op));
  } else {
    for (const Json& layer : attributes.at("testParams").at("layers")) {
      fixture.layers.push_back(to_graph_call(layer));
    }
  }
}

/// `pooling.MaxPooling2D.3` counts as MaxPooling2D, `activations.relu.0` as a function, `graph_02` as graph.
std::string group_of(const std::string& key) {
  const auto first = key.find('.'), last = key.rfind('.');
  if (first == std::string::npos) return key.substr(0, key.find('_'));
  const std::string name = key.substr(first + 1, last - first - 1);
  return key.starts_with("activations.") ? "function " + name : name;
}

/// Three fixtures repeat others, on a graphics card, and have no attributes of their own.
std::string attributes_key(const std::string& key) {
  const std::map<std::string, std::string> same{
      {"core.Dense.3", "core.Dense.0"}, {"core.Dense.4", "core.Dense.1"}, {"core.Dense.5", "core.Dense.2"}};
  const auto found = same.find(key);
  return found == same.end() ? key : found->second;
}

Fixture to_fixture(const std::string& key, const Json& data, const Json& all_attributes) {
  Fixture fixture{key, group_of(key), {}, {}, {}, to_array(data.at("expected"))};
  add_layers(all_attributes.at(attributes_key(key)), fixture);
  if (data.contains("inputs")) {
    fixture.inputs = to_arrays(data.at("inputs"));
  } else {
    fixture.inputs = {to_array(data.at("input"))};
  }
  if (data.contains("weights")) fixture.weights = to_arrays(data.at("weights"));
  fixture.predictions = predictions(fixture);
  return fixture;
}

}  // namespace

std::vector<Fixture> load_kerasjs(const fs::path& folder) {
  const Json attributes = read_json(folder / "ATTRS.json");
  std::vector<Fixture> fixtures;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".json" || entry.path().filename() == "ATTRS.json") continue;
    const Json file = read_json(entry.path());
    for (const auto& [key, data] : file.items()) fixtures.push_back(to_fixture(key, data, attributes));
  }
  std::sort(fixtures.begin(), fixtures.end(),
            [](const Fixture& a, const Fixture& b) { return a.key < b.key; });
  return fixtures;
}

}  // namespace golden
