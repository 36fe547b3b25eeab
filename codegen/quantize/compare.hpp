// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/quantize/calibrate.hpp>
#include <codegen/quantize/integer_writer.hpp>

namespace etch::host::quantization {

/// How far outputs of quantized models lie from those of the real one.
class OutputError {
 public:
  /// \param most_samples that are looked at, from all parts of `samples`.
  OutputError(const ImportedModel& real, const SampleSet& samples, int most_samples);
  /// The squared error of all outputs, each relative to the square of its numbers.
  double of(const ImportedModel& quantized) const;

 private:
  /// Sample `i` of those that are looked at.
  std::vector<std::span<const std::byte>> sample(int i) const;

  const SampleSet& samples_;
  int count_ = 0;
  std::vector<std::vector<std::vector<float>>> expected_;  // by sample and output
};

/// Each layer's error over all samples, in the order of the real model's steps. \param seen of the samples,
/// by root.
std::vector<LayerError> layer_errors(const ImportedModel& real, const Scheme& scheme,
                                     const IntegerModel& made, const SampleSet& samples,
                                     const std::vector<Histogram>& seen, const ProgressReport& progress);

}  // namespace etch::host::quantization
