// SPDX-License-Identifier: BSL-1.0
#include <tests/golden/run_fixture.hpp>

#include <codegen/interpreter.hpp>
#include <codegen/keras_layers.hpp>
#include <runtime/host/error.hpp>

#include <algorithm>
#include <map>
#include <memory>

namespace golden {
namespace {

using namespace etch;

constexpr int keras_version = 2;  // that made the fixtures

Shape to_shape(const std::vector<int>& extents) {
  Shape shape;
  for (const int extent : extents) shape.append(extent);
  return shape;
}

std::unique_ptr<Builder> build(const Fixture& fixture) {
  auto g = std::make_unique<Builder>();
  std::map<std::string, Tensor> tensors;
  for (std::size_t k = 0; k < fixture.inputs.size(); ++k) {
    tensors["input" + std::to_string(k)] = g->input(to_shape(fixture.inputs[k].shape));
  }
  for (const LayerCall& call : fixture.layers) {
    std::vector<Tensor> inputs;
    for (const std::string& name : call.inputs) inputs.push_back(tensors.at(name));
    tensors[call.name] = make_keras_layer(call.class_name, call.config, {call.name, keras_version})(inputs);
  }
  const Tensor& last = tensors.at(fixture.layers.back().name);
  if (last.shape != to_shape(fixture.expected.shape))
    throw Error(fixture.key + " has an output of another shape");
  g->output(last);
  g->finish(__LINE__);
  if (g->graph.fault) throw Error(fixture.key + ": " + g->graph.fault.sentence);
  return g;
}

/// Extents without those of 1: a 1-D convolution may keep its kernel as a 2-D one.
std::vector<int> significant(const std::vector<int>& extents) {
  std::vector<int> result;
  std::copy_if(extents.begin(), extents.end(), std::back_inserter(result),
               [](int extent) { return extent != 1; });
  return result;
}

std::vector<int> extents_of(const Shape& shape) {
  return {shape.dim.begin(), shape.dim.begin() + shape.rank};
}

template <class Net, class G>
void load_weights(Net& net, const G& graph, const Fixture& fixture) {
  if (net.parameters() != static_cast<int>(fixture.weights.size())) {
    throw Error(fixture.key + " has " + std::to_string(fixture.weights.size()) + " weights for a model of " +
                std::to_string(net.parameters()));
  }
  for (int p = 0; p < net.parameters(); ++p) {
    const Array& weight = fixture.weights[static_cast<std::size_t>(p)];
    const auto wanted = extents_of(graph.parameters[p].shape);
    if (significant(weight.shape) != significant(wanted)) {
      throw Error(fixture.key + " has another shape of weight " + std::to_string(p) + " than the model");
    }
    std::copy(weight.values.begin(), weight.values.end(), net.parameter(p).begin());
  }
}

}  // namespace

std::vector<float> run(const Fixture& fixture, int rows) {
  const auto builder = build(fixture);
  Interpreter<float> net(builder->graph, rows, TrainingOptions{});
  load_weights(net, builder->graph, fixture);
  std::vector<std::vector<float>> inputs;
  std::vector<const float*> pointers;
  for (const Array& input : fixture.inputs) {
    inputs.emplace_back();
    for (int r = 0; r < rows; ++r) {
      inputs.back().insert(inputs.back().end(), input.values.begin(), input.values.end());
    }
  }
  for (const auto& input : inputs) pointers.push_back(input.data());
  const auto result = net.predict(pointers, rows);
  return {result.begin(), result.end()};
}

}  // namespace golden
