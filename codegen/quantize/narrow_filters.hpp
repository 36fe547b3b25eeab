// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/model/model_draft.hpp>
#include <codegen/quantize/input_moments.hpp>

#include <map>

namespace etch::host::quantization {

/// Whether a step's weights may be brought to 4 bits, and take fewer bytes then.
bool may_narrow(const ModelDraft& model, const DraftStep& step);

/// Brings the weights of convolutions and dense steps of whole numbers to 4 bits, in a draft of the model.
class FilterNarrowing {
 public:
  /// \param moments of inputs by step; null where nothing is known.
  FilterNarrowing(ModelDraft& model, const std::vector<const InputMoments*>& moments)
      : model_(model), moments_(moments) {}

  /// Rounds the weights, in as many scales as the step has, and gives the bias what the samples' sums lose by
  /// it in the mean. \returns false, and leaves the step as it is, where its sums or factors do not fit. \pre
  /// `may_narrow`
  bool narrow(std::size_t step);

 private:
  struct Rounded {
    std::vector<RoundedFilters> parts;  ///< of one filter each, or all
    int parameter = -1;                 ///< what its steps read; -1 before the first has it
  };
  const Rounded& rounded(std::size_t step);

  ModelDraft& model_;
  const std::vector<const InputMoments*>& moments_;
  std::map<std::pair<int, int>, Rounded> done_;  ///< by parameter and row: steps may share weights
};

}  // namespace etch::host::quantization
