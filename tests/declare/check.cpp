// SPDX-License-Identifier: BSL-1.0
// A declaration that `etch convert` wrote, against the file that it was written from.
#include DECLARATION_HEADER

#include <codegen/formats/model_formats.hpp>
#include <codegen/model/constant_array.hpp>
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

/// A file whose model takes one time a call, against the sequence at once.
template <class Model>
void compare_times(Model& model, const host::ImportedModel& streaming) {
  host::ModelSession session(streaming);
  std::mt19937 random(7);
  Buffers inputs = buffers(graph<net>.input_shapes);
  const auto times = static_cast<std::size_t>(graph<net>.input_shapes[0][0]),
             taken = inputs[0].size() / times;
  for (int s = 0; s < samples; ++s) {
    fill(inputs, random);
    session.reset();
    std::vector<float> results;
    for (std::size_t t = 0; t < times; ++t) {
      session.run(std::as_bytes(std::span(inputs[0]).subspan(t * taken, taken)));
      const auto now = host::numbers_in<float>(session.output());
      results.insert(results.end(), now.begin(), now.end());
    }
    const auto y = model.predict(std::span<const float>(inputs[0]));
    check(same_bits({y.begin(), y.end()}, std::as_bytes(std::span(results))),
          "the results of a sequence differ from the file's, one time after another");
  }
}

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

bool is_whole(const host::ImportedModel& model) {
  for (const Value& value : model.graph->values)
    if (value.type != ElementType::real) return true;
  return false;
}

/// \param declared the file's model as it is declared: of whole numbers, the real ones that they stand for.
template <const auto& Net, class Model>
void compare_with(Model& model, const host::ImportedModel& imported, const host::ImportedModel& declared) {
  if constexpr (graph<Net>.inputs.count == 1 && graph<Net>.outputs.count == 1)
    if (imported.graph->input_shapes[0] != graph<Net>.input_shapes[0]) return compare_times(model, imported);
  compare(Shipped<Net>(model.weights()), is_whole(imported) ? declared : imported);
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
  for (int k = 0; k < declared.graph->outputs.count; ++k)
    check(graph<net>.output_shapes[k] == declared.graph->output_shapes[k], "an output has another shape");
  compare_with<net>(model, imported, declared);
  train(model);
  return mistakes == 0 ? 0 : 1;
}
