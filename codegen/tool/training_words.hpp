// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/train/contributions.hpp>

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace etch::tool {

/// How a model is trained: what a command is told in words.
struct TrainingWords {
  std::string optimizer = "sgd", loss;  ///< no loss: as labels and the model's last function say
  int batch = 1;
};

void add_training_words(CLI::App& command, TrainingWords& words);

/// The options of a training by these words, of one loss for all outputs. Throws `Error` for other words.
/// \param labels of each output, or null where none are told
TrainingOptions training_options_of(const TrainingWords& words, const Graph<declaration_capacity>& declared,
                                    const host::LabelledSamples* labels);

/// The losses of so many outputs as Keras calls them, with `from logits` where one takes what stands before a
/// softmax; and the same with optimizer and batch.
std::string losses_text(const TrainingOptions& options, int outputs);
std::string training_text(const TrainingWords& words, const TrainingOptions& options, int outputs);

/// Reads a file of labels for each output, into `to`, which has as many samples as its `count` says: arrays
/// (.npy, .npz) or tables (.csv) of classes, one a position of the output's last axis, or of the numbers that
/// the output should be. Throws `Error` for others, and for classes that the output does not have.
void read_training_labels(const std::vector<std::string>& paths, const Graph<declaration_capacity>& declared,
                          const std::string& model, host::LabelledSamples& to);

}  // namespace etch::tool
