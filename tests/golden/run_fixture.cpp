// SPDX-License-Identifier: BSL-1.0
#include <tests/golden/run_fixture.hpp>

#include <codegen/formats/keras/layers.hpp>
#include <codegen/model/run_program.hpp>
#include <codegen/testing/interpreter.hpp>
#include <etch/passes/stream.hpp>
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

/// \param parameter gives the room for the weight of a number
template <class G, class Parameter>
void load_weights(const G& graph, const Fixture& fixture, const Parameter& parameter) {
  if (graph.parameters.count != static_cast<int>(fixture.weights.size())) {
    throw Error(fixture.key + " has " + std::to_string(fixture.weights.size()) + " weights for a model of " +
                std::to_string(graph.parameters.count));
  }
  for (int p = 0; p < graph.parameters.count; ++p) {
    const Array& weight = fixture.weights[static_cast<std::size_t>(p)];
    const auto wanted = extents_of(graph.parameters[p].shape);
    if (significant(weight.shape) != significant(wanted)) {
      throw Error(fixture.key + " has another shape of weight " + std::to_string(p) + " than the model");
    }
    std::copy(weight.values.begin(), weight.values.end(), parameter(p));
  }
}

constexpr Sizes room = Interpreter<float>::room;
using Prediction = Interpreter<float>::PredictionProgram;

/// A model that streams, and what it carries from one time to the next.
class StreamedModel {
 public:
  explicit StreamedModel(const Fixture& fixture) {
    const auto builder = build(fixture);
    const auto whole = std::make_unique<Graph<room>>(shrink<room>(builder->graph));
    const auto streamed = std::make_unique<decltype(stream(*whole))>(stream(*whole));
    if (streamed->graph.fault) throw Error(fixture.key + ": " + streamed->graph.fault.sentence);
    const auto graph = std::make_unique<Graph<room>>(shrink<room>(streamed->graph));
    program_ = std::make_unique<Prediction>(make_program(infer(*graph), PlanOptions{}, true));
    for (int k = 0; k < streamed->states; ++k) {
      const int input = graph->inputs.count - streamed->states + k;
      states_.emplace_back(static_cast<std::size_t>(graph->input_shapes[input].size()));
    }
    weights_.resize(static_cast<std::size_t>(program_->plan.weight_bytes) / sizeof(float));
    arena_.resize(static_cast<std::size_t>(program_->plan.arena_bytes) / sizeof(float) + 1);
    load_weights(*graph, fixture, [&](int p) {
      return weights_.begin() + program_->plan.offset[p] / static_cast<int>(sizeof(float));
    });
  }

  int input_elements() const { return program_->graph.input_shapes[0].size(); }
  int output_elements() const { return program_->graph.output_shapes[0].size(); }

  void step(const float* in, float* out) {
    std::vector<const void*> inputs{in};
    std::vector<void*> outputs{out};
    for (auto& state : states_) {
      inputs.push_back(state.data());
      outputs.push_back(state.data());
    }
    const auto bytes = [](std::vector<float>& v) { return reinterpret_cast<std::byte*>(v.data()); };
    const Regions regions{bytes(weights_), nullptr,        nullptr, bytes(arena_),
                          inputs.data(),   outputs.data(), nullptr};
    host::run_program(*program_, 0, program_->graph.steps.count, regions);
  }

 private:
  std::unique_ptr<Prediction> program_;
  std::vector<std::vector<float>> states_;
  std::vector<float> weights_, arena_;
};

}  // namespace

std::vector<float> run(const Fixture& fixture, int rows) {
  const auto builder = build(fixture);
  Interpreter<float> net(builder->graph, rows, TrainingOptions{});
  load_weights(builder->graph, fixture, [&](int p) { return net.parameter(p).begin(); });
  std::vector<std::vector<float>> inputs;
  std::vector<const float*> pointers;
  for (const Array& input : fixture.inputs) {
    inputs.emplace_back();
    for (int r = 0; r < rows; ++r) {
      inputs.back().insert(inputs.back().end(), input.values.begin(), input.values.end());
    }
  }
  for (const auto& input : inputs) pointers.push_back(input.data());
  for (int k = 1; k < fixture.predictions; ++k) net.predict(pointers, rows);
  const auto result = net.predict(pointers, rows);
  return {result.begin(), result.end()};
}

std::vector<float> run_streamed(const Fixture& fixture) {
  StreamedModel model(fixture);
  const std::vector<float>& series = fixture.inputs[0].values;
  std::vector<float> results;
  std::vector<float> out(static_cast<std::size_t>(model.output_elements()));
  for (std::size_t at = 0; at < series.size(); at += static_cast<std::size_t>(model.input_elements())) {
    model.step(&series[at], out.data());
    results.insert(results.end(), out.begin(), out.end());
  }
  return results;
}

}  // namespace golden
