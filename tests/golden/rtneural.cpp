// SPDX-License-Identifier: BSL-1.0
#include <runtime/host/data/csv.hpp>
#include <tests/golden/fixture.hpp>

#include <fstream>
#include <nlohmann/json.hpp>

namespace golden {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// Nested lists, as an array.
void append(const Json& json, std::size_t axis, Array& to) {
  if (!json.is_array()) {
    to.values.push_back(json.get<float>());
    return;
  }
  if (axis == to.shape.size()) to.shape.push_back(static_cast<int>(json.size()));
  for (const Json& part : json) append(part, axis + 1, to);
}

/// What RTNeural calls a layer, in Keras's words.
struct Translated {
  const char* class_name;
  Json config;
};

Translated convolution_2d(const Json& layer) {
  // Dilation goes along time, strides along the features.
  return {"Conv2D",
          {{"filters", layer.at("num_filters_out")},
           {"kernel_size", {layer.at("kernel_size_time"), layer.at("kernel_size_feature")}},
           {"dilation_rate", {layer.at("dilation"), 1}},
           {"strides", {1, layer.at("strides")}},
           {"padding", layer.at("padding")}}};
}

Translated convolution_1d(const Json& layer) {
  return {"Conv1D",
          {{"filters", layer.at("shape").back()},
           {"kernel_size", layer.at("kernel_size")},
           {"dilation_rate", layer.at("dilation")},
           {"groups", layer.value("groups", 1)},
           {"padding", "causal"}}};
}

Translated translate(const Json& layer) {
  const std::string type = layer.at("type");
  const Json& weights = layer.at("weights");
  const auto units = layer.at("shape").back();
  if (type == "dense" || type == "time-distributed-dense") {
    return {"Dense", {{"units", units}, {"use_bias", weights.size() == 2}}};
  }
  if (type == "conv1d") return convolution_1d(layer);
  if (type == "conv2d") return convolution_2d(layer);
  if (type == "gru") {
    return {"GRU", {{"units", units}, {"return_sequences", true}, {"reset_after", true}}};
  }
  if (type == "lstm") return {"LSTM", {{"units", units}, {"return_sequences", true}}};
  if (type == "prelu") {
    const bool one = weights.at(0).at(0).size() == 1;
    return {"PReLU", {{"shared_axes", one ? Json{1, 2} : Json{1}}}};
  }
  if (type == "activation") return {"Activation", Json::object()};
  const bool affine = weights.size() == 4;  // batchnorm, batchnorm2d
  return {"BatchNormalization", {{"epsilon", layer.at("epsilon")}, {"center", affine}, {"scale", affine}}};
}

Array read_series(const fs::path& path) {
  const auto table = etch::host::load_csv(path, {.header = false});
  return {{table.rows, table.columns}, table.values};
}

/// The extents of a sample; the length of a sequence, where it is open, is that of the series.
std::vector<int> extents(const Json& shape, int length) {
  std::vector<int> result;
  for (std::size_t axis = 1; axis < shape.size(); ++axis) {
    result.push_back(shape[axis].is_null() ? length : shape[axis].get<int>());
  }
  if (result.size() == 1) result.insert(result.begin(), length);  // samples apart: a series of them
  return result;
}

}  // namespace

Fixture load_rtneural(const fs::path& folder, const std::string& model) {
  std::ifstream file(folder / "models" / (model + ".json"));
  const Json json = Json::parse(file);
  Array x = read_series(folder / "test_data" / (model + "_x_python.csv"));
  Array y = read_series(folder / "test_data" / (model + "_y_python.csv"));
  const int length = x.shape[0];
  x.shape = extents(json.at("in_shape"), length);
  Fixture fixture{model, "RTNeural", {}, {x}, {}, {}};
  std::string from = "input0";
  for (const Json& layer : json.at("layers")) {
    Translated translated = translate(layer);
    const std::string activation = layer.at("activation");
    if (!activation.empty() && translated.class_name != std::string("PReLU")) {
      translated.config["activation"] = activation;
    }
    const std::string name = "layer" + std::to_string(fixture.layers.size());
    fixture.layers.push_back({name, translated.class_name, translated.config.dump(), {from}});
    for (const Json& weight : layer.at("weights")) append(weight, 0, fixture.weights.emplace_back());
    from = name;
    y.shape = extents(layer.at("shape"), length);
  }
  fixture.expected = y;
  return fixture;
}

}  // namespace golden
