// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/quantize/narrow_weights.hpp>

namespace etch::host::quantization {

/// How far outputs of models with the same inputs and outputs lie from those of one.
class OutputChange {
 public:
  /// \param most_samples that are looked at, from all parts of `samples`.
  OutputChange(const ImportedModel& model, std::span<const StoredSample> samples, int most_samples);
  /// Root mean square of the difference of an output beside that of the output, over all samples; of several
  /// outputs the largest. Where an output is 0 throughout, any difference counts as infinite.
  double of(const ImportedModel& changed) const;

 private:
  std::vector<std::vector<float>> outputs_of(const ImportedModel& model) const;

  std::vector<StoredSample> samples_;
  std::vector<std::vector<float>> expected_;  // by output, all samples
};

}  // namespace etch::host::quantization
