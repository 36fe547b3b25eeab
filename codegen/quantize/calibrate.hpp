// SPDX-License-Identifier: BSL-1.0
#pragma once
#include <codegen/quantize/quantize.hpp>
#include <codegen/quantize/scheme.hpp>

namespace etch::host::quantization {

/// Samples of each input, all one after another.
class SampleSet {
 public:
  /// Throws `Error` unless every input has as many whole samples, at least one, of finite numbers.
  SampleSet(const ImportedModel& real, std::span<const std::span<const float>> inputs);
  int count() const { return count_; }
  /// One sample, as a session of the real model takes it.
  std::vector<std::span<const std::byte>> sample(int i) const;
  /// Whether every sample of an input is 0 throughout.
  bool all_zero(int input) const;

 private:
  std::vector<std::span<const float>> inputs_;
  std::vector<std::size_t> elements_;
  int count_ = 0;
};

/// How often numbers of a value were seen in each of equal parts of its range.
struct Histogram {
  static constexpr int bins = 2048;
  Range range;
  bool seen = false;
  std::vector<std::uint64_t> count;
};

/// What the samples make of each value: histograms by root. Throws `Error` where a layer gives NaN or
/// infinity.
std::vector<Histogram> observe(const ImportedModel& real, const Scheme& scheme, const SampleSet& samples,
                               const ProgressReport& progress);

/// The range that holds this many of a hundred numbers; half of the others lie on either side.
Range percentile_range(const Histogram& histogram, double percentile);
/// The range whose rounding and clipping together err least in the mean square.
Range least_error_range(const Histogram& histogram, ElementType type = ElementType::i8);

}  // namespace etch::host::quantization
