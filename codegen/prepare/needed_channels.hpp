// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/prepare/int8_ranges.hpp>

namespace etch::host {

/// What the channels of a step's input add to the sums of one convolution where they never change: the same
/// for all pixels, so that it can be part of the bias.
struct FoldedSums {
  std::vector<std::vector<std::int64_t>> sum;  ///< by channel of the input and filter; empty where not fixed
  std::vector<std::vector<bool>> folds;        ///< whether it is one number for all pixels
};

/// Which channels of a model's values some result depends on. A channel is a place along the last axis of a
/// value. It is needed when a step reads it that cannot do without it: channels that never change go into the
/// biases of convolutions where they add the same everywhere, and channels that meet zero weights only are
/// read by nothing.
struct NeededChannels {
  explicit NeededChannels(const ModelDraft& model);

  /// Of each value; empty for values that stay whole.
  std::vector<std::vector<bool>> needed;
  std::vector<FoldedSums> folded;  ///< by step; of convolutions with filters
  std::vector<std::vector<Int8Range>> ranges;

 private:
  void find_channels(const ModelDraft& model);
  void fold_sums(const ModelDraft& model);
  bool settle(const ModelDraft& model);
  bool settle_convolution(const DraftStep& step, const FoldedSums& sums);
  bool settle_depthwise(const DraftStep& step);
  bool settle_alike(const DraftStep& step);
  bool need_whole(int value);
  std::vector<bool>& of(int value) { return needed[static_cast<std::size_t>(value)]; }
};

/// Whether a step gives, for each channel of its inputs, the channel of that number, and knows nothing of the
/// others.
bool keeps_channels_apart(const DraftStep& step);

}  // namespace etch::host
