// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/model_draft.hpp>
#include <runtime/kernels/kernel_sets.hpp>

#include <map>

namespace etch::host {

/// Gives steps their scales in 5 bytes a filter instead of 8 (`kernels::Int8ShortScale`). Steps that share
/// scales go on sharing them.
class ShortScales {
 public:
  explicit ShortScales(ModelDraft& model) : model_(model) {}
  /// \pre `step` has the attributes of `ops::QuantizedConvolution`, and scales of 8 bytes.
  void shorten(DraftStep& step);

 private:
  ModelDraft& model_;
  std::map<int, int> done_;  ///< by the number of the scales as they were
};

/// Whether these kernels are those of cores that load scales of 5 bytes as well.
bool want_short_scales(kernels::KernelSets sets);

/// Shortens the scales of convolutions, depthwise ones and dense steps of int8, unless no step has a scale a
/// filter: one scale for all takes 8 bytes either way. No pass that reads or chooses weights comes after it.
void shorten_scales(ModelDraft& model);

}  // namespace etch::host
