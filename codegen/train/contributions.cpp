// SPDX-License-Identifier: BSL-1.0
#include <codegen/testing/interpreter.hpp>
#include <codegen/train/contributions.hpp>
#include <runtime/host/error.hpp>
#include <runtime/host/training/channel_contributions.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace etch::host {

namespace {

using Sums = std::vector<std::vector<double>>;

/// Where the numbers of sample `row` begin.
template <class T>
const T* row_of(const std::vector<T>& all, std::size_t row, std::size_t samples) {
  return all.data() + all.size() / samples * row;
}

/// What is told of one batch.
struct BatchPointers {
  std::vector<const float*> inputs;
  LabelPointers labels;

  BatchPointers(const LabelledSamples& samples, std::size_t row) {
    for (const auto& input : samples.inputs) inputs.push_back(row_of(input, row, samples.count));
    for (std::size_t k = 0; k < samples.classes.size(); ++k)
      labels.pointer[k] = samples.targets[k].empty()
                              ? static_cast<const void*>(row_of(samples.classes[k], row, samples.count))
                              : row_of(samples.targets[k], row, samples.count);
  }
};

void add_gradients(const TrainableModel& model, Interpreter<float>& trainer, Sums& sums) {
  for (std::size_t l = 0; l < sums.size(); ++l)
    for (const int p : model.layers[l].parameters) add_squares(trainer.gradient(p), sums[l]);
}

}  // namespace

Sums contributions_of(const TrainableModel& model, const LabelledSamples& samples,
                      const TrainingOptions& options, int batch,
                      const std::function<void(int, int)>& progress) {
  static_assert(Interpreter<float>::room == PlannedGraph::room);
  Interpreter<float> trainer(*model.graph, batch, options);
  for (int p = 0; p < trainer.parameters(); ++p) {
    const auto& from = model.weights[static_cast<std::size_t>(p)];
    std::memcpy(trainer.parameter(p).data(), from.data(), from.size());
  }
  Sums sums;
  for (const TrainableLayer& layer : model.layers)
    sums.emplace_back(static_cast<std::size_t>(std::max(layer.channels, 1)));
  const auto rows = static_cast<std::size_t>(batch);
  kernels::Call call;
  for (std::size_t row = 0; row < samples.count; row += rows, ++call.step) {
    if (progress) progress(static_cast<int>(call.step), static_cast<int>((samples.count + rows - 1) / rows));
    call.rows = static_cast<int>(std::min(rows, samples.count - row));
    const BatchPointers pointers(samples, row);
    trainer.reset_states();
    const float loss = trainer.backward(pointers.inputs, pointers.labels, call);
    add_gradients(model, trainer, sums);
    const bool counts = std::isfinite(loss) && std::ranges::all_of(sums, [](const auto& of_layer) {
                          return std::ranges::all_of(of_layer, [](double x) { return std::isfinite(x); });
                        });
    if (!counts)
      throw Error("'" + model.name + "': the loss of the samples from " + std::to_string(row) +
                  " on, or one of its gradients, is no number: look at what these samples and labels hold");
  }
  return sums;
}

}  // namespace etch::host
