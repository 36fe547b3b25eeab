// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/train/trainable_model.hpp>

#include <functional>

namespace etch::host {

/// Samples of a model with what it should say of them, in the order of its inputs and outputs.
struct LabelledSamples {
  std::vector<std::vector<float>> inputs;
  std::vector<std::vector<float>> targets;         ///< of each output; empty where it has classes
  std::vector<std::vector<std::int32_t>> classes;  ///< of each output, one a position
  std::size_t count = 0;
};

/// By layer and channel (one number for a layer of which none can be chosen): the squares of the gradients of
/// its weights, summed over batches of samples. That is by how much one step of SGD, at a rate of 1, lowers
/// the losses of these batches, to the first order. The bits of `channel_contributions`, weight by weight.
/// \param options with `fuse` off. \param progress batches done, and all.
/// Throws `Error` where a loss is no number.
std::vector<std::vector<double>> contributions_of(const TrainableModel& model, const LabelledSamples& samples,
                                                  const TrainingOptions& options, int batch,
                                                  const std::function<void(int, int)>& progress = nullptr);

}  // namespace etch::host
