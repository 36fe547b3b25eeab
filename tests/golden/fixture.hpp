// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

namespace golden {

struct Array {
  std::vector<int> shape;
  std::vector<float> values;
};

/// One layer of a fixture, in Keras's words.
struct LayerCall {
  std::string name, class_name;
  std::string config;               ///< JSON
  std::vector<std::string> inputs;  ///< names of layers, or `input0`, `input1`, ...
};

/// A small model with published weights, inputs and outputs.
struct Fixture {
  std::string key;
  std::string group;  ///< the row of the table it counts in
  std::vector<LayerCall> layers;
  std::vector<Array> inputs, weights;
  Array expected;
  int predictions = 1;  ///< of which the last is expected
};

/// The fixtures of keras.js below `folder`, with the attributes that its ATTRS.json gives, by key.
std::vector<Fixture> load_kerasjs(const std::filesystem::path& folder);

/// A model of RTNeural with the input and output that were saved beside it. One sample is the whole series.
Fixture load_rtneural(const std::filesystem::path& folder, const std::string& model);

}  // namespace golden
