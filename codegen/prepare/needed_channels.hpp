// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/prepare/int8_ranges.hpp>

namespace etch::host {

/// Which channels of a model's values some result depends on. A channel is a place along the last axis of a
/// value. It is needed when a step reads it that cannot do without it: channels that never change go into the
/// biases of convolutions where they add the same everywhere, and channels that meet zero weights only are
/// read by nothing.
struct NeededChannels {
  explicit NeededChannels(const ModelDraft& model);

  /// Of each value; empty for values of which all channels stay.
  std::vector<std::vector<bool>> needed;
  /// By step: what channels of the input add to those of the result, row by row. Of steps that mix them.
  std::vector<std::vector<FixedSum>> sums;
  std::vector<std::vector<Int8Range>> ranges;

 private:
  void find_channels(const ModelDraft& model);
  void find_sums(const ModelDraft& model);
  bool settle(const ModelDraft& model);
  bool settle_mixed(const DraftStep& step, const std::vector<FixedSum>& fixed);
  bool settle_apart(const DraftStep& step);
  bool need_all(int value);
  std::vector<bool>& of(int value) { return needed[static_cast<std::size_t>(value)]; }
};

}  // namespace etch::host
