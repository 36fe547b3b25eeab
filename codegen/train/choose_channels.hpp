// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/train/trainable_model.hpp>

#include <functional>

namespace etch::host {

/// What a choice may take, and how it is made.
struct ChoiceOptions {
  TrainingOptions training{};
  int batch = 1;
  long long ram = 0;  ///< bytes of a training, weights and all (`TrainingMemory::total`)
  int together = 8;   ///< channels that are chosen at a time: the kernels' tiles are eight wide
  std::function<void(int, int)> progress = nullptr;  ///< choices looked at, and about how many there are
};

/// The layers and channels that train.
struct ChannelChoice {
  std::vector<ChosenLayer> layers;  ///< as those of the model
  TrainingMemory memory{};
  double contribution = 0;  ///< of what trains
};

/// Looks for the layers and channels with the largest contributions whose training takes no more than a
/// number of bytes: for each layer that may be the first to train, those with the most contribution a weight,
/// as many as fit by the plan of their training, then others that still do. Throws `Error` where nothing
/// fits.
/// \param contributions of each layer, by channel or one number.
ChannelChoice choose_channels(const TrainableModel& model,
                              const std::vector<std::vector<double>>& contributions,
                              const ChoiceOptions& options);

/// Training of all layers.
ChannelChoice choose_all(const TrainableModel& model, const std::vector<std::vector<double>>& contributions,
                         const ChoiceOptions& options);

/// The constants of a choice, for a program that declares the model as `network`.
std::string choice_text(const TrainableModel& model, const ChannelChoice& choice);

}  // namespace etch::host
