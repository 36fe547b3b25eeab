// SPDX-License-Identifier: BSL-1.0
// A declaration that `etch convert` wrote, against the file that it was written from.
#include DECLARATION_HEADER

#include <codegen/formats/model_formats.hpp>
#include <codegen/model/model_session.hpp>
#include <etch/etch.hpp>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <random>
#include <set>

namespace {

using namespace etch;

constexpr const auto& net = DECLARATION;
constexpr int samples = 3;

constexpr bool keeps_states() {
  for (const Value& value : graph<net>.values)
    if (value.role == Role::state) return true;
  return false;
}

int mistakes = 0;
void check(bool right, const char* what) {
  if (right) return;
  ++mistakes;
  std::printf("%s\n", what);
}

using Buffers = std::vector<std::vector<float>>;

/// Samples, an array an input or output.
template <class Shapes>
Buffers buffers(const Shapes& shapes, int count = 1) {
  Buffers all;
  for (const Shape& shape : shapes) all.emplace_back(static_cast<std::size_t>(count * shape.size()));
  return all;
}

void fill(Buffers& inputs, std::mt19937& random) {
  for (std::vector<float>& input : inputs)
    for (float& x : input) x = static_cast<float>(random() % 2001) / 1000.0f - 1.0f;
}

bool same_bits(const std::vector<float>& a, std::span<const std::byte> b) {
  return a.size() * sizeof(float) == b.size() && std::memcmp(a.data(), b.data(), b.size()) == 0;
}

/// Predicts as the model ships.
template <const auto& Net>
struct Shipped {
  std::vector<std::byte> weights = std::vector<std::byte>(Deployment<Net>::weight_bytes + 64);
  std::vector<std::byte> arena = std::vector<std::byte>(Deployment<Net>::arena_bytes + 64);

  static std::byte* aligned(std::vector<std::byte>& bytes) {
    void* begin = bytes.data();
    std::size_t room = bytes.size();
    return static_cast<std::byte*>(std::align(64, room - 64, begin, room));
  }
  explicit Shipped(std::span<const std::byte> trained) {
    fold_weights<Net>(trained, {aligned(weights), static_cast<std::size_t>(Deployment<Net>::weight_bytes)});
  }
  void predict(const Buffers& inputs, Buffers& outputs) {
    std::vector<const void*> in;
    std::vector<void*> out;
    for (const std::vector<float>& input : inputs) in.push_back(input.data());
    for (std::vector<float>& output : outputs) out.push_back(output.data());
    Deployment<Net>::predict(aligned(weights), aligned(arena), in.data(), out.data());
  }
};

/// By the trainer: models that keep states do not ship by themselves.
template <class Model>
struct Trained {
  Model& model;
  void predict(const Buffers& inputs, Buffers& outputs) {
    const auto y = model.predict(std::span<const float>(inputs[0]));
    outputs[0].assign(y.begin(), y.end());
  }
};

template <class Predictor>
void compare(Predictor&& predictor, const host::ImportedModel& imported) {
  host::ModelSession session(imported);
  std::mt19937 random(7);
  Buffers inputs = buffers(graph<net>.input_shapes), outputs = buffers(graph<net>.output_shapes);
  for (int s = 0; s < samples; ++s) {
    fill(inputs, random);
    std::vector<std::span<const std::byte>> bytes;
    for (const std::vector<float>& input : inputs) bytes.push_back(std::as_bytes(std::span(input)));
    session.run(bytes);
    predictor.predict(inputs, outputs);
    for (std::size_t k = 0; k < outputs.size(); ++k)
      check(same_bits(outputs[k], session.output(static_cast<int>(k))), "the results differ from the file's");
  }
}

template <const auto& Net, class Model>
void compare_with(Model& model, const host::ImportedModel& imported) {
  if constexpr (keeps_states())
    compare(Trained<Model>{model}, imported);
  else
    compare(Shipped<Net>(model.weights()), imported);
}

struct ParameterCounts {
  long long total = 0, trainable = 0;
};

/// Each weight of a step counts, also where two steps have arrays of the same numbers; a step that is there
/// twice with all of its weights is one layer.
ParameterCounts numbers_in(const host::ImportedModel& model) {
  const auto& g = *model.graph;
  std::set<std::vector<int>> layers;
  ParameterCounts numbers;
  for (const Step& step : g.steps) {
    std::vector<int> weights;
    for (int k = step.inputs - step.parameters; k < step.inputs; ++k) weights.push_back(g.operand(step, k));
    if (layers.insert(weights).second)
      for (const int weight : weights) {
        const Parameter& parameter = g.parameters[weight];
        numbers.total += parameter.shape.size();
        if (parameter.trainable) numbers.trainable += parameter.shape.size();
      }
  }
  return numbers;
}

/// What the summary says of parameters.
long long summary_line(const std::string& what) {
  const std::string text = summary_text<net>(), begin = "\n " + what + " params: ";
  const auto at = text.find(begin);
  long long number = -1;
  if (at == text.npos) return number;
  number = 0;
  for (std::size_t i = at + begin.size(); text[i] != ' '; ++i)
    if (text[i] != ',') number = 10 * number + (text[i] - '0');
  return number;
}

template <class Model>
void train(Model& model) {
  std::mt19937 random(8);
  Buffers inputs = buffers(graph<net>.input_shapes, 2), outputs = buffers(graph<net>.output_shapes, 2);
  fill(inputs, random);
  fill(outputs, random);
  Dataset batch;
  for (std::size_t k = 0; k < inputs.size(); ++k) batch.x[k] = Samples(std::span<const float>(inputs[k]));
  for (std::size_t k = 0; k < outputs.size(); ++k) batch.y[k] = Labels(std::span<const float>(outputs[k]));
  model.initialize(0);  // any weights: those of a trained model may take no step that a float shows
  const auto before = copies_of_weights(model);
  check(std::isfinite(model.train_on_batch(batch)), "the loss of a training step is not finite");
  if (numbers<net>().trainable > 0)
    check(copies_of_weights(model) != before, "a training step leaves all weights as they were");
}

}  // namespace

int main() {
  auto model = compile<net>(SGD{.learning_rate = 1e-3f}, MeanSquaredError{}, hana::make_tuple(), batch<2>);
  model.load_weights(DECLARATION_WEIGHTS);
  const host::ImportedModel imported = host::read_model(MODEL_FILE);
  const host::ImportedModel declared = host::read_model(MODEL_FILE, {.declared = true});
  const ParameterCounts in_file = numbers_in(declared);
  check(summary_line("Total") == in_file.total, "the summary has other parameters than the file");
  check(summary_line("Trainable") == in_file.trainable, "the summary has other trainable parameters");
  for (int k = 0; k < imported.graph->outputs.count; ++k)
    check(graph<net>.output_shapes[k] == imported.graph->output_shapes[k], "an output has another shape");
  compare_with<net>(model, imported);
  train(model);
  return mistakes == 0 ? 0 : 1;
}
