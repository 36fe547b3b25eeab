// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/train/contributions.hpp>

#include <string>
#include <vector>

namespace etch::tool {

/// How a model is trained: what a command is told in words.
struct TrainingWords {
  std::string optimizer = "sgd", loss;  ///< no loss: as labels and the model's last function say
};

/// The options of a training by these words, of one loss for all outputs. Throws `Error` for other words.
/// \param labels which outputs have classes
TrainingOptions training_options_of(const TrainingWords& words, const Graph<declaration_capacity>& declared,
                                    const host::LabelledSamples& labels);

/// The loss of an output as Keras calls it, with `from_logits` where it takes what stands before a softmax.
std::string loss_text(const LossSpec& loss);

/// Reads a file of labels for each output, into `to`, which has as many samples as its `count` says: arrays
/// (.npy, .npz) or tables (.csv) of classes, one a position of the output's last axis, or of the numbers that
/// the output should be. Throws `Error` for others, and for classes that the output does not have.
void read_training_labels(const std::vector<std::string>& paths, const Graph<declaration_capacity>& declared,
                          const std::string& model, host::LabelledSamples& to);

}  // namespace etch::tool
